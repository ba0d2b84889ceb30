"""Shutdown of all containers. This file runs last, because it stops the system."""

import time
import unittest

from stack import containers, inspect, run


class Stop(unittest.TestCase):
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
