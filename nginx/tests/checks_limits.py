"""Timeouts and size limits of requests."""

import socket
import threading
import time

import rig
from shape import failure, headers_once
from wire import Connection, ask, request, say


def prepare():
    global proxy
    net = rig.network("limits")
    rig.stub(net)
    proxy = rig.Proxy(net, UPLOAD_MAX_BYTES="300000")


def check_request_target_may_have_8_kib():
    assert ask(proxy.port, target="/" + "a" * 8191).status == 200
    failure(ask(proxy.port, target="/" + "a" * 8192), 414, "uri_too_long")
    failure(ask(proxy.port, target="/?" + "a" * 8191), 414, "uri_too_long")
    failure(ask(proxy.port, target="/static/" + "a" * 8190), 414, "uri_too_long")


def check_request_may_have_64_header_fields():
    fields = [f"X-{n}: v" for n in range(63)]
    assert ask(proxy.port, headers=fields).status == 200
    failure(ask(proxy.port, headers=fields + ["X-Last: v"]), 431, "request_header_fields_too_large")
    failure(ask(proxy.port, target="/static/ballast.css", headers=fields + ["X-Last: v"]), 431,
            "request_header_fields_too_large")


def check_request_headers_may_have_32_kib():
    used = len("Host: localhost\r\n")
    four = [f"X-{n}: " + "a" * 8000 for n in range(4)]
    rest = 32768 - used - sum(len(line) + 2 for line in four)
    exact = four + ["X-R: " + "b" * (rest - 7)]
    assert ask(proxy.port, headers=exact).status == 200
    failure(ask(proxy.port, headers=exact[:-1] + [exact[-1] + "b"]), 431, "request_header_fields_too_large")


def check_endless_headers_and_targets_are_rejected():
    for size in (40_000, 64_000, 600_000):
        with Connection(proxy.port) as connection:
            try:
                connection.send(f"GET / HTTP/1.1\r\nHost: localhost\r\nX: {'a' * size}")
            except ConnectionError:
                continue
            failure(connection.response(), 431, "request_header_fields_too_large")


def check_body_may_have_one_file_and_64_kib():
    assert ask(proxy.port, "POST", body="x" * 365536).json()["bytes"] == 365536
    failure(ask(proxy.port, "POST", body="x" * 365537), 413, "payload_too_large")


def check_body_is_rejected_early_if_its_content_length_is_too_large():
    with Connection(proxy.port) as connection:
        connection.send(request("POST", headers=["Content-Length: 1073741824", "Expect: 100-continue"]))
        failure(connection.response(), 413, "payload_too_large")


def check_chunked_body_is_limited_while_it_arrives():
    with Connection(proxy.port) as connection:
        connection.send(request("POST", headers=["Transfer-Encoding: chunked"]))
        try:
            for _ in range(200):
                connection.send("10000\r\n" + "x" * 65536 + "\r\n")
        except ConnectionError:
            return "connection closed"
        failure(connection.response(), 413, "payload_too_large")


def check_expect_continue_gets_a_100_response():
    with Connection(proxy.port) as connection:
        connection.send(request("POST", headers=["Content-Length: 4", "Expect: 100-continue"]))
        connection.socket.settimeout(5)
        first = connection.socket.recv(65536)
        assert first.startswith(b"HTTP/1.1 100"), first
        connection.send("body")
        answer = connection.response().json()
        assert answer["bytes"] == 4 and not [1 for name, _ in answer["headers"] if name.lower() == "expect"]


def check_early_response_of_the_app_reaches_the_client():
    for size in (1000, 300_000):
        with Connection(proxy.port) as connection:
            connection.send(request("POST", "/early", headers=[f"Content-Length: {size}"]))
            response = connection.response()
            assert response.status == 401, response.status
            headers_once(response)


def check_slow_clients_time_out_while_others_are_served():
    """Opens twelve connections of each kind: idle, half a header, slow header, and a body that stops."""
    kinds = {
        "silent": ("", ""),
        "half a header": ("GET / HTTP/1.1\r\nHost: loc", ""),
        "dripping header": ("GET / HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n"),
        "stopped body": (request("POST", headers=["Content-Length: 1000"]) + "abc", ""),
    }
    found, problems = {}, []

    def hold(kind, start, drip):
        connection, begun = Connection(proxy.port, timeout=1), time.monotonic()
        connection.send(start)
        while time.monotonic() - begun < 40:
            try:
                if connection.socket.recv(65536) == b"":
                    break
            except TimeoutError:
                try:
                    connection.send(drip)
                except ConnectionError:
                    break
            except ConnectionError:
                break
        took = time.monotonic() - begun
        found.setdefault(kind, []).append(took)
        # 10 s for a header, 12 s for a body, with a margin for a loaded machine.
        if not 5 <= took <= 30:
            problems.append(f"{kind}: {took:.1f} s")

    threads = [threading.Thread(target=hold, args=(kind, *rest)) for kind, rest in kinds.items() for _ in range(12)]
    for thread in threads:
        thread.start()
    worst = 0.0
    for _ in range(20):
        begun = time.monotonic()
        assert ask(proxy.port).status == 200
        worst = max(worst, time.monotonic() - begun)
        time.sleep(0.3)
    for thread in threads:
        thread.join()
    assert not problems, problems
    return ", ".join(f"{kind} {max(times):.1f} s" for kind, times in found.items()) + f"; others {worst * 1000:.0f} ms"


def check_connection_is_reset_if_the_client_does_not_read():
    # Connects to the address of the container, because Docker's proxy on loopback buffers megabytes.
    with Connection(8080, timeout=5, host=rig.address(proxy.id)) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.send(request("GET", "/large") * 4)
        time.sleep(20)
        got = received_until_reset(connection.socket)
    # The kernel buffers up to 4 MiB (tcp_wmem). The four responses have 16 MB.
    assert got < 8_000_000, f"{got} bytes were buffered for a client that does not read"
    return f"{got} bytes had been sent"


def received_until_reset(reader) -> int:
    got = 0
    try:
        while data := reader.recv(1 << 20):
            got += len(data)
    except ConnectionResetError:
        return got
    raise AssertionError(f"the connection ended without a reset, after {got} bytes")
