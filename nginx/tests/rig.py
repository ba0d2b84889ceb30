"""Starts and removes the containers of a run: network, stubs of the app, proxy."""

import json
import os
import subprocess
import time

PROXY_IMAGE = os.environ["PROXY_IMAGE"]
STUB_IMAGE = os.environ["STUB_IMAGE"]
# Contains the process ID, so that parallel runs on one machine do not collide.
NAME = f"ballast-proxy-try-{os.getpid()}"
_containers: list[str] = []
_networks: list[str] = []


def docker(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=300)
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def network(suffix: str) -> str:
    name = f"{NAME}-{suffix}"
    docker("network", "create", name)
    _networks.append(name)
    return name


def _run(*arguments: str) -> str:
    container = docker("run", "--detach", *arguments)
    _containers.append(container)
    return container


def stub(net: str, alias: str = "app") -> str:
    return _run("--network", net, "--network-alias", alias, "--read-only", "--cap-drop", "ALL", STUB_IMAGE)


def proxy_arguments(**settings: str) -> list[str]:
    closed = "--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 64".split()
    closed += ["--tmpfs", "/tmp:size=256m,mode=0700,uid=10101,gid=10101"]
    settings = {"SERVER_NAME": "localhost", "EDGE_RATE": "2000", "EDGE_BURST": "2000"} | settings
    return closed + [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]


class Proxy:
    """A proxy with the restrictions of production, reachable only on loopback."""

    def __init__(self, net: str, extra=(), **settings: str):
        ports = ["--publish", "127.0.0.1::8080", "--publish", "127.0.0.1::8443"]
        self.id = _run("--network", net, *ports, *proxy_arguments(**settings), *extra, PROXY_IMAGE)
        self.port, self.tls_port = (self._published(inner) for inner in (8080, 8443))
        wait(lambda: self.healthy(), 90, "the proxy did not become healthy")

    def _published(self, inner: int) -> int:
        return int(docker("port", self.id, str(inner)).splitlines()[0].rpartition(":")[2])

    def healthy(self) -> bool:
        return docker("inspect", "--format", "{{.State.Health.Status}}", self.id) == "healthy"

    def log(self) -> list[dict]:
        """Returns the lines of stdout. Fails if a line is not JSON."""
        return [json.loads(line) for line in docker("logs", self.id).splitlines()]

    def line(self, response) -> dict:
        """Returns the access log entry of a response. Waits, because nginx writes it after the response."""
        own = response.one("X-Request-ID")
        found: list[dict] = []

        def there() -> bool:
            found[:] = [line for line in self.log() if line["request_id"] == own]
            return bool(found)

        wait(there, 30, f"the log has no entry with the request ID {own}")
        return found[0]

    def errors(self) -> str:
        return subprocess.run(["docker", "logs", self.id], capture_output=True, text=True).stderr


def wait(holds, seconds: float, complaint: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, complaint
        time.sleep(0.2)


def address(container: str) -> str:
    return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)


def end() -> None:
    for container in _containers:
        docker("rm", "--force", container, check=False)
    for net in _networks:
        docker("network", "rm", net, check=False)
