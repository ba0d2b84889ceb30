"""Shutdown of all containers. This file runs last, because it stops the system."""

import subprocess
import time
import unittest

from stack import compose, containers, inspect, run, sql, wait_for


# Key of the advisory lock that a migration waits for, as in `migration/src/exclusive.rs`.
MIGRATION_LOCK = 0x0062_616C_6C61_7374


class Stop(unittest.TestCase):
    def test_container_stops_within_ten_seconds_during_a_migration(self):
        lock = f"SELECT pg_advisory_lock({MIGRATION_LOCK}); SELECT pg_sleep(120)"
        psql = ["docker", "compose", "exec", "-T", "postgres", "psql", "-U", "ballast", "-d", "ballast", "-c", lock]
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        with subprocess.Popen(psql, stdout=subprocess.DEVNULL) as holder:
            wait_for(lambda: sql(held) == "1", 20)
            container = compose("run", "--detach", "--no-deps", "app")
            try:
                wait_for(lambda: sql(waiting) == "1", 20)
                begun = time.monotonic()
                run("docker", "stop", container)
                self.assertLess(time.monotonic() - begun, 10)
                self.assertEqual(inspect(container)["State"]["ExitCode"], 143)
            finally:
                run("docker", "rm", "--force", container)
                sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                holder.wait()

    def test_containers_stop_within_ten_seconds_with_exit_code_zero(self):
        for service in ("nginx", "worker", "app", "redis", "postgres"):
            for container in containers(service):
                begun = time.monotonic()
                run("docker", "stop", container)
                took = time.monotonic() - begun
                print(f"\n{service} {took:.1f} s", end=" ")
                self.assertEqual(inspect(container)["State"]["ExitCode"], 0, service)
                self.assertLess(took, 10, service)


if __name__ == "__main__":
    unittest.main()
