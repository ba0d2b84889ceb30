"""A part goes and comes back; containers are stopped and replaced under load."""

import itertools
import threading
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from stack import compose, containers, frontend, health, inspect, request, run, sign_in, upload, wait_for, whole

RATE = 100


class Load(threading.Thread):
    """So many GET requests a second until it is told to stop; notes each that failed."""

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
            answer = request("GET", self.path, timeout=20)
            failure = None if answer.status == 200 else (answer.status, answer.body[:200])
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
    def test_without_the_database_the_containers_are_unhealthy_and_with_it_healthy_again(self):
        apps = containers("app")
        compose("stop", "postgres")
        try:
            took = wait_for(lambda: all(health(app) == "unhealthy" for app in apps), 30)
            print(f"\nunhealthy after {took:.1f} s", end=" ")
            answer = request("GET", "/api/v1/auth/me", token="x.y.z")
            self.assertIn(answer.status, (401, 503))
            self.assertEqual(request("GET", "/api/v1/health").status, 503)
        finally:
            compose("start", "postgres")
            wait_for(lambda: health(containers("postgres")[0]) == "healthy", 60)
        took = wait_for(lambda: all(health(app) == "healthy" for app in apps), 15)
        print(f"healthy after {took:.1f} s", end=" ")
        wait_for(lambda: health(containers("worker")[0]) == "healthy", 30)

    def test_without_redis_the_service_is_degraded_and_goes_on(self):
        compose("stop", "redis")
        try:
            wait_for(lambda: request("GET", "/api/v1/health").json["status"] == "degraded", 10)
            # A limited route, and more often than the breaker needs to open.
            wrong = {"email": "nobody@example.org", "password": "wrong wrong wrong"}
            answers = [request("POST", "/api/v1/auth/login", wrong).status for _ in range(30)]
            self.assertEqual(set(answers) - {401, 429}, set())
            self.assertTrue(all(health(app) == "healthy" for app in containers("app")))
        finally:
            compose("start", "redis")
        wait_for(lambda: request("GET", "/api/v1/health").json["status"] == "ok", 60)

    def test_replicas_are_restarted_one_by_one_and_no_get_fails(self):
        with Load() as load:
            for app in containers("app") * 2:
                run("docker", "restart", "--time", "40", app)
                wait_for(lambda app=app: health(app) == "healthy", 60)
        print(f"\n{load.sent} requests", end=" ")
        self.assertGreater(load.sent, 5 * RATE)
        self.assertEqual(load.failed, [])

    def test_an_app_with_little_memory_lives_through_a_storm(self):
        """Sign-ins from an address and for an account each, so that every one of them asks for a hash."""
        token = sign_in("barbara")
        since = [(container, inspect(container)["State"]["StartedAt"]) for container in self.everybody()]
        with ThreadPoolExecutor(33) as clients:
            until = time.monotonic() + 20
            storms = [clients.submit(self.storm, thread, until) for thread in range(32)]
            files = clients.submit(lambda: [upload(token, f"{n}.bin", bytes(8 << 20)).status for n in range(5)])
            self.assertEqual(files.result(), [201] * 5)
            said = Counter(status for storm in storms for status in storm.result())
        print(f"\n{dict(said)}", end=" ")
        self.assertEqual(set(said) - {401, 503}, set())
        self.assertGreater(said[401], 100)
        for container, started in since:
            state = inspect(container)["State"]
            self.assertEqual((state["StartedAt"], state["OOMKilled"]), (started, False))
        self.assertEqual(request("GET", "/api/v1/health").status, 200)

    def everybody(self):
        return [container for service in ("nginx", "app", "worker") for container in containers(service)]

    def storm(self, thread, until):
        """Asks the replicas themselves, which believe what they are told of addresses as their proxy's word."""
        apps = [frontend(app) for app in containers("app")]
        statuses = []
        for number in itertools.count():
            if time.monotonic() > until:
                return statuses
            wrong = {"email": f"storm-{thread}-{number}@example.org", "password": "wrong wrong wrong"}
            source = {"X-Forwarded-For": f"198.18.{thread}.{number % 256}"}
            answer = request("POST", "/api/v1/auth/login", wrong, source, to=apps[number % len(apps)])
            statuses.append(answer.status)

    def test_a_proxy_alone_answers_in_the_one_shape(self):
        apps = containers("app")
        run("docker", "pause", *apps)
        try:
            whole(self, request("GET", "/api/v1/health/live"), 504, "gateway_timeout")
        finally:
            run("docker", "unpause", *apps)
        compose("stop", "app")
        try:
            whole(self, request("GET", "/api/v1/health/live"), 502, "bad_gateway")
            whole(self, request("POST", "/api/v1/auth/login", {}), 502, "bad_gateway")
        finally:
            compose("start", "app")
        wait_for(lambda: all(health(app) == "healthy" for app in apps), 60)


if __name__ == "__main__":
    unittest.main()
