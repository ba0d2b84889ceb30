"""Attacks every route beside other users and prints the results. `bin/memory-check` runs this file."""

import argparse
import sys
import time
from collections import Counter

from attacks import ENDING, ROUTES, prepare, without_attack
from memory import CLIENTS, HONEST, Honest, Watch, accounts, documents, percentile, run_with_users
from stack import PORT, containers, frontend, health, request, wait_for

# Requests per second of an honest user, and the maximum 99th percentile of the response time in milliseconds.
RATE = 10
P99 = 500
# Seconds after which all accounts sign in again, because an access token is valid for 15 minutes.
SIGN_IN_INTERVAL = 300


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="length of each attack (default: 3)")
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"concurrent attackers (default: {CLIENTS})")
    parser.add_argument("--direct", action="store_true", help="honest users send requests to the app, not to the proxy")
    parser.add_argument("routes", nargs="*", help="attack only routes or labels with one of these texts")
    return parser.parse_args()


def violations(attack, statuses, failed, p99, problem):
    """Yields the violated expectations of an attack."""
    if problem:
        yield f"the container was {problem}"
    if failed:
        yield f"{len(failed)} honest requests failed: {Counter(failed).most_common(3)}"
    if p99 > P99:
        yield f"honest p99 is {p99} ms"
    if attack and not any(status in statuses for status in attack.expect):
        yield f"no response has one of the expected statuses {attack.expect}"
    if unexpected := {status for status in statuses if status in (500, 502, 504)}:
        yield f"the attackers received {unexpected}"


class Table:
    """Runs attacks and prints one line per attack."""

    def __init__(self, options):
        (self.app,) = containers("app")
        self.server, self.options, self.violations = frontend(self.app), options, []
        self.target = self.server if options.direct else ("127.0.0.1", PORT)
        self.attackers = accounts(self.app, "attacker", CLIENTS, "198.18.0")
        self.users = accounts(self.app, "honest", HONEST, "198.18.1")
        self.signed_in = time.monotonic()
        documents(self.users, "small", "'It rained.'")
        prepare(self.attackers)

    def sign_in(self):
        for account in self.attackers + self.users:
            account.sign_in()
            account.sign_in_with_browser()
        self.signed_in = time.monotonic()

    def quiet(self):
        """Runs the honest users without an attack."""
        watch, load = Watch(self.app), Honest(self.users, RATE, self.target)
        time.sleep(self.options.seconds)
        times, failed = load.finish()
        self.line("no attack", None, watch, {}, times, failed)

    def attack(self, name, attack):
        watch = Watch(self.app)
        attackers = [self.attackers[number % CLIENTS] for number in range(self.options.clients)]
        results = run_with_users(attack, self.server, attackers, self.users, self.options.seconds, RATE, self.target)
        self.line(f"{name} {attack.label}", attack, watch, *results)
        if watch.problem():
            wait_for(lambda: health(self.app) == "healthy", 90)
        if name in ENDING or time.monotonic() - self.signed_in > SIGN_IN_INTERVAL:
            self.sign_in()

    def line(self, name, attack, watch, statuses, times, failed):
        problem = watch.problem()
        peak = "-" if problem else round(watch.peak())
        p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
        counts = " ".join(f"{status}:{count}" for status, count in sorted(statuses.items(), key=str))
        found = list(violations(attack, statuses, failed, p99, problem))
        self.violations += [f"{name}: {violation}" for violation in found]
        print(f"{name:<72} {counts:<28} {peak:>5} {p50:>5} {p99:>5}  {'; '.join(found) or 'ok'}", flush=True)


def main():
    options = arguments()
    description = request("GET", "/api/openapi.json", to=frontend(containers("app")[0]))
    if missing := without_attack(description.body):
        sys.exit(f"tests/containers/attacks.py has no attack on: {', '.join(missing)}")
    table = Table(options)
    print(f"{'route and attack':<72} {'statuses':<28} {'MiB':>5} {'p50':>5} {'p99':>5}")
    table.quiet()
    for name, attacks in ROUTES.items():
        for attack in attacks:
            if not options.routes or any(part in f"{name} {attack.label}" for part in options.routes):
                table.attack(name, attack)
    table.quiet()
    print(f"peak memory of the container, including cached files: {Watch(table.app).cgroup_peak():.0f} MiB")
    if table.violations:
        sys.exit("\n".join(["", *table.violations]))


if __name__ == "__main__":
    main()
