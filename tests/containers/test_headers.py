"""Through the proxy every answer has each header once, and every failure the one shape with its id."""

import unittest

from stack import admitted, request, sign_in, upload, whole

class Headers(unittest.TestCase):
    def test_the_app_s_answers(self):
        token = sign_in("edsger")
        whole(self, request("GET", "/api/v1/health"), 200)
        whole(self, request("GET", "/api/v1/auth/me", token=token), 200)
        whole(self, request("GET", "/api/v1/auth/me"), 401, "unauthorized")
        whole(self, request("GET", "/nope"), 404, "not_found")
        whole(self, request("GET", "/api/v1/auth/login"), 405, "method_not_allowed")
        whole(self, admitted("POST", "/api/v1/auth/login", b"{"), 415, "unsupported_media_type")
        whole(self, admitted("POST", "/api/v1/auth/login", {}), 422, "validation_error")
        whole(self, upload(token, "large.bin", b"x" * (10 * 1024 * 1024 + 1)), 413, "payload_too_large")

    def test_the_proxy_s_own_answers(self):
        whole(self, request("POST", "/api/v1/uploads", b"x" * (11 * 1024 * 1024)), 413, "payload_too_large")
        whole(self, request("GET", "/" + "x" * 9000), 414, "uri_too_long")
        whole(self, request("GET", "/", headers={"X-Large": "x" * 40_000}), 431, "request_header_fields_too_large")
        whole(self, request("GET", "/api/v1/health", headers={"Host": "evil.example"}), 400, "bad_request")
        whole(self, request("GET", "/metrics"), 404, "not_found")

    def test_refusals_by_the_app_s_limits(self):
        wrong = {"email": "nobody@example.org", "password": "wrong wrong wrong"}
        answers = [request("POST", "/api/v1/auth/login", wrong) for _ in range(30)]
        for answer in answers:
            whole(self, answer, answer.status, {401: "unauthorized", 429: "rate_limited"}[answer.status])
        self.assertIn(429, [answer.status for answer in answers])


if __name__ == "__main__":
    unittest.main()
