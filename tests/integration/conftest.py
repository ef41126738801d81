# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole migrations, driven by the playbooks as a user would drive them."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demo.commands import PROJECT, run_command
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.servers import PostgresServer

_SCHEMA = """
SET ROLE {owner};
CREATE TYPE mood AS ENUM ('calm', 'hasty');
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, mood mood NOT NULL DEFAULT 'calm');
CREATE TABLE "Weird ""Order"" rows" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users, placed timestamptz NOT NULL DEFAULT now());
INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, 200) n;
INSERT INTO "Weird ""Order"" rows" (user_id) SELECT 1 + n % 200 FROM generate_series(1, 500) n;
"""
_MIGRATION_UP = "ALTER TABLE users ADD COLUMN phone text;\nCREATE INDEX users_phone ON users (phone);\n"
_MIGRATION_DOWN = "DROP INDEX users_phone;\nALTER TABLE users DROP COLUMN phone;\n"
_RECAP = re.compile(r"^(?P<host>\S+)\s*: (?P<counts>(?:\w+=\d+\s*)+)$", re.MULTILINE)
UP_TO_SYNC = ("prepare", "setup", "replicate", "sync")


@dataclass(frozen=True)
class Run:
    """One run of a playbook: its exit status, its whole output, and its recap by host."""

    status: int
    output: str
    recap: dict[str, dict[str, int]]

    def count(self, what: str, host: str) -> int:
        """Return how many tasks of a host ended as `changed`, `failed`, `rescued` and so on."""
        return self.recap[host][what]


@dataclass
class Migration:
    """A blue and a green database and an inventory with one host for them."""

    host: str
    blue: Database
    green: Database
    folder: Path
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def reports(self) -> Path:
        """The folder of this migration's runbook and exported journals."""
        return self.folder / "reports" / self.host

    def play(self, playbook: str, *arguments: str, **extra: Any) -> Run:
        """Run a playbook of the collection; `extra` are extra variables."""
        return play(self.folder, [self], playbook, *arguments, **extra)

    def changed_by(self, playbook: str, *arguments: str, **extra: Any) -> int:
        """Run a playbook that must succeed and return how many tasks changed something."""
        run = self.play(playbook, *arguments, **extra)
        assert run.status == 0, run.output
        return run.count("changed", self.host)

    def advance(self, *playbooks: str) -> None:
        """Run playbooks that must succeed, all in one run of Ansible, which starts only once."""
        run = play(self.folder, [self], *playbooks)
        assert run.status == 0, run.output

    def rows(self, side: Database, table: str = "users") -> int:
        """Count a table's rows."""
        [(count,)] = side.query(f"SELECT count(*) FROM {table}")
        return int(count)


def play(folder: Path, migrations: list[Migration], *arguments: str, **extra: Any) -> Run:
    """Run playbooks of the collection for several migrations at once; an argument that begins with - is an option."""
    inventory = folder / "inventory.json"
    hosts = {each.host: each.variables for each in migrations}
    group_vars = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory.write_text(json.dumps({"migrations": {"hosts": hosts, "vars": group_vars}}), encoding="utf-8")
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    words = [word if word.startswith("-") else f"bluegreen.postgresql.{word}" for word in arguments]
    command = [program, "-i", str(inventory), *words]
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "HOME": os.environ.get("HOME", "/"),
    }
    status, output, errors = run_command([*command, "-e", json.dumps(extra)], environ_update=environment)
    return Run(status, output + errors, _recap(output))


def _recap(output: str) -> dict[str, dict[str, int]]:
    return {
        match["host"]: {key: int(value) for key, value in (pair.split("=") for pair in match["counts"].split())}
        for match in _RECAP.finditer(output)
    }


MigrationFactory = Callable[..., Migration]


@pytest.fixture
def new_migration(database: DatabaseFactory, tmp_path: Path) -> MigrationFactory:
    """Give `new_migration(blue=17, green=18, on=None, green_on=None, **variables)`: two databases, blue with rows, and
    an inventory; `on` is a server of the test's own for blue, `green_on` one for green."""

    def make(
        blue: int = 17,
        green: int = 18,
        on: PostgresServer | None = None,
        green_on: PostgresServer | None = None,
        **variables: Any,
    ) -> Migration:
        old, new = database(blue, server=on), database(green, server=green_on)
        old.query(_SCHEMA.format(owner=old.roles["owner"].name))
        versions = tmp_path / "migrations"
        versions.mkdir(exist_ok=True)
        (versions / "0001_add_users_phone.up.sql").write_text(_MIGRATION_UP, encoding="utf-8")
        (versions / "0001_add_users_phone.down.sql").write_text(_MIGRATION_DOWN, encoding="utf-8")
        own = {
            "bluegreen_blue": old.endpoint(),
            "bluegreen_green": new.endpoint(),
            "bluegreen_application_roles": [old.roles["app"].name],
            "bluegreen_schema_migrations": str(versions),
            "bluegreen_pg_bindir": str(new.server.pg_bin),
            "bluegreen_routes": [{"type": "multihost"}],
            "bluegreen_report_dir": str(tmp_path / "reports"),
            "bluegreen_canary_duration": 0,
            "bluegreen_backup_waived": "its rows are made by a test",
            "bluegreen_confirmed": dict.fromkeys(("rehearsal", "dashboards", "team", "window"), "A test, 2026-01-01"),
        }
        return Migration(f"shop-{secrets.token_hex(3)}", old, new, tmp_path, {**own, **variables})

    return make


@pytest.fixture
def migration(new_migration: MigrationFactory) -> Migration:
    """Give one migration from 17 to 18 on which nothing has been run yet."""
    return new_migration()
