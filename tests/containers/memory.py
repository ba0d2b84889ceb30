"""Attacks on the memory of the app container, with concurrent honest users and kernel measurements."""

import http.client
import itertools
import json
import multiprocessing
import os
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from stack import PASSWORD, PORT, frontend, inspect, request, run, sql

CLIENTS = 16
HONEST = 8
HOST = f"localhost:{PORT}"
# Attackers have a lower priority than honest clients, because all of them share the CPU cores of the server.
NICENESS = 10

# Forked processes use the data of their parent without a copy.
PROCESSES = multiprocessing.get_context("fork")


@dataclass
class Account:
    """User with access token, browser session, its own address, and the IDs of its stored objects by name."""

    email: str
    address: str
    token: str = ""
    refresh: str = ""
    cookie: str = ""
    ids: dict = field(default_factory=dict)

    def sign_in(self):
        source = {"X-Forwarded-For": self.address}
        body = {"email": self.email, "password": PASSWORD}
        login = request("POST", "/api/v1/auth/login", body, source, to=self.server)
        assert login.status == 200, login.body
        self.token, self.refresh = login.json["access_token"], login.json["refresh_token"]

    def sign_in_with_browser(self):
        form = f"email={self.email.replace('@', '%40')}&password={PASSWORD.replace(' ', '+')}".encode()
        headers = {"X-Forwarded-For": self.address, "Origin": f"http://{HOST}"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        login = request("POST", "/login", form, headers, to=self.server)
        assert login.status == 303, login.body
        self.cookie = next(one for one in login.all("Set-Cookie") if one.split("=")[0].endswith("ballast")).split(";")[0]


def accounts(app, group, count, network):
    """Creates users by SQL, because one password hash per user would take longer, and signs them in."""
    group = f"{group}-{os.getpid()}"
    first = f"{group}@example.org"
    account = {"name": group, "email": first, "password": PASSWORD}
    source = {"X-Forwarded-For": f"{network}.255"}
    assert request("POST", "/api/v1/auth/register", account, source, to=frontend(app)).status == 201
    sql(
        "INSERT INTO users (pid, name, email, password_hash, email_verified_at, created_at, updated_at)"
        f" SELECT gen_random_uuid(), name, '{group}-' || n || '@example.org', password_hash, now(), now(), now()"
        f" FROM users, generate_series(0, {count - 1}) n WHERE email = '{first}'"
    )
    created = [Account(f"{group}-{number}@example.org", f"{network}.{number}") for number in range(count)]
    for account in created:
        account.server = frontend(app)
        account.sign_in()
        account.sign_in_with_browser()
    return created


def documents(owners, name, body, count=1):
    """Inserts documents for each owner and stores their IDs. The body is an SQL expression."""
    emails = ", ".join(f"'{owner.email}'" for owner in owners)
    columns = "INSERT INTO documents (pid, user_id, title, body, created_at, updated_at) SELECT gen_random_uuid()"
    of_one = f"FROM users WHERE email = '{owners[0].email}'"
    # The database compresses the text once, and the other rows copy it.
    first = sql(f"{columns}, id, '{name}', {body}, now(), now() {of_one} RETURNING id")
    rows = sql(
        f"WITH made AS ({columns}, users.id, title, body, now(), now() FROM documents, users,"
        f" generate_series(1, {count}) WHERE documents.id = {first} AND email IN ({emails}) RETURNING pid, user_id)"
        " SELECT email || ' ' || made.pid FROM made JOIN users ON users.id = user_id"
    )
    for owner in owners:
        owner.ids[name] = ids_of(owner, rows)


def ids_of(owner, rows):
    """Returns the second column of the rows whose first column is the e-mail address of the owner."""
    return [row.split()[1] for row in rows.splitlines() if row.startswith(f"{owner.email} ")]


@dataclass
class Attack:
    """Request that many clients send repeatedly. Each client waits for the response before the next request.

    `path` may contain names of stored objects, for example `/api/v1/documents/{control}`. `body` may be a function of
    the account and the number of the request. `piece` is the number of bytes per write. `hold` is the number of seconds
    before the client reads the response. With `leave`, the client closes the connection instead of reading. `pace` is
    the minimum interval between two requests of a client, in seconds.
    """

    method: str
    path: str
    label: str = ""
    body: object = b""
    headers: dict = field(default_factory=dict)
    expect: tuple = (200,)
    piece: int = 0
    hold: float = 0
    leave: bool = False
    pace: float = 0.05

    def head(self, account, length, number):
        headers = {"Host": HOST, "Connection": "close", "X-Forwarded-For": account.address}
        if self.path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {account.token}"
        else:
            headers |= {"Cookie": account.cookie, "Origin": f"http://{HOST}", "Accept": "text/html"}
        headers |= self.headers
        if length and "Transfer-Encoding" not in headers:
            headers["Content-Length"] = length
        stored = {name: own[number % len(own)] for name, own in account.ids.items()}
        path = self.path.format(**stored) if "{" in self.path else self.path
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
        return f"{self.method} {path} HTTP/1.1\r\n{lines}\r\n".encode()

    def run(self, server, attackers, seconds):
        """Returns the number of responses by status. `cut` is a connection that was closed without a response."""
        until = time.monotonic() + seconds
        statuses = Counter()

        def client(account):
            buffer = bytearray(256 * 1024)
            for number in itertools.count():
                begun = time.monotonic()
                if begun > until:
                    return
                body = self.body(account, number) if callable(self.body) else self.body
                statuses[exchange(server, self.head(account, len(body), number), body, buffer, self)] += 1
                time.sleep(max(0, begun + self.pace - time.monotonic()))

        in_threads(client, attackers)
        return statuses


def exchange(server, head, body, buffer, attack):
    """Sends a request on a new connection, reads the whole response and returns its status."""
    first = b""
    with socket.socket() as connection:
        connection.settimeout(60)
        if attack.hold:
            # A small receive buffer, so that an unread response occupies memory of the server.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            connection.connect(server)
            try:
                connection.sendall(head)
                if attack.piece:
                    for start in range(0, len(body), attack.piece):
                        connection.sendall(body[start : start + attack.piece])
                else:
                    connection.sendall(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server responds before it has read a body that it rejects.
            time.sleep(attack.hold)
            if attack.leave:
                return "left"
            while taken := connection.recv_into(buffer):
                if len(first) < 12:
                    first += buffer[: min(taken, 12)]
        except OSError:
            pass
    return int(first[9:12]) if len(first) >= 12 else "cut"


def in_threads(work, items):
    threads = [threading.Thread(target=work, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_process(work, *arguments, niceness=0):
    """Starts a process and returns a function that waits for its result."""
    receiver, sender = PROCESSES.Pipe(duplex=False)

    def body():
        os.nice(niceness)
        sender.send(work(*arguments))

    process = PROCESSES.Process(target=body, daemon=True)
    process.start()
    sender.close()

    def result():
        value = receiver.recv()
        process.join()
        return value

    return result


class Honest:
    """Eight users, each in its own process, who list, read and write small documents and files at a fixed rate.

    `server` is the address that receives the requests.
    """

    def __init__(self, users, rate, server):
        self.done = PROCESSES.Event()
        self.results = [in_process(run_honest_user, user, number, rate, server, self.done) for number, user in enumerate(users)]

    def finish(self):
        """Ends the load. Returns the sorted response times in seconds, and the failures."""
        self.done.set()
        results = [result() for result in self.results]
        return sorted(took for times, _ in results for took in times), sum((failed for _, failed in results), [])


def run_honest_user(user, number, rate, server, done):
    edge = "ballast-form"
    file = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHello\r\n--{edge}--\r\n'
    text = json.dumps({"title": "small", "body": "# Hello\n\nIt rained.\n" * 10})
    document = f"/api/v1/documents/{user.ids['small'][0]}"
    form = f"multipart/form-data; boundary={edge}"
    cycle = [
        ("GET", "/api/v1/documents", None, None),
        ("GET", document, None, None),
        ("GET", "/api/v1/health", None, None),
        ("PUT", document, text, "application/json"),
        ("GET", document, None, None),
        ("GET", "/api/v1/auth/me", None, None),
        ("GET", "/api/v1/uploads", None, None),
        ("GET", "/api/v1/health", None, None),
        ("GET", document, None, None),
    ]
    upload = ("POST", "/api/v1/uploads", file, form)
    times, failed = [], []
    connection = http.client.HTTPConnection(*server, timeout=40)
    begun = time.monotonic() + number / rate / HONEST
    for count in itertools.count():
        if done.wait(max(0, begun + count / rate - time.monotonic())):
            connection.close()
            return times, failed
        method, path, body, kind = upload if count % 40 == 20 else cycle[count % len(cycle)]
        headers = {"Host": HOST, "Authorization": f"Bearer {user.token}", "X-Forwarded-For": user.address}
        if kind:
            headers["Content-Type"] = kind
        sent = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            response.read()
            if response.status not in (200, 201):
                failed.append(f"{response.status} {method} {path}")
        except (OSError, http.client.HTTPException) as error:
            failed.append(f"{error!r} {method} {path}")
            connection.close()
        times.append(time.monotonic() - sent)


def percentile(times, part):
    """Returns a percentile of the response times in milliseconds."""
    return round(times[min(len(times) - 1, int(len(times) * part))] * 1000) if times else 0


class Watch:
    """Peak memory of a container since the last reset, and whether the container was killed or restarted."""

    def __init__(self, container):
        self.container = container
        self.started, self.killed = self.start(), self.oom_kills()
        self.reset()

    def start(self):
        described = inspect(self.container)
        return described["State"]["StartedAt"], described["RestartCount"]

    def reset(self):
        # "5" resets VmHWM; see proc_pid_clear_refs(5).
        self.read("echo 5 > /proc/1/clear_refs")

    def peak(self):
        """Returns the peak of the resident memory of the process in MiB."""
        return int(self.read("grep VmHWM /proc/1/status").split()[1]) / 1024

    def cgroup_peak(self):
        """Returns the peak of the container memory since its start in MiB, including cached files."""
        v2, v1 = "/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes"
        return int(self.read(f"cat {v2} 2> /dev/null || cat {v1}")) / 1024**2

    def oom_kills(self):
        v2, v1 = "/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"
        counts = self.read(f"cat {v2} 2> /dev/null || cat {v1}").splitlines()
        return next(int(line.split()[1]) for line in counts if line.startswith("oom_kill "))

    def read(self, command):
        return run("docker", "exec", self.container, "sh", "-c", command)

    def problem(self):
        """Returns a description of the problem, or an empty string."""
        state = inspect(self.container)["State"]
        if state["OOMKilled"]:
            return "killed because it was out of memory"
        if not state["Running"] or self.start() != self.started:
            return "stopped or restarted"
        return "" if self.oom_kills() == self.killed else "out of memory: one of its processes was killed"


def run_with_users(attack, server, attackers, users, seconds, rate, honest_server):
    """Runs an attack and the honest users concurrently. Returns statuses, response times of the users, and failures."""
    load = Honest(users, rate, honest_server)
    time.sleep(0.3)
    statuses = in_process(attack.run, server, attackers, seconds, niceness=NICENESS)()
    times, failed = load.finish()
    return statuses, times, failed
