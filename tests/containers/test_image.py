"""Contents of the app image: only what the service needs."""

import io
import json
import os
import re
import struct
import tarfile
import unittest
import zlib

from stack import inspect, run

IMAGE = os.environ.get("APP_IMAGE", "ballast:local")
BASE = os.environ.get("DEBIAN_IMAGE", "debian:trixie-slim")
# Maximum size of the image in megabytes, including the base image, as stated in docs/deployment.md.
MAX_MEGABYTES = 175
# Pattern of the paths that the image may add to its base image.
EXPECTED = re.compile(
    r"app(/(assets|config)(/.*)?)?|data|etc/ssl/certs/ca-certificates\.crt|usr/local/bin/(ballast-cli|healthcheck)"
    # Files that `groupadd` and `useradd` write.
    r"|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?|etc/\.pwd\.lock|var/log/(lastlog|faillog)"
)
NEVER = re.compile(r"(^|/)(\.git|\.env|target|tests|src|Cargo\.(toml|lock)|.*\.rs|.*\.sqlite.*)(/|$)")


def files(image):
    """Returns the mode of every path of an image. Returns 0 for a folder, because its setuid bit grants no rights."""
    container = run("docker", "create", image, "true")
    try:
        archive = run("docker", "export", container, text=False)
    finally:
        run("docker", "rm", container)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name.rstrip("/"): 0 if member.isdir() else member.mode for member in tar}


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.about = inspect(IMAGE)
        cls.config = cls.about["Config"]
        cls.files = files(IMAGE)

    def test_image_adds_only_required_files(self):
        # Paths that the container engine creates, and the empty path of the archive root.
        engine = {"", ".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab"}
        added = set(self.files) - set(files(BASE)) - engine
        unexpected = sorted(path for path in added if not EXPECTED.fullmatch(path))
        self.assertEqual(unexpected, [])

    def test_layers_contain_no_source_history_or_secret(self):
        archive = run("docker", "save", IMAGE, text=False)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            (manifest,) = json.load(tar.extractfile("manifest.json"))
            base_layers = len(inspect(BASE)["RootFS"]["Layers"])
            for layer in manifest["Layers"][base_layers:]:
                with tarfile.open(fileobj=io.BytesIO(tar.extractfile(layer).read())) as inner:
                    found = [member.name for member in inner if NEVER.search(member.name)]
                    self.assertEqual(found, [], layer)
        described = json.dumps(self.config) + run("docker", "history", "--no-trunc", IMAGE)
        self.assertNotRegex(described, r"(SECRET|PASSWORD|TOKEN)=[^\s\"]")

    def test_image_contains_no_setuid_programs(self):
        self.assertEqual([path for path, mode in self.files.items() if mode & 0o6000], [])

    def test_image_has_user_health_check_and_stop_signal(self):
        self.assertRegex(self.config["User"], r"^[1-9]\d{4,}:[1-9]\d{4,}$")
        self.assertEqual(self.config["Healthcheck"]["Test"], ["CMD", "healthcheck"])
        self.assertEqual(self.config["StopSignal"], "SIGTERM")

    def test_image_has_standard_labels(self):
        labels = self.config["Labels"]
        for name in ("title", "version", "revision", "licenses", "description"):
            self.assertTrue(labels.get(f"org.opencontainers.image.{name}"), name)

    def test_image_is_not_larger_than_documented(self):
        self.assertLess(self.about["Size"] / 1e6, MAX_MEGABYTES)

    def test_program_contains_its_dependency_list(self):
        program = run("docker", "run", "--rm", "--network", "none", IMAGE, "cat", "/usr/local/bin/ballast-cli", text=False)
        packages = json.loads(zlib.decompress(section(program, b".dep-v0")))["packages"]
        self.assertTrue({"ballast", "loco-rs", "typst"} <= {package["name"] for package in packages})


def section(program, wanted):
    """Returns a section of a 64-bit ELF file (System V ABI, chapter 4)."""
    (table,) = struct.unpack_from("<Q", program, 0x28)
    size, count, names = struct.unpack_from("<HHH", program, 0x3A)
    headers = [struct.unpack_from("<I20xQQ", program, table + number * size) for number in range(count)]
    for name, offset, length in headers:
        start = headers[names][1] + name
        if program[start : program.index(b"\0", start)] == wanted:
            return program[offset : offset + length]
    raise AssertionError(f"no section {wanted}")


if __name__ == "__main__":
    unittest.main()
