"""Everything ends well and soon. The last of these files: nothing runs any more after it."""

import time
import unittest

from stack import containers, inspect, run


class Stop(unittest.TestCase):
    def test_everything_ends_well_and_soon(self):
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
