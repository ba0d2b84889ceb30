"""How long and how much a client may send."""

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


def check_a_target_of_8_kib_passes_and_a_byte_more_does_not():
    assert ask(proxy.port, target="/" + "a" * 8191).status == 200
    failure(ask(proxy.port, target="/" + "a" * 8192), 414, "uri_too_long")
    failure(ask(proxy.port, target="/?" + "a" * 8191), 414, "uri_too_long")
    failure(ask(proxy.port, target="/static/" + "a" * 8190), 414, "uri_too_long")


def check_64_fields_pass_and_one_more_does_not():
    fields = [f"X-{n}: v" for n in range(63)]
    assert ask(proxy.port, headers=fields).status == 200
    failure(ask(proxy.port, headers=fields + ["X-Last: v"]), 431, "request_header_fields_too_large")
    failure(ask(proxy.port, target="/static/ballast.css", headers=fields + ["X-Last: v"]), 431,
            "request_header_fields_too_large")


def check_32_kib_of_headers_pass_and_more_does_not():
    used = len("Host: localhost\r\n")
    four = [f"X-{n}: " + "a" * 8000 for n in range(4)]
    rest = 32768 - used - sum(len(line) + 2 for line in four)
    exact = four + ["X-R: " + "b" * (rest - 7)]
    assert ask(proxy.port, headers=exact).status == 200
    failure(ask(proxy.port, headers=exact[:-1] + [exact[-1] + "b"]), 431, "request_header_fields_too_large")


def check_headers_and_targets_without_end_are_cut_off():
    for size in (40_000, 64_000, 600_000):
        with Connection(proxy.port) as connection:
            try:
                connection.send(f"GET / HTTP/1.1\r\nHost: localhost\r\nX: {'a' * size}")
            except ConnectionError:
                continue
            failure(connection.response(), 431, "request_header_fields_too_large")


def check_a_body_may_be_one_file_and_64_kib():
    assert ask(proxy.port, "POST", body="x" * 365536).json()["bytes"] == 365536
    failure(ask(proxy.port, "POST", body="x" * 365537), 413, "payload_too_large")


def check_a_body_that_is_announced_too_large_is_refused_before_it_is_sent():
    with Connection(proxy.port) as connection:
        connection.send(request("POST", headers=["Content-Length: 1073741824", "Expect: 100-continue"]))
        failure(connection.response(), 413, "payload_too_large")


def check_a_chunked_body_is_counted_as_it_comes():
    with Connection(proxy.port) as connection:
        connection.send(request("POST", headers=["Transfer-Encoding: chunked"]))
        try:
            for _ in range(200):
                connection.send("10000\r\n" + "x" * 65536 + "\r\n")
        except ConnectionError:
            return "cut off"
        failure(connection.response(), 413, "payload_too_large")


def check_expect_continue_is_answered():
    with Connection(proxy.port) as connection:
        connection.send(request("POST", headers=["Content-Length: 4", "Expect: 100-continue"]))
        connection.socket.settimeout(5)
        first = connection.socket.recv(65536)
        assert first.startswith(b"HTTP/1.1 100"), first
        connection.send("body")
        answer = connection.response().json()
        assert answer["bytes"] == 4 and not [1 for name, _ in answer["headers"] if name.lower() == "expect"]


def check_an_answer_before_the_body_is_read_reaches_the_client():
    for size in (1000, 300_000):
        with Connection(proxy.port) as connection:
            connection.send(request("POST", "/early", headers=[f"Content-Length: {size}"]))
            response = connection.response()
            assert response.status == 401, response.status
            headers_once(response)


def check_slow_clients_are_let_go_on_time_while_others_are_served():
    """Twelve each of: silence, half a header, a header that drips, a body that stops, a silent rest of a connection."""
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
        # 10 s, of a body 12; and what a busy machine adds.
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


def check_a_reader_that_takes_nothing_is_let_go():
    # At the container's own address: Docker's relay on loopback would take megabytes for the reader.
    with Connection(8080, timeout=5, host=rig.address(proxy.id)) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.send(request("GET", "/large") * 4)
        time.sleep(20)
        got = received_until_reset(connection.socket)
    # The kernel holds up to 4 MiB of what is sent (tcp_wmem); the four answers are 16 MB.
    assert got < 8_000_000, f"{got} bytes were kept for a reader that took nothing"
    return f"{got} bytes had been sent"


def received_until_reset(reader) -> int:
    got = 0
    try:
        while data := reader.recv(1 << 20):
            got += len(data)
    except ConnectionResetError:
        return got
    raise AssertionError(f"the connection ended without a reset, after {got} bytes")
