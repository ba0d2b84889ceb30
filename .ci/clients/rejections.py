"""Tests that Python receives the response if the server rejects a request before it has read the whole body.

Argument: address of the server.
"""

import http.client
import json
import socket
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

# The smallest size is one byte more than 16 KiB, because the JSON limit of account endpoints is 16 KiB.
SIZES = [kibibytes * 1024 + 1 for kibibytes in (16, 64, 256, 1024, 8192)]
REJECTED = (
    ("/api/v1/uploads", "multipart/form-data; boundary=x", 401),
    ("/api/v1/auth/login", "application/json", 413),
    ("/api/v1/auth/login", "text/plain", 415),
)
address = sys.argv[1]
host, port = urlsplit(address).hostname, urlsplit(address).port


def with_http_client(path, media_type, body):
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("POST", path, body, {"Content-Type": media_type})
    response = connection.getresponse()
    return response.status, response.read()


def with_urllib(path, media_type, body):
    request = urllib.request.Request(address + path, body, {"Content-Type": media_type})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def with_socket(path, media_type, body):
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((host, port), 30) as connection:
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    top, _, rest = received.partition(b"\r\n\r\n")
    return int(top.split(b" ")[1]), rest


for size in SIZES:
    for path, media_type, expected in REJECTED:
        for send in (with_http_client, with_urllib, with_socket):
            status, received = send(path, media_type, bytes(size))
            assert status == expected, (send.__name__, path, media_type, size, status)
            assert json.loads(received)["error"]["code"], received
