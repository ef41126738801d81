# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newcomer's path: two connection strings, the playbook init, the SQL that it wrote, and prepare as it is."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import conninfo
from demo.commands import PROJECT, run_command
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.dumps import dump_of

_FILES = ["after_blue.sql", "after_green.sql", "before_blue.sql", "before_green.sql", "inventory.yml"]
_SCHEMA = """
SET ROLE {owner};
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, 50) n;
CREATE TABLE notes (id int PRIMARY KEY, author text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO {app} USING (author = current_user);
"""
_ROLES = """
SELECT r.rolname, r.rolsuper, r.rolreplication, r.rolbypassrls, r.rolcreaterole,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid ORDER BY 1)
FROM pg_roles r ORDER BY 1
"""


@dataclass
class Newcomer:
    """Somebody with two connection strings and an empty folder."""

    blue: Database
    green: Database
    folder: Path
    role: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def play(self, playbook: str, *arguments: str) -> tuple[int, str]:
        """Run a playbook in the folder; connections and password are in the environment."""
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        environment = {
            "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "HOME": os.environ.get("HOME", "/"),
            "PWD": str(self.folder),
            "BLUEGREEN_PASSWORD": self.password,
            **{f"BLUEGREEN_{side.upper()}_DSN": self._dsn(side) for side in ("blue", "green")},
        }
        command = [program, f"bluegreen.postgresql.{playbook}", *arguments]
        status, output, errors = run_command(command, cwd=str(self.folder), environ_update=environment)
        return status, output + errors

    def init(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run the playbook init."""
        told = {"bluegreen_init_role": self.role, "bluegreen_pg_bindir": str(self.green.server.pg_bin), **variables}
        return self.play("init", *arguments, *(f"-e{name}={value}" for name, value in told.items()))

    def run_sql(self, name: str) -> str:
        """Run a file as the superuser, by the command that its first lines say."""
        side = self.blue if "blue" in name else self.green
        where = {**side.endpoint("superuser"), "dbname": side.name if side is self.blue else "postgres"}
        psql = str(self.green.server.pg_bin / "psql")
        status, output, errors = run_command(
            [psql, "-X", "-d", conninfo({key: str(value) for key, value in where.items()}), "-f", name],
            cwd=str(self.folder),
            environ_update={"BLUEGREEN_PASSWORD": self.password},
        )
        assert status == 0, errors
        return output + errors

    def files(self) -> dict[str, str]:
        """Return the folder's files and their texts."""
        return {path.name: path.read_text(encoding="utf-8") for path in self.folder.iterdir() if path.is_file()}

    def _dsn(self, side: str) -> str:
        # On blue somebody who can log in, and no more.
        endpoint = self.blue.endpoint("app") if side == "blue" else self.green.endpoint("superuser")
        return conninfo({key: str(value) for key, value in endpoint.items()})


@pytest.fixture
def newcomer(database: DatabaseFactory, tmp_path: Path, request: pytest.FixtureRequest) -> Newcomer:
    """Give one whose green has neither the database nor its roles."""
    majors = getattr(request, "param", (17, 18))
    blue, green = (database(major) for major in majors)
    names = {role: sql.Identifier(blue.roles[role].name) for role in ("owner", "app")}
    blue.query(sql.SQL(_SCHEMA).format(**names))
    _forget_migrator(blue)
    _empty(green)
    folder = tmp_path / "first"
    folder.mkdir()
    return Newcomer(blue, green, folder, f"{blue.roles['app'].name}_newcomer")


def _forget_migrator(side: Database) -> None:
    """The fixture's own migrator must not help."""
    name = sql.Identifier(side.roles["migrator"].name)
    side.query(sql.SQL("DROP OWNED BY {}").format(name))
    side.query(sql.SQL("DROP ROLE {}").format(name))


def _empty(green: Database) -> None:
    _forget_migrator(green)
    admin = green.server.connect()
    try:
        with admin.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(green.name)))
            for role in ("owner", "app"):
                cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(green.roles[role].name)))
    finally:
        admin.close()


def _roles(side: Database) -> list[object]:
    admin = side.server.connect()
    try:
        with admin.cursor() as cursor:
            cursor.execute(_ROLES)
            return list(cursor.fetchall())
    finally:
        admin.close()


@pytest.mark.parametrize("newcomer", [(17, 18), pytest.param((14, 17), marks=pytest.mark.soak)], indirect=True)
def test_what_init_writes_passes_prepare_as_it_is(newcomer: Newcomer) -> None:
    dumped, had = dump_of(newcomer.blue), _roles(newcomer.blue)
    status, output = newcomer.init()
    assert status == 0, output
    files = newcomer.files()
    assert sorted(files) == _FILES
    assert (dump_of(newcomer.blue), _roles(newcomer.blue)) == (dumped, had), "init wrote to blue"

    for name in ("before_blue.sql", "before_green.sql"):
        newcomer.run_sql(name)
        newcomer.run_sql(name)  # again does no harm
    status, output = newcomer.play("prepare", "-i", "inventory.yml")
    assert status == 0, output

    secret = [newcomer.password, *(role.password for role in newcomer.blue.roles.values())]
    assert not [word for word in secret if word in "".join(files.values()) + output]

    status, output = newcomer.play("rollback", "-i", "inventory.yml")
    assert status == 0, output
    for name in ("after_blue.sql", "after_green.sql"):
        assert "ERROR" not in newcomer.run_sql(name)
    assert _roles(newcomer.blue) == had
    assert newcomer.role not in {row[0] for row in _roles(newcomer.green)}  # type: ignore[index]


def test_a_second_run_changes_nothing_and_check_mode_shows_what_would_be_written(newcomer: Newcomer) -> None:
    status, output = newcomer.init("--check", "--diff")
    assert status == 0, output
    assert newcomer.files() == {}
    assert "bluegreen_application_roles" in output
    assert "CREATE ROLE" in output

    assert newcomer.init()[0] == 0
    inventory = newcomer.folder / "inventory.yml"
    mine = inventory.read_text(encoding="utf-8").replace("bluegreen_lanes: 1", "bluegreen_lanes: 2")
    inventory.write_text(mine, encoding="utf-8")
    before = newcomer.files()
    status, output = newcomer.init()
    assert status == 0
    assert "changed=0" in output
    assert "inventory.yml" in output.partition("were there already")[2]
    assert newcomer.files() == before

    status, output = newcomer.init(bluegreen_init_overwrite="true")
    assert status == 0
    after = newcomer.files()
    assert "bluegreen_lanes: 1" in after.pop("inventory.yml")
    assert mine in [text for name, text in after.items() if name.startswith("inventory.yml.")]


def test_green_is_made_with_a_word(newcomer: Newcomer) -> None:
    newcomer.blue.query(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 77").format(sql.Identifier(newcomer.blue.name)))
    status, output = newcomer.init("--check", bluegreen_init_make_green="true")
    assert status == 0, output
    names = {newcomer.blue.roles[role].name for role in ("owner", "app")}
    assert not names & {row[0] for row in _roles(newcomer.green)}  # type: ignore[index]

    status, output = newcomer.init(bluegreen_init_make_green="true")
    assert status == 0, output
    assert names <= {row[0] for row in _roles(newcomer.green)}  # type: ignore[index]
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert newcomer.green.query(owner) == [(newcomer.blue.roles["owner"].name,)]
    assert "CREATE DATABASE" not in newcomer.files()["before_green.sql"]
    assert shutil.which("psql", path=str(newcomer.green.server.pg_bin))
