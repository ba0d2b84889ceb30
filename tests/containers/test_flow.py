"""Requests through the proxy to two replicas, from registration to a PDF."""

import re
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor

from stack import PASSWORD, compose, containers, frontend, request, sign_in, upload, wait_for

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def image():
    """Returns a PNG image of one red pixel."""

    def chunk(kind, data):
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (1).to_bytes(4) * 2 + bytes((8, 2, 0, 0, 0))
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def log(service):
    return compose("logs", "--no-log-prefix", service)


class Flow(unittest.TestCase):
    def test_document_is_typeset_by_the_worker(self):
        token = sign_in("ada")
        uploaded = upload(token, "dot.png", image())
        self.assertEqual(uploaded.status, 201, uploaded.body)
        body = f"# Hello\n\n![dot](upload:{uploaded.json['id']})\n"
        document = request("POST", "/api/v1/documents", {"title": "Hello", "body": body}, token=token)
        path = f"/api/v1/documents/{document.json['id']}"
        requested = request("POST", f"{path}/typesettings", {}, token=token)
        self.assertEqual(requested.status, 202, requested.body)
        typesetting = f"{path}/typesettings/{requested.json['id']}"
        wait_for(lambda: request("GET", typesetting, token=token).json["status"] == "done", 60)
        pdf = request("GET", f"{path}/pdf", token=token)
        self.assertTrue(pdf.status == 200 and pdf.body.startswith(b"%PDF-"))
        # The request ID connects the log lines of proxy, app and job.
        identifier = requested.header("X-Request-ID")
        self.assertRegex(identifier, UUID)
        for service in ("nginx", "app", "worker"):
            wait_for(lambda service=service: identifier in log(service), 10)

    def test_replicas_share_accounts_and_files(self):
        token = sign_in("grace")
        uploaded = upload(token, "notes.txt", b"shared")
        path = f"/api/v1/uploads/{uploaded.json['id']}/content"
        # Sends requests to each replica without the proxy, because the proxy could use one replica for all requests.
        replicas = [frontend(app) for app in containers("app")]
        self.assertEqual(len(replicas), 2)
        for replica in replicas:
            content = request("GET", path, token=token, to=replica)
            self.assertEqual((content.status, content.body), (200, b"shared"))
        self.assertEqual(request("POST", "/api/v1/auth/logout", token=token).status, 204)
        for replica in replicas:
            self.assertEqual(request("GET", "/api/v1/auth/me", token=token, to=replica).status, 401)

    def test_replicas_share_the_limit_per_address_and_ignore_claimed_addresses(self):
        def claim(number):
            # One account per request, so that only the limit per address counts.
            wrong = {"email": f"unknown{number}@example.org", "password": PASSWORD}
            claimed = {"X-Forwarded-For": f"203.0.113.{number}"}
            return request("POST", "/api/v1/auth/login", wrong, claimed).status

        with ThreadPoolExecutor(8) as clients:
            responses = list(clients.map(claim, range(60)))
        self.assertEqual(set(responses), {401, 429})
        # At most the limit of the policy, because other tests use the limit too. Separate counts per replica would
        # permit twice as many.
        self.assertLessEqual(responses.count(401), 20)

    def test_forged_request_id_is_ignored(self):
        forged = "01999999-0000-7000-8000-000000000000"
        response = request("GET", "/api/v1/auth/me", headers={"X-Request-ID": forged})
        own = response.header("X-Request-ID")
        self.assertNotEqual(own, forged)
        for service in ("nginx", "app"):
            wait_for(lambda service=service: own in log(service), 10)
        self.assertNotIn(forged, log("nginx") + log("app"))

    def test_internal_paths_are_not_public(self):
        unknown = request("GET", "/nothing/here")
        for path in ("/metrics", "/_ping", "/_health", "/_readiness", "/.env", "/api/docs", "/api/openapi.json"):
            response = request("GET", path)
            self.assertEqual(response.status, 404, path)
            self.assertEqual(response.json["error"]["code"], unknown.json["error"]["code"], path)


if __name__ == "__main__":
    unittest.main()
