"""Failures of dependencies, and restarts under load."""

import itertools
import threading
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from stack import compose, containers, frontend, health, inspect, request, run, sign_in, upload, wait_for, assert_complete

RATE = 100


class Load(threading.Thread):
    """Sends GET requests at a fixed rate until it is stopped, and records failures."""

    def __init__(self, path="/", rate=RATE):
        super().__init__()
        self.path, self.rate, self.sent, self.failed = path, rate, 0, []
        self.done = threading.Event()

    def run(self):
        begun = time.monotonic()
        waiting = []
        for number in itertools.count():
            if self.done.wait(max(0, begun + number / self.rate - time.monotonic())):
                break
            one = threading.Thread(target=self.one)
            one.start()
            waiting.append(one)
        for one in waiting:
            one.join()

    def one(self):
        try:
            response = request("GET", self.path, timeout=20)
            failure = None if response.status == 200 else (response.status, response.body[:200])
        except OSError as error:
            failure = repr(error)
        self.sent += 1
        if failure:
            self.failed.append(failure)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()


class Faults(unittest.TestCase):
    def test_app_is_unhealthy_without_the_database_and_recovers(self):
        apps = containers("app")
        compose("stop", "postgres")
        try:
            took = wait_for(lambda: all(health(app) == "unhealthy" for app in apps), 30)
            print(f"\nunhealthy after {took:.1f} s", end=" ")
            response = request("GET", "/api/v1/auth/me", token="x.y.z")
            self.assertIn(response.status, (401, 503))
            self.assertEqual(request("GET", "/api/v1/health").status, 503)
        finally:
            compose("start", "postgres")
            wait_for(lambda: health(containers("postgres")[0]) == "healthy", 60)
        took = wait_for(lambda: all(health(app) == "healthy" for app in apps), 15)
        print(f"healthy after {took:.1f} s", end=" ")
        wait_for(lambda: health(containers("worker")[0]) == "healthy", 30)

    def test_app_is_degraded_without_redis_and_continues(self):
        compose("stop", "redis")
        try:
            wait_for(lambda: request("GET", "/api/v1/health").json["status"] == "degraded", 10)
            # Sends more requests to a rate-limited route than the circuit breaker needs to open.
            wrong = {"email": "unknown@example.org", "password": "wrong wrong wrong"}
            responses = [request("POST", "/api/v1/auth/login", wrong).status for _ in range(30)]
            self.assertEqual(set(responses) - {401, 429}, set())
            self.assertTrue(all(health(app) == "healthy" for app in containers("app")))
        finally:
            compose("start", "redis")
        wait_for(lambda: request("GET", "/api/v1/health").json["status"] == "ok", 60)

    def test_rolling_restart_of_replicas_fails_no_request(self):
        with Load() as load:
            for app in containers("app") * 2:
                run("docker", "restart", "--time", "40", app)
                wait_for(lambda app=app: health(app) == "healthy", 60)
        print(f"\n{load.sent} requests", end=" ")
        self.assertGreater(load.sent, 5 * RATE)
        self.assertEqual(load.failed, [])

    def test_app_survives_a_login_flood(self):
        """Each login uses its own address and account, so that each login requires a password hash."""
        token = sign_in("barbara")
        since = [(container, inspect(container)["State"]["StartedAt"]) for container in self.app_containers()]
        with ThreadPoolExecutor(33) as clients:
            until = time.monotonic() + 20
            floods = [clients.submit(self.send_logins, thread, until) for thread in range(32)]
            files = clients.submit(lambda: [upload(token, f"{n}.bin", bytes(8 << 20)).status for n in range(5)])
            self.assertEqual(files.result(), [201] * 5)
            statuses = Counter(status for flood in floods for status in flood.result())
        print(f"\n{dict(statuses)}", end=" ")
        self.assertEqual(set(statuses) - {401, 503}, set())
        self.assertGreater(statuses[401], 100)
        for container, started in since:
            state = inspect(container)["State"]
            self.assertEqual((state["StartedAt"], state["OOMKilled"]), (started, False))
        self.assertEqual(request("GET", "/api/v1/health").status, 200)

    def app_containers(self):
        return [container for service in ("nginx", "app", "worker") for container in containers(service)]

    def send_logins(self, thread, until):
        """Sends logins to the replicas without the proxy. The replicas trust `X-Forwarded-For` from this network."""
        apps = [frontend(app) for app in containers("app")]
        statuses = []
        for number in itertools.count():
            if time.monotonic() > until:
                return statuses
            wrong = {"email": f"flood-{thread}-{number}@example.org", "password": "wrong wrong wrong"}
            source = {"X-Forwarded-For": f"198.18.{thread}.{number % 256}"}
            response = request("POST", "/api/v1/auth/login", wrong, source, to=apps[number % len(apps)])
            statuses.append(response.status)

    def test_proxy_returns_the_error_format_without_the_app(self):
        apps = containers("app")
        run("docker", "pause", *apps)
        try:
            assert_complete(self, request("GET", "/api/v1/health/live"), 504, "gateway_timeout")
        finally:
            run("docker", "unpause", *apps)
        compose("stop", "app")
        try:
            assert_complete(self, request("GET", "/api/v1/health/live"), 502, "bad_gateway")
            assert_complete(self, request("POST", "/api/v1/auth/login", {}), 502, "bad_gateway")
        finally:
            compose("start", "app")
        wait_for(lambda: all(health(app) == "healthy" for app in apps), 60)


if __name__ == "__main__":
    unittest.main()
