"""Stub of the app. Returns each request as JSON. Some paths cause a slow response, an error or no response."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
import uuid

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; stub",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Powered-By": "stub",
    "Server": "stub/1.0",
}
NAME = socket.gethostname()
# Number of requests per target, and number of connections.
seen: dict[str, int] = {}
connections = 0
open_connections: set = set()
busy: set = set()
stopping = False


def uuid7() -> str:
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


async def read_body(reader, headers) -> bytes:
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return body
    return await reader.readexactly(int(headers.get("content-length", 0)))


def answer(status: int, body: bytes, extra=(), head=False) -> bytes:
    headers = dict(HEADERS) | {"X-Request-ID": uuid7(), "Content-Type": "application/json"} | dict(extra)
    headers["Content-Length"] = str(len(body))
    if stopping:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {status} Stub"] + [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if head else body)


def failure(status: int) -> bytes:
    own = uuid7()
    body = json.dumps({"error": {"code": "from_stub", "message": "m", "request_id": own}}).encode()
    return answer(status, body, {"X-Request-ID": own, "Retry-After": "7"})


async def respond(method, target, lines, headers, reader, writer) -> bool:
    """Writes the response. Returns whether the connection stays open."""
    path = target.partition("?")[0]
    word = path.rstrip("/").rpartition("/")[2]
    if path == "/close":
        return False
    if path == "/cut":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        return False
    if path == "/early":
        writer.write(failure(401).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await writer.drain()
        # Like the app: discards the rest of the request for at most two seconds, so that the kernel does not reset the
        # connection.
        writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                while await reader.read(65536):
                    pass
        return False
    body = await read_body(reader, headers)
    if path == "/hang":
        await asyncio.sleep(60)
    if path == "/slow":
        await asyncio.sleep(3)
    if path.startswith("/status/"):
        writer.write(failure(int(word)))
    elif path == "/large":
        writer.write(answer(200, b"x" * 4_000_000))
    elif path == "/seen":
        facts = {"seen": seen, "connections": connections, "name": NAME}
        writer.write(answer(200, json.dumps(facts).encode()))
    elif path.startswith(("/nowhere", "/unknown")) or path == "/metrics":
        writer.write(failure(404))
    else:
        facts = {"method": method, "target": target, "headers": lines, "bytes": len(body), "name": NAME}
        writer.write(answer(200, json.dumps(facts).encode(), head=method == "HEAD"))
    return not stopping


async def serve(reader, writer) -> None:
    global connections
    connections += 1
    open_connections.add(writer)
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
            busy.add(writer)
            first, *rest = head.rstrip("\r\n").split("\r\n")
            method, target, _ = first.split(" ")
            lines = [line.split(": ", 1) for line in rest]
            headers = {name.lower(): value for name, value in lines}
            seen[target] = seen.get(target, 0) + 1
            goes_on = await respond(method, target, lines, headers, reader, writer)
            await writer.drain()
            busy.discard(writer)
            if not goes_on:
                break
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        pass
    finally:
        busy.discard(writer)
        open_connections.discard(writer)
        writer.close()


async def main() -> None:
    global stopping
    server = await asyncio.start_server(serve, "0.0.0.0", 5150, limit=1 << 20)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    # Like the app: accepts connections for a while, finishes running requests and closes idle connections.
    stopping = True
    await asyncio.sleep(1.5)
    server.close()
    for _ in range(100):
        for writer in open_connections - busy:
            writer.close()
        if not open_connections:
            break
        await asyncio.sleep(0.05)


asyncio.run(main())
