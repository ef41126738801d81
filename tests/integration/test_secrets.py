# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret leaves the connection: nothing that is shown, stored or logged contains one."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from demo.commands import run_command
from tests.fixtures.bouncers import BouncerFactory, PgBouncer, databases_section
from tests.fixtures.databases import Database, DatabaseFactory, RoleName
from tests.fixtures.migrations import SCHEMA, Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.integration.conftest import Migration

# What an audited server logs beside the statements that fail, and the context of each warning.
_LOGS_DDL = {"log_statement": "ddl", "log_min_messages": "notice", "log_error_verbosity": "verbose"}


def log_of(database: Database) -> str:
    """Return the server's log, less the statements that made the roles."""
    lines = database.server.embedded.log.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if "CREATE ROLE" not in line)


def link_to_nowhere(pair: Pair) -> None:
    """Let a subscription fail for a reason other than its statement, as the server's log would show it."""
    blue = {**pair.blue.endpoint(pair.role), "peer": {"dbname": "nowhere"}}
    refused = pair.run("replication_link", direction="forward", blue=blue, copy="native")
    assert "does not exist" in refused["msg"]
    assert pair.blue.roles[pair.role].password not in str(refused)


@pytest.fixture
def logging_pair(database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner) -> PairFactory:
    """Give `logging_pair(blue, green, **settings)`: a pair on servers of its own, which log as the settings say."""

    def make(blue: int, green: int, **settings: str) -> Pair:
        old, new = (database(major, server=own_server(major, **settings)) for major in (blue, green))
        for side in (old, new):
            names = {kind: sql.Identifier(role.name) for kind, role in side.roles.items()}
            side.query(sql.SQL(SCHEMA).format(**names))
        role: RoleName = "migrator" if min(blue, green) >= 16 else "superuser"
        return Pair(old, new, run_module, role, old.name)

    return make


@pytest.mark.parametrize(("blue", "green"), [(15, 16), (17, 18)])
def test_servers_that_log_ddl_log_no_password(logging_pair: PairFactory, blue: int, green: int) -> None:
    both = logging_pair(blue, green, **_LOGS_DDL)
    both.succeed("preflight_info")
    both.succeed("write_gate")
    link_to_nowhere(both)
    both.replicate()
    for side in (both.blue, both.green):
        log = log_of(side)
        assert "CREATE SCHEMA bluegreen" in log
        assert 'publication "bluegreen_probe" does not exist' in log
        assert both.blue.roles[both.role].password not in log
    assert 'database "nowhere" does not exist' in log_of(both.green)


def test_a_password_file_spares_a_server_that_logs_every_statement(logging_pair: PairFactory) -> None:
    both = replace(logging_pair(17, 17, log_statement="all"), role="superuser")
    blue = both.ends()["blue"]
    passfile = both.green.server.embedded.folder / "pgpass"
    passfile.write_text(f"*:*:*:*:{blue['password']}\n", encoding="utf-8")
    passfile.chmod(0o600)
    find_identity(run_command).own(passfile)
    told = {"direction": "forward", "blue": {**blue, "peer": {"passfile": str(passfile)}}}
    both.succeed("write_gate")
    both.succeed("replication_link", **told)
    both.succeed("replication_catchup", timeout=60, blue=told["blue"])
    assert "set_config(pg_catalog.concat('bluegreen.', 'conninfo'" in log_of(both.green)
    assert blue["password"] not in log_of(both.green)


@dataclass
class Witness:
    """Looks at the command lines of all processes, again and again."""

    seen: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until told to stop."""
        while not self._over.wait(0.02):
            for command_line in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(command_line.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))

    def stop(self) -> None:
        """Stop looking."""
        self._over.set()


@pytest.fixture
def witness() -> Iterator[Witness]:
    """Give a watcher that runs `ps` all the time."""
    looking = Witness()
    thread = threading.Thread(target=looking.watch)
    thread.start()
    yield looking
    looking.stop()
    thread.join()


def plant(migration: Migration, side: Database, variable: str) -> str:
    """Give the migrator of one side a password of its own, which has to be quoted everywhere, and return its heart."""
    heart = f"planted-{variable}-{secrets.token_hex(4)}"
    password = f'it\'s \\ "{heart}" %s'
    side.query(sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(side.roles["migrator"].name)), password)
    migration.variables[variable] = {**side.endpoint(), "password": password}
    return heart


def route_of(bouncer: PgBouncer, migration: Migration) -> dict[str, Any]:
    """Return the route through the bouncer, with the files that lead to either side."""
    files = {side: bouncer.folder / f"databases.{side}.ini" for side in ("blue", "green")}
    for side, file in files.items():
        file.write_text(databases_section({"shop": getattr(migration, side)}), encoding="utf-8")
    return {
        "type": "pgbouncer",
        "console": bouncer.console_endpoint(),
        "databases": ["shop"],
        "live_file": str(bouncer.databases_file),
        **{f"{side}_file": str(file) for side, file in files.items()},
    }


def channels_to_nobody(token: str) -> list[dict[str, Any]]:
    """Return a channel of each type with the token wherever it takes a secret; nobody is there."""
    url = f"http://127.0.0.1:9/{token}"
    nobody = {"host": "127.0.0.1", "port": 9, "sender": "a@example.com", "to": ["b@example.com"], "user": "a"}
    return [
        {"type": "json", "url": url, "headers": {"Authorization": token}},
        *({"type": kind, "url": url} for kind in ("slack", "mattermost", "teams")),
        {"type": "pagerduty", "url": url, "routing_key": token},
        {"type": "mail", **nobody, "password": token},
        {"type": "command", "command": ["false"], "environment": {"TOKEN": token}},
    ]


def texts_of(folder: Path) -> str:
    """Return whatever is written below a folder."""
    return "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file())


def played(migration: Migration, playbook: str) -> str:
    """Run a playbook that must succeed, and return all that it says."""
    run = migration.play(playbook, "-vvv", "--diff", bluegreen_approve_cutover=True)
    assert run.status == 0, run.output
    return run.output


@pytest.mark.parametrize("back_and_forth", [(), pytest.param(("rollback", "cutover"), marks=pytest.mark.soak)])
def test_nothing_that_a_migration_leaves_behind_holds_a_secret(
    migration: Migration, pgbouncer: BouncerFactory, witness: Witness, back_and_forth: tuple[str, ...]
) -> None:
    bouncer = pgbouncer({"shop": migration.blue})
    planted = {side: plant(migration, getattr(migration, side), f"bluegreen_{side}") for side in ("blue", "green")}
    wrong, token = "planted-and-wrong", "planted-token"
    migration.variables["bluegreen_routes"] = [route_of(bouncer, migration)]
    migration.variables["bluegreen_notify"] = channels_to_nobody(token)
    hearts = [*planted.values(), wrong, token, bouncer.admin.password]

    right = migration.variables["bluegreen_green"]
    migration.variables["bluegreen_green"] = {**right, "password": wrong}
    refused = migration.play("prepare", "-vvv")
    migration.variables["bluegreen_green"] = right
    outputs, journals = [refused.output], []
    for playbook in ("migrate", "status", *back_and_forth):
        outputs.append(played(migration, playbook))
        journals += [str(side.query("SELECT * FROM bluegreen.journal")) for side in (migration.blue, migration.green)]
    outputs.append(played(migration, "cleanup"))
    assert refused.status == 2
    assert "BG004" in refused.output
    everything = {
        "outputs": "\n".join(outputs),
        "journals": "\n".join(journals),
        "reports": texts_of(migration.reports),
        "command lines": "\n".join(witness.seen),
        "logs": "\n".join([log_of(migration.blue), log_of(migration.green), bouncer.log.read_text(encoding="utf-8")]),
    }
    assert "ansible-playbook" in everything["command lines"]
    assert "cutover" in everything["journals"]
    assert "BG730: mail 6 was not told of prepare" in everything["outputs"]
    assert "# Runbook" in everything["reports"]
    found = {(place, heart) for place, text in everything.items() for heart in hearts if heart in text}
    assert found == set()
