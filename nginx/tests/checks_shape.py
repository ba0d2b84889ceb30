"""Security headers of every response, and the error response format."""

import re

import rig
from shape import failure, headers_once
from wire import Connection, ask, request, say

CSS = "/static/ballast.css"


def prepare():
    global proxy, lonely
    net = rig.network("shape")
    rig.stub(net)
    proxy = rig.Proxy(net, REQUEST_TIMEOUT_SECONDS="1", UPLOAD_MAX_BYTES="100000")
    lonely = rig.Proxy(rig.network("lonely"), EDGE_RATE="1", EDGE_BURST="3")


def check_app_response_keeps_each_header_once():
    for target in ("/", "/status/404", "/status/422", "/status/500", "/status/429"):
        response = ask(proxy.port, target=target)
        own = headers_once(response)
        assert response.one("Content-Security-Policy").endswith("stub"), "the policy of the app was replaced"
        if "error" in response.json():
            error = response.json()["error"]
            assert error["code"] == "from_stub" and error["request_id"] == own, "the error of the app was replaced"
            assert response.one("Retry-After") == "7"


def check_static_file_and_304_have_each_header_once():
    fresh = ask(proxy.port, target=CSS)
    headers_once(fresh)
    same = ask(proxy.port, target=CSS, headers=[f"If-None-Match: {fresh.one('ETag')}"])
    assert same.status == 304
    headers_once(same)


def check_proxy_errors_use_the_error_response_format():
    p = proxy.port
    failure(ask(p, host="evil.example"), 400, "bad_request")
    failure(ask(p, host=""), 400, "bad_request")
    failure(say(p, "nothing like HTTP\r\n\r\n"), 400, "bad_request")
    failure(say(p, "GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n"), 400, "bad_request")
    failure(ask(p, target="/_error"), 404, "not_found")
    failure(ask(p, "TRACE"), 405, "method_not_allowed")
    failure(ask(p, "POST", CSS), 405, "method_not_allowed")
    failure(ask(p, "POST", body="x" * 165537), 413, "payload_too_large")
    failure(ask(p, target="/" + "a" * 8192), 414, "uri_too_long")
    failure(ask(p, target="/" + "a" * 100000), 414, "uri_too_long")
    failure(ask(p, target=CSS, headers=["Range: bytes=999999-"]), 416, "range_not_satisfiable")
    failure(ask(p, headers=["X: " + "a" * 20000]), 431, "request_header_fields_too_large")
    failure(ask(p, target="/close"), 502, "bad_gateway")
    failure(ask(p, target="/hang"), 504, "gateway_timeout")
    failure(say(p, "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n"), 505, "internal_error")
    failure(say(p, request("POST", headers=["Transfer-Encoding: gzip"])), 501, "internal_error")


def check_connect_is_rejected_in_the_error_response_format():
    for line in ("CONNECT example.org:443 HTTP/1.1", "CONNECT / HTTP/1.1"):
        response = say(proxy.port, f"{line}\r\nHost: localhost\r\n\r\n")
        assert response.status in (400, 405), response.status
        failure(response, response.status, {400: "bad_request", 405: "method_not_allowed"}[response.status])


def check_proxy_responds_502_without_an_app_and_429_over_the_limit():
    failure(ask(lonely.port), 502, "bad_gateway")
    answers = [ask(lonely.port, "POST") for _ in range(12)]
    for response in answers:
        code = {502: "bad_gateway", 429: "rate_limited"}[response.status]
        failure(response, response.status, code)
    assert 429 in {response.status for response in answers}


def check_head_response_has_no_body():
    failure(ask(proxy.port, "HEAD", "/close"), 502, "bad_gateway", head=True)
    with Connection(proxy.port) as connection:
        connection.send(request("HEAD", "/_error") + request("GET", "/after"))
        failure(connection.response(head=True), 404, "not_found", head=True)
        assert connection.response().json()["target"] == "/after", "the response to HEAD had a body"


def check_error_is_html_for_browsers_and_json_for_other_clients():
    page = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
    wants = {
        ("/close", page): True, ("/api/close", page): False, ("/api", page): False, ("/apiary", page): True,
        ("/close", "*/*"): False, ("/close", "application/json"): False,
        ("/close", "application/json, text/html"): True, ("/close", "text/html;q=0.5, application/json"): False,
        ("/close", "text/html;q=0"): False, ("/close", "TEXT/HTML"): True,
    }
    for (target, accept), html in wants.items():
        response = ask(lonely_plain().port, target=target, headers=[f"Accept: {accept}"])
        own = headers_once(response)
        kind = response.one("Content-Type")
        assert kind.startswith("text/html" if html else "application/json"), f"{target} {accept}: {kind}"
        text = response.body.decode()
        assert own in text
        if html:
            assert not re.search(r"<style|style=|<script|nginx|\{\{|\$", text), text
            assert f'href="{CSS}"' in text and "502" in text


_plain = None


def lonely_plain():
    global _plain
    _plain = _plain or rig.Proxy(rig.network("plain"))
    return _plain


def check_request_id_of_a_client_is_dropped():
    forged = "01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d"
    header = [f"X-Request-ID: {forged}", f"X_Request_ID: {forged}"]
    for target in ("/", "/close", CSS):
        response = ask(proxy.port, target=target, headers=header)
        assert forged not in str(response.headers) + response.body.decode()
    proxy.line(response)
    assert not any(forged in str(line) for line in proxy.log())
