"""The requests that use the most memory, 16 at once. `bin/memory-check` attacks every route."""

import unittest

import attacks
from memory import CLIENTS, HONEST, Watch, accounts, documents, percentile, run_with_users
from stack import containers, frontend

WORST = (
    ("POST /api/v1/documents", "5.6 MB of the wrong type"),
    ("GET /api/v1/documents/{id}", "1 MiB of control characters, read after 3 s"),
    ("GET /documents/{id}", "quotes"),
)
SECONDS = 5
# Requests per second of each honest user. The rate is lower than the limit per user.
RATE = 4
DESCRIPTION = attacks.ROOT / "tests/snapshots/r#mod__documentation__openapi.snap"


class Memory(unittest.TestCase):
    def test_attacks_cover_every_route(self):
        self.assertEqual(attacks.without_attack(DESCRIPTION.read_text().split("---\n", 2)[2]), [])

    def test_worst_requests_neither_kill_the_app_nor_fail_other_users(self):
        """Each client sends requests to the app from its own address, so that no limit hides the memory usage."""
        app = containers("app")[0]
        server = frontend(app)
        attackers = accounts(app, "attacker", CLIENTS, "198.18.200")
        users = accounts(app, "honest", HONEST, "198.18.201")
        documents(users, "small", "'It rained.'")
        for name in ("control", "quotes"):
            documents(attackers, name, attacks.TEXTS[name])
        others = [Watch(container) for container in containers("app")]
        for route, label in WORST:
            (attack,) = (attack for attack in attacks.ROUTES[route] if attack.label == label)
            watch = Watch(app)
            statuses, times, failed = run_with_users(attack, server, attackers, users, SECONDS, RATE, server)
            with self.subTest(f"{route} {label}"):
                self.assertEqual([one.problem() for one in [watch, *others]], [""] * (1 + len(others)))
                self.assertEqual(failed, [], "requests of other users must succeed")
                self.assertTrue(set(statuses) & set(attack.expect), statuses)
                self.assertEqual(set(statuses) & {500, 502, 504}, set())
                p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
                print(f"\n{route} {label}: {dict(statuses)}, {watch.peak():.0f} MiB, {p50} and {p99} ms", end=" ")
        print(f"\npeak of the container: {Watch(app).cgroup_peak():.0f} MiB", end=" ")


if __name__ == "__main__":
    unittest.main()
