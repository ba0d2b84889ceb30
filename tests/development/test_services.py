"""Services of docker-compose.dev.yml: the app uses PostgreSQL for rows, Redis for counts and SMTP for e-mails."""

import json
import os
import re
import subprocess
import time
import unittest
import urllib.request

APP = f"http://127.0.0.1:{os.environ['PORT']}/api/v1"
MAIL = f"http://127.0.0.1:{os.environ['MAIL_PORT']}/api/v1"
ADDRESS = "ada@example.org"


def call(url, body=None):
    """Sends a request, with a body as JSON, and returns the response as JSON."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
        return json.loads(text) if text else None


def execute(*command):
    """Runs a command in a container and returns its output."""
    compose = ["docker", "compose", "exec", "-T", *command]
    return subprocess.run(compose, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def wait_for_mail():
    """Returns the text of the first e-mail to the user."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for mail in call(f"{MAIL}/messages")["messages"]:
            if ADDRESS in [recipient["Address"] for recipient in mail["To"]]:
                return call(f"{MAIL}/message/{mail['ID']}")["Text"]
        time.sleep(0.2)
    raise AssertionError("no e-mail arrived within 60 s")


class Services(unittest.TestCase):
    def test_user_registers_and_verifies_the_address_with_the_link_of_the_e_mail(self):
        password = "correct horse battery staple"
        call(f"{APP}/auth/register", {"name": "Ada", "email": ADDRESS, "password": password})
        token = re.search(r"\?token=(\S+)", wait_for_mail()).group(1)
        call(f"{APP}/auth/verify", {"token": token})
        user = call(f"{APP}/auth/login", {"email": ADDRESS, "password": password})["user"]
        self.assertEqual((user["email"], user["verified"]), (ADDRESS, True))
        count = ("psql", "-U", "ballast", "-d", "ballast_development", "-qAtc", "select count(*) from users")
        self.assertEqual(execute("postgres", *count), "1")
        keys = execute("redis", "redis-cli", "keys", "{ballast-limits}:login:*")
        self.assertEqual(len(keys.splitlines()), 1, keys)


if __name__ == "__main__":
    unittest.main()
