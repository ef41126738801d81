# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rehearse: every phase on throw-away servers, blue and green only read."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.sample import THROW_AWAY
from demo.commands import BINARIES_CACHE, PROJECT
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.dumps import dump_of
from tests.integration.conftest import Migration, Run

_PHASES = [
    "throw-away servers", "sample of blue", "prepare", "setup", "replicate", "sync", "cutover", "rollback",
    "cutover again", "cleanup",
]  # fmt: skip


_START_SECONDS = 120.0
_UNTOUCHED = ["  stands    nothing of this migration is there; blue is in service"]


class Rehearsal:
    """A migration to rehearse, and what the rehearsal leaves."""

    def __init__(self, migration: Migration) -> None:
        self.migration = migration
        self.folder = migration.folder / "throw away"
        self.folder.mkdir()
        (self.folder / "binaries").symlink_to(BINARIES_CACHE)
        migration.variables["bluegreen_rehearse_dir"] = str(self.folder)
        self._before = self._sides()

    def run(self, *arguments: str, **extra: Any) -> Run:
        """Run the playbook."""
        return self.migration.play("rehearse", *arguments, **extra)

    def kill_when_filled(self) -> None:
        """Run the playbook, and kill it when both servers run."""
        assert self.run("--list-hosts").status == 0
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        inventory = str(self.migration.folder / "inventory.json")
        playbook = subprocess.Popen(
            [program, "-i", inventory, "bluegreen.postgresql.rehearse"],
            env={**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + _START_SECONDS
            while len([log for log in self.folder.glob("*/*/server.log") if log.stat().st_size]) < 2:
                assert playbook.poll() is None, "the rehearsal ended"
                assert time.monotonic() < deadline, "the rehearsal started no servers"
                time.sleep(0.1)
        finally:
            os.killpg(playbook.pid, signal.SIGKILL)
            playbook.wait()

    @property
    def result(self) -> dict[str, Any]:
        """The result that other playbooks read."""
        result: dict[str, Any] = json.loads((self.migration.reports / "rehearsal.json").read_text(encoding="utf-8"))
        return result

    @property
    def report(self) -> str:
        """The report for people."""
        return (self.migration.reports / "rehearsal.md").read_text(encoding="utf-8")

    def require_nothing_left(self) -> None:
        """Check that both sides are unchanged, and that no server and no process is left."""
        assert self._sides() == self._before
        assert [path for path in self.folder.glob("*/*") if path.parent.name != "binaries"] == []
        assert self.processes() == []

    def processes(self) -> list[str]:
        """Return the processes that have something of the rehearsal's folder in their arguments."""
        commands = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
        return [command.decode() for command in commands if str(self.folder).encode() in command]

    def _sides(self) -> list[str]:
        return [dump_of(side) for side in (self.migration.blue, self.migration.green)]


@pytest.fixture
def rehearsal(migration: Migration) -> Rehearsal:
    """Give a migration from 17 to 18 on which nothing has been run yet."""
    return Rehearsal(migration)


@pytest.fixture
def nobody(migration: Migration) -> Iterator[socket.socket]:
    """Give a listener where the migration's messages would go."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        migration.variables["bluegreen_notify"] = [{"type": "json", "url": f"http://127.0.0.1:{port}/hook"}]
        yield listener


def _was_called(listener: socket.socket) -> bool:
    try:
        caller, _address = listener.accept()
    except BlockingIOError:
        return False
    caller.close()
    return True


def _stands(run: Run) -> list[str]:
    """Return where the run's last lines say that the migration stands: the real pair, not the throw-away one."""
    return [line for line in run.output.splitlines() if line.startswith("  stands")]


@pytest.mark.soak
def test_a_whole_rehearsal(rehearsal: Rehearsal, nobody: socket.socket) -> None:
    run = rehearsal.run(bluegreen_rehearse_rows=50)
    assert run.status == 0, run.output
    assert _stands(run) == _UNTOUCHED
    rehearsal.require_nothing_left()
    assert not _was_called(nobody)
    result = rehearsal.result
    assert (result["migration"], result["succeeded"], result["failure"]) == (rehearsal.migration.host, True, None)
    assert (result["blue_major"], result["green_major"]) == (17, 18)
    age = datetime.now(UTC) - datetime.fromisoformat(result["finished_at"])
    assert 0 <= age.total_seconds() < 60
    assert [phase["name"] for phase in result["phases"]] == _PHASES
    assert 0 < sum(phase["seconds"] for phase in result["phases"]) <= result["seconds"] + 1
    steps = {phase["name"]: [step["title"] for step in phase["steps"]] for phase in result["phases"]}
    assert "fence blue" in steps["cutover"]
    assert "fence green" in steps["rollback"]
    assert re.search(r"\| fence blue \| \d+", rehearsal.report)
    assert "| public.users | 51 |" in rehearsal.report
    written = result["writes"]
    assert written["acknowledged"] > 200
    assert {one["missing"] + one["returned"] for one in written["tables"].values()} == {0}
    assert min(written["longest_gaps"][phase] for phase in ("cutover", "rollback", "cutover again")) > 0
    assert re.search(r"\| rollback \| [\d.]+ ms \|", rehearsal.report)
    assert "Succeeded: PostgreSQL 17 to 18" in rehearsal.report


@pytest.mark.soak
def test_a_rehearsal_on_staging_databases(
    rehearsal: Rehearsal, database: DatabaseFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = {"blue": database(17), "green": database(18)}
    for side, one in staging.items():
        mark = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(one.name), sql.Literal(THROW_AWAY))
        one.query(mark)
        rehearsal.migration.variables[f"bluegreen_rehearse_{side}"] = one.endpoint("superuser")
    programs = [str(one.server.pg_bin) for one in staging.values()]
    monkeypatch.setenv("PATH", os.pathsep.join([*programs, os.environ["PATH"]]))

    run = rehearsal.run(bluegreen_rehearse_rows="all")

    assert run.status == 0, run.output
    rehearsal.require_nothing_left()
    assert [phase["name"] for phase in rehearsal.result["phases"]] == _PHASES
    assert staging["green"].query("SELECT count(*) >= 200 FROM users") == [(True,)]


@pytest.mark.soak
def test_a_migration_that_fails_is_named_and_nothing_is_left(rehearsal: Rehearsal, nobody: socket.socket) -> None:
    versions = Path(rehearsal.migration.variables["bluegreen_schema_migrations"])
    (versions / "0002_wrong.up.sql").write_text("ALTER TABLE missing ADD COLUMN x int;\n", encoding="utf-8")
    (versions / "0002_wrong.down.sql").write_text("SELECT 1;\n", encoding="utf-8")
    run = rehearsal.run()
    assert run.status == 2
    assert "BG720: The rehearsal failed in setup" in run.output
    assert _stands(run) == _UNTOUCHED
    rehearsal.require_nothing_left()
    assert not _was_called(nobody)
    result = rehearsal.result
    assert (result["succeeded"], result["failure"]["phase"], result["blue_major"]) == (False, "setup", 17)
    assert 'relation "missing" does not exist' in result["failure"]["error"].replace("\\", "")
    assert [phase["name"] for phase in result["phases"]] == _PHASES[:3]
    assert "FAILED in setup" in rehearsal.report
    assert "| setup | failed |" in rehearsal.report


@pytest.mark.soak
def test_what_preflight_has_found_is_told_where_it_stopped_the_rehearsal(migration: Migration) -> None:
    migration.blue.query("CREATE TABLE keyless (n int)", role="owner")
    rehearsal = Rehearsal(migration)
    run = rehearsal.run()
    assert "BG720: The rehearsal failed in prepare" in run.output
    found = rehearsal.report.partition("## Findings of preflight on the throw-away pair")[2]
    assert "keyless" in found, rehearsal.report
    assert "None." not in found


@pytest.mark.soak
def test_check_mode_starts_nothing(rehearsal: Rehearsal) -> None:
    run = rehearsal.run("--check", "--diff")
    assert run.status == 0, run.output
    assert run.count("changed", rehearsal.migration.host) == 1
    assert not rehearsal.migration.reports.exists()
    rehearsal.require_nothing_left()


@pytest.mark.soak
def test_what_a_killed_one_left_is_ended_by_the_next_and_extra_variables_lead_nowhere(rehearsal: Rehearsal) -> None:
    rehearsal.kill_when_filled()
    assert len(rehearsal.processes()) >= 2
    run = rehearsal.run(bluegreen_blue=rehearsal.migration.blue.endpoint())
    assert run.status == 2
    assert "BG721: bluegreen_blue is given by --extra-vars" in run.output
    rehearsal.require_nothing_left()
    assert not rehearsal.result["succeeded"]


@pytest.mark.soak
def test_a_side_that_cannot_be_read_is_named(rehearsal: Rehearsal) -> None:
    rehearsal.migration.variables["bluegreen_green"]["password"] = "wrong"
    run = rehearsal.run()
    assert run.status == 2
    assert "BG004" in rehearsal.result["failure"]["error"]
    assert (rehearsal.result["blue_major"], rehearsal.result["failure"]["phase"]) == (None, "throw-away servers")
