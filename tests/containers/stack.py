"""The composed system under test: commands to it, and requests through its one port."""

import http.client
import json
import os
import subprocess
import time

PORT = int(os.environ.get("HTTP_PORT", "8080"))
PASSWORD = "correct horse battery staple"


def run(*command, check=True, text=True, **options):
    """Runs a command and gives what it printed; one that hangs fails after five minutes."""
    done = subprocess.run(command, capture_output=True, text=text, timeout=300, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout.strip() if text else done.stdout


def compose(*command, **options):
    return run("docker", "compose", *command, **options)


def containers(service, everyone=False):
    """The identifiers of a service's containers."""
    return compose("ps", "-q", *(["--all"] if everyone else []), service).split()


def inspect(container):
    return json.loads(run("docker", "inspect", container))[0]


def health(container):
    return inspect(container)["State"]["Health"]["Status"]


def wait_for(what, seconds, every=0.2):
    """Asks until it is so, and gives how long that took; fails when it takes too long."""
    begun = time.monotonic()
    while not what():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(every)
    return time.monotonic() - begun


class Answer:
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
    """One request on a connection of its own, to the proxy. A body that is no bytes is sent as JSON."""
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
        return Answer(connection.getresponse())
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


def whole(case, answer, status, code=None):
    """Fails the case unless the answer has each header once and, if it is a failure, the one shape."""
    case.assertEqual(answer.status, status, answer.body[:200])
    for name in ONCE:
        case.assertEqual(len(answer.all(name)), 1, f"{status}: {name}: {answer.all(name)}")
    for name in ("Server", "X-Powered-By"):
        case.assertEqual(answer.all(name), [], f"{status}: {name}")
    if code:
        case.assertEqual(answer.header("Content-Type"), "application/json")
        error = answer.json["error"]
        case.assertEqual((error["code"], error["request_id"]), (code, answer.header("X-Request-ID")))


def patiently(path, body, status):
    """A request that waits as long as it is told to, and is expected to end well."""
    answer = admitted("POST", path, body)
    assert answer.status == status, answer.body
    return answer


def admitted(*arguments, **options):
    """A request that other tests may have used up the limit of: it waits for its turn, for two minutes."""
    end = time.monotonic() + 120
    while (answer := request(*arguments, **options)).status in (429, 503) and time.monotonic() < end:
        time.sleep(int(answer.header("Retry-After")))
    return answer


def sign_in(name):
    """Registers somebody and gives their access token."""
    account = {"name": name, "email": f"{name}@example.org", "password": PASSWORD}
    patiently("/api/v1/auth/register", account, 201)
    login = patiently("/api/v1/auth/login", {key: account[key] for key in ("email", "password")}, 200)
    return login.json["access_token"]


def upload(token, name, content, headers=None, **options):
    """A multipart upload, as a browser sends it."""
    edge = "----ballast"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", **(headers or {})}
    return request("POST", "/api/v1/uploads", body, headers, token, **options)


def frontend(container):
    """Where a replica itself is asked, as its proxy does, whose network this machine is the gateway of."""
    networks = inspect(container)["NetworkSettings"]["Networks"]
    (address,) = (network["IPAddress"] for name, network in networks.items() if name.endswith("_frontend"))
    return address, 5150


def sql(statement):
    return compose("exec", "-T", "postgres", "psql", "-U", "ballast", "-d", "ballast", "-qAtc", statement)
