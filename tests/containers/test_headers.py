"""Responses through the proxy: each security header once, and the error format."""

import unittest

from stack import assert_complete, request, request_with_retries, sign_in, upload

class Headers(unittest.TestCase):
    def test_app_responses_are_complete(self):
        token = sign_in("edsger")
        assert_complete(self, request("GET", "/api/v1/health"), 200)
        assert_complete(self, request("GET", "/api/v1/auth/me", token=token), 200)
        assert_complete(self, request("GET", "/api/v1/auth/me"), 401, "unauthorized")
        assert_complete(self, request("GET", "/nope"), 404, "not_found")
        assert_complete(self, request("GET", "/api/v1/auth/login"), 405, "method_not_allowed")
        assert_complete(self, request_with_retries("POST", "/api/v1/auth/login", b"{"), 415, "unsupported_media_type")
        assert_complete(self, request_with_retries("POST", "/api/v1/auth/login", {}), 422, "validation_error")
        assert_complete(self, upload(token, "large.bin", b"x" * (10 * 1024 * 1024 + 1)), 413, "payload_too_large")

    def test_proxy_errors_are_complete(self):
        assert_complete(self, request("POST", "/api/v1/uploads", b"x" * (11 * 1024 * 1024)), 413, "payload_too_large")
        assert_complete(self, request("GET", "/" + "x" * 9000), 414, "uri_too_long")
        assert_complete(self, request("GET", "/", headers={"X-Large": "x" * 40_000}), 431, "request_header_fields_too_large")
        assert_complete(self, request("GET", "/api/v1/health", headers={"Host": "evil.example"}), 400, "bad_request")
        assert_complete(self, request("GET", "/metrics"), 404, "not_found")

    def test_rejected_request_with_a_large_body_gets_its_response(self):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        sizes = (16 << 10, 64 << 10, 1 << 20, 8 << 20)
        responses = [request("POST", "/api/v1/uploads", b"x" * size, headers) for size in sizes for _ in range(3)]
        # The rate limit for uploads may reject the last requests.
        for response in responses:
            assert_complete(self, response, response.status, {401: "unauthorized", 429: "rate_limited"}[response.status])
        self.assertIn(401, [response.status for response in responses])

    def test_rate_limit_rejections_are_complete(self):
        wrong = {"email": "unknown@example.org", "password": "wrong wrong wrong"}
        responses = [request("POST", "/api/v1/auth/login", wrong) for _ in range(30)]
        for response in responses:
            assert_complete(self, response, response.status, {401: "unauthorized", 429: "rate_limited"}[response.status])
        self.assertIn(429, [response.status for response in responses])


if __name__ == "__main__":
    unittest.main()
