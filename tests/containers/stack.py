"""The composed system under test: compose commands, and requests to its public port."""

import http.client
import json
import os
import subprocess
import time

PORT = int(os.environ.get("HTTP_PORT", "8080"))
PASSWORD = "correct horse battery staple"


def run(*command, check=True, text=True, **options):
    """Runs a command and returns its output. Fails after five minutes."""
    done = subprocess.run(command, capture_output=True, text=text, timeout=300, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout.strip() if text else done.stdout


def compose(*command, **options):
    return run("docker", "compose", *command, **options)


def containers(service, include_stopped=False):
    """Returns the IDs of the containers of a service."""
    return compose("ps", "-q", *(["--all"] if include_stopped else []), service).split()


def inspect(container):
    return json.loads(run("docker", "inspect", container))[0]


def health(container):
    return inspect(container)["State"]["Health"]["Status"]


def wait_for(condition, seconds, interval=0.2):
    """Polls until the condition is true. Returns the elapsed seconds, or fails after the timeout."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"timeout after {seconds} s")
        time.sleep(interval)
    return time.monotonic() - begun


class Response:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()
        self.body = response.read()

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)

    @property
    def json(self):
        return json.loads(self.body)


def request(method, path, body=None, headers=None, token=None, timeout=40, to=("127.0.0.1", PORT)):
    """Sends a request on a new connection, by default to the proxy. A body other than bytes is sent as JSON."""
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection(*to, timeout=timeout)
    try:
        headers.setdefault("Host", f"localhost:{PORT}")
        connection.request(method, path, body, headers)
        return Response(connection.getresponse())
    finally:
        connection.close()


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


def assert_complete(case, response, status, code=None):
    """Asserts that the response has each security header once and, with a code, the error format."""
    case.assertEqual(response.status, status, response.body[:200])
    for name in ONCE:
        case.assertEqual(len(response.all(name)), 1, f"{status}: {name}: {response.all(name)}")
    for name in ("Server", "X-Powered-By"):
        case.assertEqual(response.all(name), [], f"{status}: {name}")
    if code:
        case.assertEqual(response.header("Content-Type"), "application/json")
        error = response.json["error"]
        case.assertEqual((error["code"], error["request_id"]), (code, response.header("X-Request-ID")))


def request_successfully(path, body, status):
    """Sends a request, retries it after `Retry-After`, and asserts its status."""
    response = request_with_retries("POST", path, body)
    assert response.status == status, response.body
    return response


def request_with_retries(*arguments, **options):
    """Sends a request and retries it after `Retry-After` for two minutes, because other tests share the limits."""
    end = time.monotonic() + 120
    while (response := request(*arguments, **options)).status in (429, 503) and time.monotonic() < end:
        time.sleep(int(response.header("Retry-After")))
    return response


def sign_in(name):
    """Registers a user and returns an access token."""
    account = {"name": name, "email": f"{name}@example.org", "password": PASSWORD}
    request_successfully("/api/v1/auth/register", account, 201)
    login = request_successfully("/api/v1/auth/login", {key: account[key] for key in ("email", "password")}, 200)
    return login.json["access_token"]


def upload(token, name, content, headers=None, **options):
    """Uploads a file as a multipart form."""
    edge = "----ballast"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", **(headers or {})}
    return request("POST", "/api/v1/uploads", body, headers, token, **options)


def frontend(container):
    """Returns the address of a replica in the network of the proxy. This machine is the gateway of the network."""
    networks = inspect(container)["NetworkSettings"]["Networks"]
    (address,) = (network["IPAddress"] for name, network in networks.items() if name.endswith("_frontend"))
    return address, 5150


def sql(statement):
    return compose("exec", "-T", "postgres", "psql", "-U", "ballast", "-d", "ballast", "-qAtc", statement)
