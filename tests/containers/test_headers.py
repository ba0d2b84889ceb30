"""Through the proxy every answer has each header once, and every failure the one shape with its id."""

import unittest

from stack import request, sign_in, upload

ONCE = (
    "X-Request-ID",
    "Content-Security-Policy",
    "Referrer-Policy",
    "Permissions-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
)


class Headers(unittest.TestCase):
    def check(self, answer, status, code=None):
        self.assertEqual(answer.status, status, answer.body[:200])
        for name in ONCE:
            self.assertEqual(len(answer.all(name)), 1, f"{status}: {name}: {answer.all(name)}")
        for name in ("Server", "X-Powered-By"):
            self.assertEqual(answer.all(name), [], f"{status}: {name}")
        if code:
            self.assertEqual(answer.header("Content-Type"), "application/json")
            error = answer.json["error"]
            self.assertEqual((error["code"], error["request_id"]), (code, answer.header("X-Request-ID")))

    def test_the_app_s_answers(self):
        token = sign_in("edsger")
        self.check(request("GET", "/api/v1/health"), 200)
        self.check(request("GET", "/api/v1/auth/me", token=token), 200)
        self.check(request("GET", "/api/v1/auth/me"), 401, "unauthorized")
        self.check(request("GET", "/nope"), 404, "not_found")
        self.check(request("GET", "/api/v1/auth/login"), 405, "method_not_allowed")
        self.check(request("POST", "/api/v1/auth/login", b"{"), 415, "unsupported_media_type")
        self.check(request("POST", "/api/v1/auth/login", {}), 422, "validation_error")
        self.check(upload(token, "large.bin", b"x" * (10 * 1024 * 1024 + 1)), 413, "payload_too_large")

    def test_the_proxy_s_own_answers(self):
        self.check(request("POST", "/api/v1/uploads", b"x" * (11 * 1024 * 1024)), 413, "payload_too_large")
        self.check(request("GET", "/" + "x" * 9000), 414, "uri_too_long")
        self.check(request("GET", "/", headers={"X-Large": "x" * 40_000}), 431, "request_header_fields_too_large")
        self.check(request("GET", "/api/v1/health", headers={"Host": "evil.example"}), 400, "bad_request")
        self.check(request("GET", "/metrics"), 404, "not_found")


if __name__ == "__main__":
    unittest.main()
