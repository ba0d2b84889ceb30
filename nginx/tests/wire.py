"""Raw HTTP/1 client. Sends the given bytes unchanged and keeps every header line."""

import json
import socket
import ssl
from dataclasses import dataclass, field


@dataclass
class Response:
    status: int = 0
    headers: list = field(default_factory=list)
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        values = self.all(name)
        assert len(values) == 1, f"{name} occurs {len(values)} times with {self.status}: {values}"
        return values[0]

    def json(self):
        return json.loads(self.body)


class Connection:
    """One connection. `tls` does not verify the certificate, because it is temporary."""

    def __init__(self, port: int, timeout: float = 15, tls: bool = False, context=None, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout)
        if tls:
            context = context or ssl._create_unverified_context()
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.left = b""

    def send(self, data) -> None:
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def ended(self) -> bool:
        """Returns whether the server closes the connection within the timeout without further data."""
        try:
            return self.left == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def _more(self) -> bool:
        data = self.socket.recv(65536)
        self.left += data
        return bool(data)

    def response(self, head: bool = False) -> Response:
        while b"\r\n\r\n" not in self.left:
            if not self._more():
                raise ConnectionError(f"closed in the middle of a response: {self.left[:80]!r}")
        top, self.left = self.left.split(b"\r\n\r\n", 1)
        first, *lines = top.decode("latin-1").split("\r\n")
        answer = Response(int(first.split(" ")[1]), [line.split(": ", 1) for line in lines])
        if answer.status == 100:
            return self.response(head)
        if head or answer.status in (204, 304):
            return answer
        if answer.all("Transfer-Encoding"):
            while not self.left.endswith(b"0\r\n\r\n"):
                if not self._more():
                    break
            answer.body, self.left = self.left, b""
            return answer
        length = int(answer.one("Content-Length"))
        while len(self.left) < length:
            if not self._more():
                raise ConnectionError("closed in the middle of a body")
        answer.body, self.left = self.left[:length], self.left[length:]
        return answer

    def close(self) -> None:
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request(method="GET", target="/", headers=(), body="", host="localhost") -> str:
    lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host else []), *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def ask(port: int, method="GET", target="/", headers=(), body="", host="localhost", tls=False) -> Response:
    with Connection(port, tls=tls) as connection:
        connection.send(request(method, target, headers, body, host))
        return connection.response(head=method == "HEAD")


def say(port: int, data, timeout: float = 15) -> Response:
    with Connection(port, timeout) as connection:
        connection.send(data)
        return connection.response()
