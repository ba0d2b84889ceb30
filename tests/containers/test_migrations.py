"""Concurrent and killed migrations in containers."""

import random
import subprocess
import unittest

from stack import compose, containers, sql

ROUNDS = 20
KILLS = 10
# Query for all columns and indexes, which must be equal after every run.
SCHEMA = (
    "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line"
    " FROM information_schema.columns WHERE table_schema = 'public'"
    " UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY line"
)
URL = "$(sed 's/ballast$/{0}/' /run/ballast/database_url)"


def migrate(container, database, then="wait $!"):
    """Starts the migration command of the image for another database of the same server."""
    environment = f"unset DATABASE_URL_FILE; export DATABASE_URL={URL.format(database)}"
    shell = f"{environment}; ballast-cli db migrate & {then}"
    return subprocess.Popen(["docker", "exec", container, "sh", "-c", shell], stdout=subprocess.PIPE, text=True)


def schema(database):
    return compose("exec", "-T", "postgres", "psql", "-U", "ballast", "-d", database, "-qAtc", SCHEMA)


class Migrations(unittest.TestCase):
    def setUp(self):
        self.container = containers("app")[0]
        self.expected = schema("ballast")
        self.assertIn("users email", self.expected)

    def new_database(self):
        sql("DROP DATABASE IF EXISTS trial WITH (FORCE)")
        sql("CREATE DATABASE trial")

    def test_concurrent_migrations_succeed(self):
        for number in range(ROUNDS):
            self.new_database()
            running = [migrate(self.container, "trial") for _ in range(5)]
            output = [process.communicate()[0] for process in running]
            self.assertEqual([process.returncode for process in running], [0] * 5, f"round {number}: {output}")
            self.assertEqual(schema("trial"), self.expected, f"round {number}")

    def test_killed_migration_is_completed_by_the_next(self):
        for number in range(KILLS):
            self.new_database()
            migrate(self.container, "trial", f"sleep {random.uniform(0.02, 0.3):.3f}; kill -9 $!").communicate()
            again = migrate(self.container, "trial")
            output = again.communicate()[0]
            self.assertEqual((again.returncode, schema("trial")), (0, self.expected), f"kill {number}: {output}")


if __name__ == "__main__":
    unittest.main()
