"""TLS with a temporary certificate."""

import pathlib
import socket
import ssl
import subprocess
import tempfile

import rig
from shape import failure, headers_once
from wire import Connection, ask, request


def prepare():
    global proxy, folder
    # The folder is world-readable, because the user of the container must read the key.
    folder = tempfile.mkdtemp(prefix="ballast-proxy-tls-")
    pathlib.Path(folder).chmod(0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
    pathlib.Path(f"{folder}/key.pem").chmod(0o644)
    net = rig.network("tls")
    rig.stub(net)
    proxy = rig.Proxy(net, extra=["--volume", f"{folder}:/run/tls:ro"], TLS_CERTIFICATE="/run/tls/cert.pem",
                      TLS_KEY="/run/tls/key.pem", TLS_PUBLIC_PORT="8443", UPLOAD_MAX_BYTES="100000")


def check_tls_response_has_hsts_and_the_app_receives_https():
    response = ask(proxy.tls_port, tls=True)
    headers_once(response, hsts=True)
    assert response.one("Strict-Transport-Security") == "max-age=63072000; includeSubDomains"
    assert dict(response.json()["headers"])["X-Forwarded-Proto"] == "https"
    headers_once(ask(proxy.tls_port, target="/static/ballast.css", tls=True), hsts=True)


def check_tls_errors_use_the_error_response_format_and_hsts():
    port = proxy.tls_port
    failure(ask(port, host="evil.example", tls=True), 400, "bad_request", hsts=True)
    failure(ask(port, target="/close", tls=True), 502, "bad_gateway", hsts=True)
    failure(ask(port, "POST", body="x" * 165537, tls=True), 413, "payload_too_large", hsts=True)
    failure(ask(port, target="/_error", tls=True), 404, "not_found", hsts=True)


def check_plain_http_is_redirected_to_https_with_the_headers():
    for method in ("GET", "HEAD", "POST"):
        response = ask(proxy.port, method, "/a%2Fb?c=d", host="localhost:8080")
        assert response.status == 301 and response.one("Location") == "https://localhost:8443/a%2Fb?c=d", response
        headers_once(response)
        assert b"nginx" not in response.body
    failure(ask(proxy.port, host="evil.example"), 400, "bad_request")
    failure(ask(proxy.port, target="/" + "a" * 9000), 414, "uri_too_long")


def check_plain_http_on_the_tls_port_gets_the_error_response_format():
    response = ask(proxy.tls_port)
    assert response.status == 400 and response.json()["error"]["code"] == "bad_request"


def check_only_tls_1_2_and_1_3_are_accepted():
    for version, spoken in ((ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
                            (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        context = ssl._create_unverified_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        try:
            context.minimum_version = context.maximum_version = version
            with Connection(proxy.tls_port, tls=True, context=context) as connection:
                connection.send(request())
                assert connection.response().status == 200
                assert spoken, f"{version.name} is accepted"
        except (ssl.SSLError, ConnectionError, OSError) as error:
            assert not spoken, f"{version.name}: {error}"


def check_weak_ciphers_are_rejected():
    for cipher in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256"):
        context = ssl._create_unverified_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{cipher}:@SECLEVEL=0")
        try:
            Connection(proxy.tls_port, tls=True, context=context).close()
        except (ssl.SSLError, ConnectionError):
            continue
        raise AssertionError(f"{cipher} is accepted")


def check_http_2_is_offered_by_alpn():
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", proxy.tls_port), 5) as raw:
        with context.wrap_socket(raw, server_hostname="localhost") as wrapped:
            assert wrapped.selected_alpn_protocol() == "h2"


def check_tls_1_2_session_has_no_ticket():
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.tls_port}", "-servername", "localhost",
                           "-tls1_2"], input="", capture_output=True, text=True, timeout=10)
    assert "TLSv1.2" in done.stdout and "TLS session ticket:" not in done.stdout
