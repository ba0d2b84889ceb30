"""Replicas start, stop and change their addresses under load."""

import threading
import time

import rig
from wire import Connection, ask, request

RATE, WORKERS = 100, 10


def prepare():
    global net, proxy
    net = rig.network("fleet")
    proxy = rig.Proxy(net)


class Load:
    """Sends 100 GET requests per second on ten reused connections and ten POST requests per second on new ones."""

    def __init__(self):
        self.failed, self.posts_failed, self.sent, self.posts, self.worst = [], [], 0, 0, 0.0
        self.names, self.running = set(), True
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._gets) for _ in range(WORKERS)]
        self.threads.append(threading.Thread(target=self._posts))

    def _note(self, begun, response, failures):
        with self.lock:
            self.worst = max(self.worst, time.monotonic() - begun)
            if response.status != 200:
                failures.append((round(begun, 2), response.status))
            else:
                self.names.add(response.json()["name"])

    def _gets(self):
        connection = None
        due = time.monotonic()
        while self.running:
            due += WORKERS / RATE
            time.sleep(max(0, due - time.monotonic()))
            begun = time.monotonic()
            self.sent += 1
            try:
                connection = connection or Connection(proxy.port)
                connection.send(request(target="/load"))
                response = connection.response()
                self._note(begun, response, self.failed)
                if response.all("Connection") == ["close"]:
                    connection = None
            except OSError as error:
                self.failed.append((round(begun, 2), repr(error)))
                connection = None

    def _posts(self):
        while self.running:
            time.sleep(0.1)
            begun = time.monotonic()
            self.posts += 1
            try:
                self._note(begun, ask(proxy.port, "POST", "/load", body="x" * 100), self.posts_failed)
            except OSError as error:
                self.posts_failed.append((round(begun, 2), repr(error)))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        time.sleep(1)
        self.running = False
        for thread in self.threads:
            thread.join()

    def __str__(self):
        return (f"{self.sent} GET, {len(self.failed)} failed; {self.posts} POST, {len(self.posts_failed)} failed; "
                f"slowest {self.worst * 1000:.0f} ms; {len(self.names)} containers answered")


def _up(container):
    rig.wait(lambda: rig.docker("inspect", "--format", "{{.State.Health.Status}}", container) == "healthy", 90, "stub")


def check_restarted_app_is_found_under_its_new_address():
    first = rig.stub(net)
    rig.wait(lambda: ask(proxy.port).status == 200, 10, "the app is not found")
    rig.docker("rm", "--force", first)
    assert ask(proxy.port).status == 502
    place = rig.stub(net, alias="someone-else")
    second = rig.stub(net)
    assert rig.address(place) != rig.address(second)
    begun = time.monotonic()
    rig.wait(lambda: ask(proxy.port).status == 200, 10, "the new address is not found")
    rig.docker("rm", "--force", second, place)
    return f"{time.monotonic() - begun:.1f} s after its start"


def check_rolling_restart_at_100_requests_per_second_fails_no_request():
    replicas = [rig.stub(net), rig.stub(net)]
    for container in replicas:
        _up(container)
    rig.wait(lambda: ask(proxy.port).status == 200, 10, "the app is not found")
    with Load() as load:
        for _ in range(2):
            for container in replicas:
                rig.docker("restart", "--time", "10", container)
                _up(container)
    rig.docker("rm", "--force", *replicas)
    assert not load.failed and not load.posts_failed, f"{load}: {load.failed[:5]} {load.posts_failed[:5]}"
    assert len(load.names) == 2
    return str(load)


def check_replica_replacement_at_100_requests_per_second_fails_no_request():
    replicas = [rig.stub(net), rig.stub(net)]
    for container in replicas:
        _up(container)
    rig.wait(lambda: ask(proxy.port).status == 200, 10, "the app is not found")
    with Load() as load:
        for container in replicas:
            new = rig.stub(net)
            _up(new)
            rig.docker("stop", "--time", "10", container)
            rig.docker("rm", container)
    assert not load.failed and not load.posts_failed, f"{load}: {load.failed[:5]} {load.posts_failed[:5]}"
    assert len(load.names) == 4
    return str(load)


def check_killed_replica_at_100_requests_per_second_fails_no_get():
    rig.wait(lambda: ask(proxy.port).status == 200, 10, "the app is not found")
    alive = [container for container in rig.docker("ps", "--quiet", "--no-trunc", "--filter", f"network={net}").split()
             if container != proxy.id]
    with Load() as load:
        time.sleep(1)
        rig.docker("kill", alive[0])
        time.sleep(3)
    assert not load.failed, f"{load}: {load.failed[:5]}"
    return str(load)
