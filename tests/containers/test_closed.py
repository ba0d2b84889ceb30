"""Hardening of the containers: no root, no capabilities, read-only root file system, one public port."""

import json
import unittest
from urllib.parse import unquote, urlsplit

from stack import compose, containers, inspect, run

SERVICES = ("nginx", "app", "worker", "postgres", "redis")
MEMORY_MIB = {"nginx": 384, "app": 384, "worker": 2048, "postgres": 1024, "redis": 256}


def all_containers():
    return [(service, container) for service in SERVICES for container in containers(service)]


class Closed(unittest.TestCase):
    def test_services_are_healthy(self):
        self.assertEqual({service for service, _ in all_containers()}, set(SERVICES))
        for service, container in all_containers():
            self.assertEqual(inspect(container)["State"]["Health"]["Status"], "healthy", service)

    def test_processes_do_not_run_as_root(self):
        for service, container in all_containers():
            users = run("docker", "top", container, "-eo", "pid,uid").split()[3::2]
            self.assertTrue(users and "0" not in users, f"{service}: {users}")

    def test_root_file_system_is_read_only(self):
        for service, container in all_containers():
            self.assertTrue(inspect(container)["HostConfig"]["ReadonlyRootfs"], service)
            output = run("docker", "exec", container, "sh", "-c", "echo > /written; ls /written", check=False)
            self.assertEqual(output, "", service)

    def test_containers_have_no_capabilities(self):
        for service, container in all_containers():
            host = inspect(container)["HostConfig"]
            self.assertEqual(host["CapDrop"], ["ALL"], service)
            self.assertIn("no-new-privileges:true", host["SecurityOpt"], service)
            self.assertFalse(host["Privileged"] or host["CapAdd"], service)
            capabilities = run("docker", "exec", container, "sh", "-c", "grep ^Cap /proc/1/status").split()[1::2]
            self.assertEqual(set(capabilities), {"0" * 16}, service)

    def test_containers_have_limits_for_memory_processes_and_cpus(self):
        for service, container in all_containers():
            host = inspect(container)["HostConfig"]
            self.assertEqual(host["Memory"], MEMORY_MIB[service] << 20, service)
            self.assertTrue(0 < host["PidsLimit"] <= 256 and host["NanoCpus"] > 0, service)

    def test_logs_are_rotated_and_containers_restart(self):
        for service, container in all_containers():
            host = inspect(container)["HostConfig"]
            self.assertEqual(host["LogConfig"]["Config"], {"max-size": "10m", "max-file": "5"}, service)
            self.assertEqual(host["RestartPolicy"]["Name"], "unless-stopped", service)

    def test_only_the_proxy_is_published_and_only_the_worker_reaches_the_mail_network(self):
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
        for service, container in all_containers():
            joined = {name.split("_", 1)[1] for name in inspect(container)["NetworkSettings"]["Networks"]}
            self.assertEqual("edge" in joined, service == "nginx", f"{service}: {joined}")
            self.assertEqual("mail" in joined, service == "worker", f"{service}: {joined}")

    def test_proxy_reaches_neither_database_nor_redis(self):
        (proxy,) = containers("nginx")
        self.assertIn("app", run("docker", "exec", proxy, "getent", "hosts", "app"))
        for name in ("postgres", "redis", "worker"):
            found = run("docker", "exec", proxy, "getent", "hosts", name, check=False)
            self.assertEqual(found, "", name)

    def test_persistent_data_has_volumes(self):
        for service, path in (("app", "/data"), ("worker", "/data"), ("postgres", "/var/lib/postgresql/data")):
            for container in containers(service):
                mounts = {mount["Destination"]: mount for mount in inspect(container)["Mounts"]}
                self.assertEqual(mounts[path]["Type"], "volume", service)

    def test_container_configuration_and_logs_contain_no_secret(self):
        (app, *_) = containers("app")
        secrets = [run("docker", "exec", app, "cat", "/run/ballast/jwt_secret")]
        for name in ("database_url", "redis_url"):
            url = run("docker", "exec", app, "cat", f"/run/ballast/{name}")
            # Both forms, because the URL contains the password percent-encoded.
            secrets += [urlsplit(url).password, unquote(urlsplit(url).password)]
        self.assertTrue(all(len(secret) >= 32 for secret in secrets))
        for service, container in all_containers():
            text = json.dumps(inspect(container)) + run("docker", "logs", container, check=False)
            self.assertFalse(any(secret in text for secret in secrets), service)


if __name__ == "__main__":
    unittest.main()
