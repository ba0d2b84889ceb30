"""Forwarding to the app, and static files."""

import gzip
import hashlib
import pathlib
import time

import rig
from wire import Connection, ask, request

CSS = "/static/ballast.css"


def prepare():
    global proxy
    net = rig.network("app")
    rig.stub(net)
    proxy = rig.Proxy(net)


def _seen():
    return ask(proxy.port, target="/seen").json()


def check_proxy_reuses_connections_to_the_app():
    before = _seen()["connections"]
    for n in range(200):
        assert ask(proxy.port, target=f"/kept/{n}").status == 200
    opened = _seen()["connections"] - before
    assert opened <= 8, f"{opened} connections for 200 requests"
    return f"{opened} connections for 200 requests"


def check_proxy_retries_only_safe_methods():
    for number, (method, target, tries) in enumerate((
        ("GET", "/status/503", 2), ("HEAD", "/status/503", 2), ("POST", "/status/503", 1), ("PUT", "/status/503", 1),
        ("DELETE", "/status/503", 1), ("PATCH", "/status/503", 1), ("OPTIONS", "/status/503", 1),
        ("GET", "/close", (2, 3)), ("POST", "/close", 1), ("PUT", "/close", 1), ("DELETE", "/close", 1),
    )):
        marked = f"{target}?{number}"
        ask(proxy.port, method, marked)
        count = _seen()["seen"].get(marked, 0)
        allowed = tries if isinstance(tries, tuple) else (tries,)
        assert count in allowed, f"{method} {target} reached the app {count} times"


def check_proxy_does_not_retry_after_a_read_timeout():
    net = rig.network("deadline")
    rig.stub(net)
    other = rig.Proxy(net, REQUEST_TIMEOUT_SECONDS="4")
    begun = time.monotonic()
    assert ask(other.port, target="/hang?once").status == 504
    took = time.monotonic() - begun
    # The read timeout is 9 s. A retry would double it.
    assert 8 < took < 16, f"{took:.1f} s"
    return f"504 after {took:.1f} s"


def check_truncated_response_is_not_forwarded_as_complete():
    try:
        response = ask(proxy.port, target="/cut")
    except ConnectionError:
        return
    assert response.status == 502, response.status


def check_early_response_reaches_a_client_that_sends_its_whole_body():
    for size in (16 << 10, 64 << 10, 1 << 20, 8 << 20):
        for _ in range(10):
            response = ask(proxy.port, "POST", "/early", body="x" * size)
            assert response.status == 401 and response.json()["error"]["code"], (size, response.status)


def check_large_response_is_complete():
    assert len(ask(proxy.port, target="/large").body) == 4_000_000


def check_static_files_are_served_precompressed():
    plain, packed = ask(proxy.port, target=CSS), ask(proxy.port, target=CSS, headers=["Accept-Encoding: gzip"])
    assert packed.one("Content-Encoding") == "gzip" and gzip.decompress(packed.body) == plain.body
    assert not plain.all("Content-Encoding") and len(packed.body) < len(plain.body)
    for response in (plain, packed):
        assert "Accept-Encoding" in response.one("Vary") and response.one("Content-Type") == "text/css"
        assert response.one("Cache-Control") == "public, max-age=3600"
    assert "/static" not in str(_seen()["seen"]), "the app got a request for a file of the proxy image"


def check_static_file_is_immutable_only_if_its_name_has_a_hash():
    answers = {}
    script = "cd /srv/www/static && for f in a.0123abcd.css a.0123abc.css app.js x.DEADBEEF.js; do echo x > $f; done"
    made = rig.docker("create", "--user", "0", "--entrypoint", "sh", rig.PROXY_IMAGE, "-c", script)
    rig._containers.append(made)
    rig.docker("start", "--attach", made)
    image = rig.docker("commit", "--change", 'ENTRYPOINT ["/usr/local/bin/entrypoint"]', "--change", "CMD []",
                       "--change", "USER 10101:10101", made)
    usual, rig.PROXY_IMAGE = rig.PROXY_IMAGE, image
    try:
        other = rig.Proxy(rig.network("hashed"))
    finally:
        rig.PROXY_IMAGE = usual
    for name in ("a.0123abcd.css", "a.0123abc.css", "app.js", "x.DEADBEEF.js"):
        answers[name] = ask(other.port, target=f"/static/{name}").one("Cache-Control")
    rig.docker("rm", "--force", other.id)
    rig.docker("rmi", image, check=False)
    long, short = "public, max-age=31536000, immutable", "public, max-age=3600"
    assert answers == {"a.0123abcd.css": long, "a.0123abc.css": short, "app.js": short, "x.DEADBEEF.js": short}, answers


def check_static_files_have_the_hashed_names_of_the_app():
    for path in sorted(pathlib.Path("assets/static").iterdir()):
        hashed = f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        response = ask(proxy.port, target=f"/static/{hashed}")
        assert response.body == path.read_bytes(), hashed
        assert response.one("Cache-Control") == "public, max-age=31536000, immutable", hashed
    assert "/static" not in str(_seen()["seen"]), "the app got a request for a file of the proxy image"


def check_missing_static_file_is_requested_from_the_app():
    for path in ("/static/newer.css", "/static/", "/static"):
        assert ask(proxy.port, target=path).json()["target"] == path


def check_files_outside_the_static_folder_are_not_served():
    for path in ("/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fetc/passwd",
                 "/static..//etc/passwd", "/static/....//etc/passwd", "/static/ballast.css/../../../etc/passwd"):
        response = ask(proxy.port, target=path)
        assert b"root:" not in response.body, path


def check_dynamic_responses_are_not_compressed():
    assert not ask(proxy.port, target="/large", headers=["Accept-Encoding: gzip"]).all("Content-Encoding")


def check_pipelined_requests_get_responses_in_order():
    with Connection(proxy.port) as connection:
        connection.send("".join(request(target=f"/{n}") for n in range(20)))
        assert [connection.response().json()["target"] for _ in range(20)] == [f"/{n}" for n in range(20)]
