"""Every container is closed: no root, no rights, no way to write but where it must, one port."""

import json
import unittest

from stack import compose, containers, inspect, run

SERVICES = ("nginx", "app", "worker", "postgres", "redis")
ROOMS = {"nginx": 384, "app": 384, "worker": 2048, "postgres": 1024, "redis": 256}


def each():
    return [(service, container) for service in SERVICES for container in containers(service)]


class Closed(unittest.TestCase):
    def test_every_service_runs_and_is_healthy(self):
        self.assertEqual({service for service, _ in each()}, set(SERVICES))
        for service, container in each():
            self.assertEqual(inspect(container)["State"]["Health"]["Status"], "healthy", service)

    def test_nobody_is_root(self):
        for service, container in each():
            users = run("docker", "top", container, "-eo", "pid,uid").split()[3::2]
            self.assertTrue(users and "0" not in users, f"{service}: {users}")

    def test_nothing_can_be_written_at_the_root(self):
        for service, container in each():
            self.assertTrue(inspect(container)["HostConfig"]["ReadonlyRootfs"], service)
            tried = run("docker", "exec", container, "sh", "-c", "echo > /written; ls /written", check=False)
            self.assertEqual(tried, "", service)

    def test_no_right_is_held_or_can_be_gained(self):
        for service, container in each():
            host = inspect(container)["HostConfig"]
            self.assertEqual(host["CapDrop"], ["ALL"], service)
            self.assertIn("no-new-privileges:true", host["SecurityOpt"], service)
            self.assertFalse(host["Privileged"] or host["CapAdd"], service)
            held = run("docker", "exec", container, "sh", "-c", "grep ^Cap /proc/1/status").split()[1::2]
            self.assertEqual(set(held), {"0" * 16}, service)

    def test_memory_processes_and_processors_have_limits(self):
        for service, container in each():
            host = inspect(container)["HostConfig"]
            self.assertEqual(host["Memory"], ROOMS[service] << 20, service)
            self.assertTrue(0 < host["PidsLimit"] <= 256 and host["NanoCpus"] > 0, service)

    def test_logs_are_rotated_and_containers_come_back(self):
        for service, container in each():
            host = inspect(container)["HostConfig"]
            self.assertEqual(host["LogConfig"]["Config"], {"max-size": "10m", "max-file": "5"}, service)
            self.assertEqual(host["RestartPolicy"]["Name"], "unless-stopped", service)

    def test_the_proxy_alone_is_published_and_only_the_worker_has_another_way_out(self):
        published = [
            (service["Service"], port["PublishedPort"])
            for service in map(json.loads, compose("ps", "--format", "json").splitlines())
            for port in service["Publishers"] or []
            if port["PublishedPort"]
        ]
        self.assertEqual([name for name, _ in published], ["nginx"])
        networks = json.loads(compose("config", "--format", "json"))["networks"]
        open_networks = [name for name, network in networks.items() if not network.get("internal")]
        self.assertEqual(sorted(open_networks), ["edge", "mail"])
        for service, container in each():
            joined = {name.split("_", 1)[1] for name in inspect(container)["NetworkSettings"]["Networks"]}
            self.assertEqual("edge" in joined, service == "nginx", f"{service}: {joined}")
            self.assertEqual("mail" in joined, service == "worker", f"{service}: {joined}")

    def test_the_proxy_reaches_neither_database_nor_limits(self):
        (proxy,) = containers("nginx")
        self.assertIn("app", run("docker", "exec", proxy, "getent", "hosts", "app"))
        for name in ("postgres", "redis", "worker"):
            found = run("docker", "exec", proxy, "getent", "hosts", name, check=False)
            self.assertEqual(found, "", name)

    def test_everything_that_must_last_has_a_volume(self):
        for service, path in (("app", "/data"), ("worker", "/data"), ("postgres", "/var/lib/postgresql/data")):
            for container in containers(service):
                mounts = {mount["Destination"]: mount for mount in inspect(container)["Mounts"]}
                self.assertEqual(mounts[path]["Type"], "volume", service)

    def test_no_secret_stands_in_a_container_s_description_or_log(self):
        (app, *_) = containers("app")
        secrets = [run("docker", "exec", app, "cat", "/run/ballast/jwt_secret")]
        secrets.append(run("docker", "exec", app, "cat", "/run/ballast/database_url").split(":")[2].split("@")[0])
        secrets.append(run("docker", "exec", app, "cat", "/run/ballast/redis_url").split(":")[2].split("@")[0])
        self.assertTrue(all(len(secret) >= 32 for secret in secrets))
        for service, container in each():
            told = json.dumps(inspect(container)) + run("docker", "logs", container, check=False)
            self.assertFalse(any(secret in told for secret in secrets), service)


if __name__ == "__main__":
    unittest.main()
