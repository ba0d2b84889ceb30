"""Attacks every route beside honest users and prints what each attack takes; run by `bin/memory-check`."""

import argparse
import sys
import time
from collections import Counter

from attacks import ENDING, ROUTES, prepare, without_attack
from memory import CLIENTS, HONEST, Honest, Watch, accounts, documents, share, under
from stack import PORT, containers, frontend, health, request, wait_for

# Requests of an honest user a second, and milliseconds within which 99 of 100 responses must come.
RATE = 10
P99 = 500
# Seconds after which attackers and users sign in again, because a token lasts 15 minutes.
SIGNED_IN = 300


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="length of each attack (default: 3)")
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"attacks at once (default: {CLIENTS})")
    parser.add_argument("--direct", action="store_true", help="honest users ask the app, not the proxy")
    parser.add_argument("routes", nargs="*", help="attack only routes or labels with one of these texts")
    return parser.parse_args()


def wrong(attack, said, failed, p99, problem):
    """What must not be so after an attack."""
    if problem:
        yield f"the container was {problem}"
    if failed:
        yield f"{len(failed)} honest requests failed: {Counter(failed).most_common(3)}"
    if p99 > P99:
        yield f"honest p99 is {p99} ms"
    if attack and not any(status in said for status in attack.expect):
        yield f"no response has one of the statuses {attack.expect}, so this is not the attack that it should be"
    if strange := {status for status in said if status in (500, 502, 504)}:
        yield f"the attackers got {strange}"


class Table:
    """Runs attacks and prints a line for each."""

    def __init__(self, options):
        (self.app,) = containers("app")
        self.server, self.options, self.wrong = frontend(self.app), options, []
        self.asked = self.server if options.direct else ("127.0.0.1", PORT)
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
        """Runs the honest users by themselves."""
        watch, load = Watch(self.app), Honest(self.users, RATE, self.asked)
        time.sleep(self.options.seconds)
        times, failed = load.finish()
        self.line("no attack", None, watch, {}, times, failed)

    def attack(self, name, attack):
        watch = Watch(self.app)
        attackers = [self.attackers[number % CLIENTS] for number in range(self.options.clients)]
        results = under(attack, self.server, attackers, self.users, self.options.seconds, RATE, self.asked)
        self.line(f"{name} {attack.label}", attack, watch, *results)
        if watch.problem():
            wait_for(lambda: health(self.app) == "healthy", 90)
        if name in ENDING or time.monotonic() - self.signed_in > SIGNED_IN:
            self.sign_in()

    def line(self, name, attack, watch, said, times, failed):
        problem = watch.problem()
        peak = "-" if problem else round(watch.peak())
        p50, p99 = share(times, 0.5), share(times, 0.99)
        statuses = " ".join(f"{status}:{count}" for status, count in sorted(said.items(), key=str))
        faults = list(wrong(attack, said, failed, p99, problem))
        self.wrong += [f"{name}: {fault}" for fault in faults]
        print(f"{name:<72} {statuses:<28} {peak:>5} {p50:>5} {p99:>5}  {'; '.join(faults) or 'ok'}", flush=True)


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
    print(f"largest memory of the container, cached files included: {Watch(table.app).cgroup_peak():.0f} MiB")
    if table.wrong:
        sys.exit("\n".join(["", *table.wrong]))


if __name__ == "__main__":
    main()
