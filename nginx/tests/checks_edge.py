"""Client address, hosts, smuggling and the access log."""

import time

import rig
from shape import failure
from wire import Connection, ask, request, say


def prepare():
    global proxy, inner
    net = rig.network("edge")
    rig.stub(net)
    proxy = rig.Proxy(net, SERVER_NAME="localhost 127.0.0.1 *.b.example", OUTER_PROXIES="192.0.2.0/24")
    # Trusts its peer, which is the machine that runs the checks.
    inner = rig.Proxy(net, OUTER_PROXIES="127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16")


def _seen_by_app(port, *lines, **more):
    return _headers(ask(port, headers=lines, **more))


def _headers(answer):
    seen = {}
    for name, value in answer.json()["headers"]:
        seen.setdefault(name.lower(), []).append(value)
    return seen


def check_forwarding_headers_of_a_client_are_replaced():
    plain = _seen_by_app(proxy.port)["x-forwarded-for"]
    for spoof in (["X-Forwarded-For: 1.2.3.4"], ["X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2"],
                  ["X-Forwarded-For: unknown"], ["X-Forwarded-For: " + "9.9.9.9, " * 500], ["X-Real-IP: 1.2.3.4"],
                  ["Forwarded: for=1.2.3.4"], ["X-Forwarded-Host: evil.example"], ["X-Forwarded-Proto: https"],
                  ["x-forwarded-for:::ffff:1.2.3.4"], ["X_Forwarded_For: 1.2.3.4"], ["X-Forwarded-Port: 1"]):
        seen = _seen_by_app(proxy.port, *spoof)
        assert seen["x-forwarded-for"] == plain and len(plain) == 1, seen
        assert seen["x-forwarded-proto"] == ["http"], seen
        for name in ("x-real-ip", "forwarded", "x-forwarded-host", "x-forwarded-port", "x_forwarded_for"):
            assert name not in seen, seen
    proxy.line(ask(proxy.port))
    assert not any("1.2.3.4" in str(line) for line in proxy.log())


def check_forwarding_headers_of_an_outer_proxy_are_trusted():
    answer = ask(inner.port, headers=["X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1", "X-Forwarded-Proto: https"])
    seen = _headers(answer)
    assert seen["x-forwarded-for"] == ["203.0.113.9"] and seen["x-forwarded-proto"] == ["https"], seen
    assert inner.line(answer)["client_ip"] == "203.0.113.9"


def check_proxy_serves_only_configured_hosts():
    for host in ("localhost", "LOCALHOST", "localhost:8080", "127.0.0.1", "x.b.example", "localhost."):
        assert ask(proxy.port, host=host).status == 200, host
    for host in ("evil.example", "b.example", "localhost.evil.example", "127.0.0.2", "_", "[::1]", "", "a b",
                 "localhost/", "localhost@evil", "localhost,evil"):
        failure(say(proxy.port, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400, "bad_request")


def check_app_receives_the_requested_host():
    for host in ("localhost", "localhost:8080", "127.0.0.1:1"):
        assert _seen_by_app(proxy.port, host=host)["host"] == [host]
    absolute = say(proxy.port, "GET http://localhost/x HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert dict(absolute.json()["headers"])["Host"] == "localhost"


def check_internal_paths_get_the_response_for_an_unknown_path():
    before = ask(proxy.port, target="/seen").json()["seen"]
    usual = ask(proxy.port, target="/unknown")
    names = [name for name, _ in usual.headers]
    for path in ("/metrics", "/metrics/", "/METRICS", "/%6detrics", "/metrics?x=1", "/metrics/x", "/_ping", "/_health",
                 "/_readiness", "/_Ping/", "/.env", "/.git/config", "/x/.git/HEAD", "/static/../.env", "/nginx-health",
                 "/./metrics", "/x/../metrics", "/%2e%2fmetrics"):
        response = ask(proxy.port, target=path)
        assert response.status == 404 and [name for name, _ in response.headers] == names, f"{path}: {response.status}"
        assert response.json()["error"]["code"] == "from_stub" and len(response.body) == len(usual.body), path
    seen = ask(proxy.port, target="/seen").json()["seen"]
    asked = [target for target in seen if seen[target] != before.get(target)
             and not target.startswith(("/nowhere", "/unknown", "/seen"))]
    assert not asked, f"the app got requests for {asked}"


def check_request_target_is_forwarded_unchanged():
    for target in ("/a%2Fb", "//a//b", "/a%00b", "/a;b=c?d=e%20f&g", "/%E2%82%AC", "/a%2e%2e/b", "/?", "/a?b?c", "/a+b"):
        response = ask(proxy.port, target=target)
        if target == "/a%00b":
            failure(response, 400, "bad_request")
        else:
            assert response.json()["target"] == target, response.json()["target"]


def check_hop_by_hop_headers_are_removed():
    seen = _seen_by_app(proxy.port, "Connection: upgrade, X-Forwarded-For", "Upgrade: websocket", "TE: trailers",
                        "Proxy: http://evil", "Keep-Alive: 5", "Proxy-Connection: keep-alive", "Trailer: X")
    for name in ("connection", "upgrade", "te", "proxy", "keep-alive", "proxy-connection", "trailer"):
        assert name not in seen, seen
    assert len(seen["x-forwarded-for"]) == 1


POISON = "GET /poisoned HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = "POST /first HTTP/1.1\r\nHost: localhost\r\n"
CHUNK = "0\r\n\r\n"
SMUGGLED = {
    "CL and TE": POST + f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNK}",
    "TE and CL": POST + f"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{CHUNK}",
    "CL twice": POST + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nabcde",
    "CL list": POST + "Content-Length: 5, 5\r\n\r\nabcde",
    "CL signed": POST + "Content-Length: +5\r\n\r\nabcde",
    "CL negative": POST + "Content-Length: -5\r\n\r\nabcde",
    "CL hexadecimal": POST + "Content-Length: 0x5\r\n\r\nabcde",
    "CL beyond 64 bits": POST + "Content-Length: 18446744073709551621\r\n\r\nabcde",
    "TE twice": POST + f"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNK}",
    "TE identity then chunked": POST + f"Transfer-Encoding: identity, chunked\r\n\r\n{CHUNK}",
    "TE unknown": POST + f"Transfer-Encoding: xchunked\r\n\r\n{CHUNK}",
    "TE with vertical tab": POST + f"Transfer-Encoding:\x0bchunked\r\n\r\n{CHUNK}",
    "TE on HTTP/1.0": f"POST /first HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNK}",
    "space before colon": POST + f"Transfer-Encoding : chunked\r\n\r\n{CHUNK}",
    "folded line": POST + f"X: a\r\n b\r\nTransfer-Encoding:\r\n chunked\r\n\r\n{CHUNK}",
    "NUL in a value": POST + "X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "bare CR in a value": POST + "X: a\rContent-Length: 5\r\n\r\n",
    "chunk size with sign": POST + "Transfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n" + CHUNK,
    "chunk size with 0x": POST + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n" + CHUNK,
    "chunk size beyond 64 bits": POST + "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n" + CHUNK,
    "chunk longer than said": POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n" + CHUNK,
    "two hosts": "GET /first HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
    "space in the target": "GET /first HTTP/1.1 x HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


def check_smuggled_request_never_reaches_the_app():
    """Sends each variant, followed by the request `POISON` of another client on the same connection."""
    refused = []
    for shape, data in SMUGGLED.items():
        before = ask(proxy.port, target="/seen").json()["seen"].get("/poisoned", 0)
        with Connection(proxy.port, timeout=4) as connection:
            connection.send(data + POISON)
            statuses = []
            try:
                while True:
                    statuses.append(connection.response())
            except (ConnectionError, TimeoutError):
                pass
        assert statuses, f"{shape}: no response"
        first = statuses[0]
        after = ask(proxy.port, target="/seen").json()["seen"].get("/poisoned", 0)
        if first.status >= 400:
            failure(first, first.status, "internal_error" if first.status == 501 else "bad_request")
            assert len(statuses) == 1 and after == before, f"{shape}: rejected, but the app got a request"
            refused.append(shape)
        else:
            # The proxy accepted the request and normalized its framing. The body of the request may at most be answered
            # as the second request of the same connection.
            framing = [name.lower() for name, _ in first.json()["headers"]]
            assert not {"content-length", "transfer-encoding"} <= set(framing), f"{shape}: forwarded unchanged"
            assert [r.json()["target"] for r in statuses] in (["/first"], ["/first", "/poisoned"]), shape
    normalised = [shape for shape in SMUGGLED if shape not in refused]
    return f"{len(refused)} of {len(SMUGGLED)} rejected; normalized: {', '.join(normalised)}"


def check_bare_line_feeds_are_normalized_or_rejected():
    answer = say(proxy.port, "GET /first HTTP/1.1\nHost: localhost\n\n")
    assert answer.status == 400 or answer.json()["target"] == "/first"


def check_http_1_0_is_served_and_0_9_is_rejected():
    assert say(proxy.port, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n").status == 200
    with Connection(proxy.port) as connection:
        connection.send("GET /old\r\n")
        text = connection.socket.recv(65536)
        assert b"bad_request" in text, text


def check_access_log_omits_query_cookies_and_headers():
    secret = "S3CRET"
    for target in (f"/x?token={secret}", f"/close?token={secret}", f"/_error?token={secret}"):
        ask(proxy.port, target=target, headers=[f"Cookie: a={secret}", f"Authorization: Bearer {secret}",
                                                f"Referer: http://x/?{secret}", f"User-Agent: {secret}"])
    response = ask(proxy.port, target=f"/status/404?token={secret}")
    last = proxy.line(response)
    assert secret not in str(proxy.log()) and secret not in proxy.errors(), "a secret is in the log"
    assert (last["method"], last["path"], last["status"], last["level"]) == ("GET", "/status/404", 404, "warn"), last
    assert isinstance(last["duration_ms"], int) and last["target"] == "nginx" and last["message"]
    refused = ask(proxy.port, "PUT", "/static/ballast.css")
    last = proxy.line(refused)
    assert (last["method"], last["path"]) == ("PUT", "/static/ballast.css"), last


def check_aborted_request_has_a_log_line():
    with Connection(proxy.port) as connection:
        connection.send(request(target="/hang?gone"))
        time.sleep(0.5)
    with Connection(proxy.port) as connection:
        connection.send("GET / HT")
    rig.wait(lambda: any(line["status"] == 499 for line in proxy.log()), 30, "no line for a client that left")


def check_hostile_path_is_escaped_in_the_log():
    say(proxy.port, b'GET /"\\\xff\x01%0a HTTP/1.1\r\nHost: localhost\r\n\r\n')
    response = ask(proxy.port, target='/"},{"level":"x%0d%0a')
    assert proxy.line(response)["level"] in ("info", "warn")
