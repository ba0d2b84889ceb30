"""The way to the app, and the static files."""

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


def check_connections_to_the_app_are_kept():
    before = _seen()["connections"]
    for n in range(200):
        assert ask(proxy.port, target=f"/kept/{n}").status == 200
    opened = _seen()["connections"] - before
    assert opened <= 8, f"{opened} connections for 200 requests"
    return f"{opened} connections for 200 requests"


def check_safe_methods_are_tried_again_and_others_never():
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


def check_a_deadline_is_not_waited_for_twice():
    net = rig.network("deadline")
    rig.stub(net)
    other = rig.Proxy(net, REQUEST_TIMEOUT_SECONDS="4")
    begun = time.monotonic()
    assert ask(other.port, target="/hang?once").status == 504
    took = time.monotonic() - begun
    # Eight seconds and some; one that is waited for twice takes sixteen.
    assert 8 < took < 16, f"{took:.1f} s"
    return f"504 after {took:.1f} s"


def check_an_answer_that_breaks_off_is_not_passed_as_whole():
    try:
        response = ask(proxy.port, target="/cut")
    except ConnectionError:
        return
    assert response.status == 502, response.status


def check_a_large_answer_comes_whole():
    assert len(ask(proxy.port, target="/large").body) == 4_000_000


def check_static_files_are_served_compressed_ahead():
    plain, packed = ask(proxy.port, target=CSS), ask(proxy.port, target=CSS, headers=["Accept-Encoding: gzip"])
    assert packed.one("Content-Encoding") == "gzip" and gzip.decompress(packed.body) == plain.body
    assert not plain.all("Content-Encoding") and len(packed.body) < len(plain.body)
    for response in (plain, packed):
        assert "Accept-Encoding" in response.one("Vary") and response.one("Content-Type") == "text/css"
        assert response.one("Cache-Control") == "public, max-age=3600"
    assert "/static" not in str(_seen()["seen"]), "the app was asked for a file that is here"


def check_a_name_with_a_hash_may_be_kept_for_ever_and_no_other():
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


def check_files_have_the_names_that_the_app_s_pages_give_them():
    for path in sorted(pathlib.Path("assets/static").iterdir()):
        hashed = f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        response = ask(proxy.port, target=f"/static/{hashed}")
        assert response.body == path.read_bytes(), hashed
        assert response.one("Cache-Control") == "public, max-age=31536000, immutable", hashed
    assert "/static" not in str(_seen()["seen"]), "the app was asked for a file that is here"


def check_a_static_file_that_is_not_here_is_asked_of_the_app():
    for path in ("/static/newer.css", "/static/", "/static"):
        assert ask(proxy.port, target=path).json()["target"] == path


def check_nothing_outside_the_folder_is_served():
    for path in ("/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fetc/passwd",
                 "/static..//etc/passwd", "/static/....//etc/passwd", "/static/ballast.css/../../../etc/passwd"):
        response = ask(proxy.port, target=path)
        assert b"root:" not in response.body, path


def check_dynamic_answers_are_not_compressed():
    assert not ask(proxy.port, target="/large", headers=["Accept-Encoding: gzip"]).all("Content-Encoding")


def check_requests_on_one_connection_are_answered_in_order():
    with Connection(proxy.port) as connection:
        connection.send("".join(request(target=f"/{n}") for n in range(20)))
        assert [connection.response().json()["target"] for _ in range(20)] == [f"/{n}" for n in range(20)]
