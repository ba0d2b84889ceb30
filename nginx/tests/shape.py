"""Checks of every response, and of every error of the proxy."""

import re
import uuid

from wire import Response

HEADERS = {
    "Content-Security-Policy": None,
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def headers_once(response: Response, hsts: bool = False) -> str:
    """Checks the headers of a response and returns its request ID."""
    for name, value in HEADERS.items():
        found = response.one(name)
        assert value is None or found == value, f"{name} is {found}"
    for name in ("Server", "X-Powered-By"):
        assert not response.all(name), f"{name} names software: {response.all(name)}"
    count = len(response.all("Strict-Transport-Security"))
    assert count == (1 if hsts else 0), f"Strict-Transport-Security occurs {count} times"
    own = response.one("X-Request-ID")
    assert uuid.UUID(own).version == 7 and str(uuid.UUID(own)) == own, f"{own} is not a UUID version 7"
    return own


def failure(response: Response, status: int, code: str, head: bool = False, hsts: bool = False) -> None:
    """Checks an error response of the proxy."""
    assert response.status == status, f"{response.status} instead of {status}: {response.body[:200]!r}"
    own = headers_once(response, hsts)
    assert response.one("Content-Type") == "application/json"
    assert response.one("Cache-Control") == "no-store"
    for name, statuses in (("Retry-After", (429, 502, 503)), ("Allow", (405,))):
        count = 1 if status in statuses else 0
        assert len(response.all(name)) == count, f"{name} occurs {len(response.all(name))} times with {status}"
    if head:
        assert response.body == b"" and int(response.one("Content-Length")) > 0
        return
    error = response.json()["error"]
    assert set(error) == {"code", "message", "request_id"}, error
    assert error["code"] == code, error
    assert error["request_id"] == own, f"{error['request_id']} in the body, {own} in the header"
    assert not re.search("nginx|upstream", error["message"])
