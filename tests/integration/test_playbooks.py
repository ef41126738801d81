# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook against real servers: its effect, nothing the second time, and nothing at all in check mode."""

from __future__ import annotations

import json
import re

import pytest

from tests.chaos.steps import STEPS, named
from tests.fixtures.databases import Database
from tests.fixtures.dumps import dump_of
from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory, play

_OURS = """
SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = 'bluegreen'
UNION ALL SELECT 'publication ' || pubname FROM pg_publication
UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database()
UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
UNION ALL SELECT 'trigger on ' || tgrelid::regclass FROM pg_trigger WHERE tgname = 'bluegreen_gate'
UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = to_regnamespace('bluegreen')
UNION ALL SELECT 'setting ' || setconfig::text FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'table ' || oid::regclass FROM pg_class
    WHERE relkind = 'r' AND relnamespace = to_regnamespace('public')
ORDER BY 1"""
_REFUSED = r"read-only|fenced by bluegreen"
_PHASES = (*UP_TO_SYNC, "verify", "cutover", "rollback", "cleanup")


def _what_stands(migration: Migration) -> list[list[str]]:
    return [[*_ours(side), str(_journal_rows(side))] for side in (migration.blue, migration.green)]


def _everything(side: Database) -> list[str]:
    """Return schema, rows and settings as in a dump, the server's settings, and our own objects."""
    settings = side.query("SELECT name, setting FROM pg_settings WHERE source <> 'client' ORDER BY 1")
    defaults = side.query(
        "SELECT setdatabase::text, setrole::text, setconfig::text FROM pg_db_role_setting ORDER BY 1, 2"
    )
    return [*dump_of(side).splitlines(), *map(str, settings), *map(str, defaults), *_ours(side)]


def _ours(side: Database) -> list[str]:
    return [row[0] for row in side.query(_OURS)]


def _journal_rows(side: Database) -> int:
    if side.query("SELECT to_regclass('bluegreen.journal')") == [(None,)]:
        return 0
    [(rows,)] = side.query("SELECT count(*) FROM bluegreen.journal")
    return int(rows)


@pytest.mark.soak
def test_every_phase_tried_done_and_repeated(migration: Migration) -> None:
    for phase in _PHASES:
        before = _what_stands(migration)
        migration.changed_by(phase, "--check", "--diff")
        assert _what_stands(migration) == before, f"{phase} wrote in check mode"
        migration.changed_by(phase)
        done = _what_stands(migration)
        assert migration.changed_by(phase) == 0, f"{phase} changed something the second time"
        assert _what_stands(migration) == done
    migration.blue.query("INSERT INTO users (name) VALUES ('on blue again')", role="app")
    with pytest.raises(Exception, match=_REFUSED):
        migration.green.query("INSERT INTO users (name) VALUES ('nowhere')", role="app")
    assert (_journal_rows(migration.blue) > 0, _journal_rows(migration.green)) == (True, 0)
    runbook = (migration.reports / "runbook.md").read_text(encoding="utf-8")
    ended = [line.split()[-2].rstrip(":") for line in runbook.splitlines() if line.endswith(": done")]
    assert ended == list(_PHASES)
    for step in (named(step, target) for target in ("green", "blue") for step in STEPS):
        assert re.search(rf"^\| {re.escape(step)} \| \d+\.\d \|$", runbook, re.MULTILINE), step
    journal = json.loads((migration.reports / "journal.json").read_text(encoding="utf-8"))
    assert journal[-1]["details"]["phase"] == "cleanup"
    assert {entry["side"] for entry in journal} == {"blue", "green"}


def test_what_blocks_is_named_and_nothing_is_touched(migration: Migration) -> None:
    migration.blue.query("CREATE TABLE keyless (n int); CREATE TABLE keyless_too (n int)", role="owner")
    before = _what_stands(migration)
    refused = migration.play("prepare")
    assert refused.status == 2
    assert "BG710: Preflight found" in refused.output
    assert "public.keyless, public.keyless_too" in refused.output
    too_early = migration.play("setup")
    assert too_early.status == 2
    assert "BG712: setup does not run here" in too_early.output
    assert _what_stands(migration) == before


@pytest.mark.soak
@pytest.mark.parametrize(
    "last", [*(pytest.param(phase, marks=pytest.mark.soak) for phase in UP_TO_SYNC[:-1]), UP_TO_SYNC[-1]]
)
def test_a_rollback_before_any_cutover_leaves_blue_as_it_was(migration: Migration, last: str) -> None:
    before = _everything(migration.blue)
    migration.advance(*UP_TO_SYNC[: UP_TO_SYNC.index(last) + 1])
    assert (_everything(migration.blue) == before) is (last == "prepare")
    migration.advance("rollback")
    assert _everything(migration.blue) == before
    migration.blue.query("INSERT INTO users (name) VALUES ('still here')", role="app")
    if last != "prepare":  # which makes nothing that could be written to
        with pytest.raises(Exception, match=_REFUSED):
            migration.green.query("INSERT INTO users (name) VALUES ('nowhere')", role="app")
    runbook = (migration.reports / "runbook.md").read_text(encoding="utf-8")
    assert "rollback: done" in runbook
    assert json.loads((migration.reports / "journal.json").read_text(encoding="utf-8"))
    assert migration.changed_by("rollback") == 0
    assert (migration.reports / "runbook.md").read_text(encoding="utf-8") == runbook


@pytest.mark.soak
def test_a_difference_stops_the_phase_and_is_named(migration: Migration) -> None:
    migration.advance("prepare", "setup", "replicate")
    migration.green.query(
        "SET default_transaction_read_only = off; SET session_replication_role = replica;"
        "DELETE FROM users WHERE id = 17"
    )
    refused = migration.play("sync")
    assert refused.status == 2
    assert "BG711: The two sides are not proven" in refused.output
    assert "public.users: 1 difference" in refused.output
    assert "missing {" in refused.output
    assert "17" in refused.output
    assert "sync: failed" in (migration.reports / "runbook.md").read_text(encoding="utf-8")


@pytest.mark.soak
def test_migrate_goes_on_to_the_cutover_by_word_only(migration: Migration) -> None:
    before = _what_stands(migration)
    migration.changed_by("migrate", "--check", bluegreen_approve_cutover=True)
    assert _what_stands(migration) == before
    waiting = migration.play("migrate")
    assert waiting.status == 0
    assert "Green is ready" in waiting.output
    migration.blue.query("INSERT INTO users (name) VALUES ('on blue')", role="app")
    migration.changed_by("migrate", bluegreen_approve_cutover=True)
    migration.green.query("INSERT INTO users (name, phone) VALUES ('on green', '1')", role="app")
    assert migration.rows(migration.green) == 202


@pytest.mark.soak
@pytest.mark.parametrize("blue", [15, 17])
def test_migrate_is_repeated_for_nothing_and_after_cleanup_there_is_no_way_back(
    new_migration: MigrationFactory, blue: int
) -> None:
    migration = new_migration(blue=blue)
    if blue < 16:  # only a superuser subscribes there
        for side in ("blue", "green"):
            migration.variables[f"bluegreen_{side}"] = getattr(migration, side).endpoint("superuser")
    migration.changed_by("migrate", bluegreen_approve_cutover=True)
    for again in ("migrate", "replicate", "migrate", "replicate"):
        assert migration.changed_by(again, bluegreen_approve_cutover=True) == 0, again
    migration.advance("cleanup", "status")
    too_late = migration.play("rollback")
    assert too_late.status == 2
    assert "BG743: rollback does not run here" in too_late.output


def _fleet(new_migration: MigrationFactory) -> tuple[list[Migration], Migration]:
    """Make five migrations, the third of which has a wrong password; return the sound ones and that one."""
    fleet = [new_migration() for _number in range(5)]
    broken = fleet[2]
    broken.variables["bluegreen_green"] = {**broken.green.endpoint(), "password": "wrong"}
    return [each for each in fleet if each is not broken], broken


@pytest.mark.soak
def test_one_broken_migration_of_five_does_not_stop_the_others(new_migration: MigrationFactory) -> None:
    sound, broken = _fleet(new_migration)
    run = play(broken.folder, [*sound[:2], broken, *sound[2:]], "prepare")
    assert run.status == 2
    assert {host: counts["failed"] for host, counts in run.recap.items()} == {
        broken.host: 1,
        **{each.host: 0 for each in sound},
    }
    assert "BG004: Green refused the password" in run.output
    assert _journal_rows(broken.green) == 0
    assert [_journal_rows(each.green) for each in sound] == [1, 1, 1, 1]


@pytest.mark.soak
def test_four_of_five_migrations_end_on_green(new_migration: MigrationFactory) -> None:
    sound, broken = _fleet(new_migration)
    told = {"bluegreen_approve_cutover": True, "bluegreen_migrations_at_once": 5}
    every = [*sound[:2], broken, *sound[2:]]
    tried = play(broken.folder, every, "migrate", "--check", **told)
    run = play(broken.folder, every, "migrate", **told)
    for each in (tried, run):
        assert each.status == 2
        assert [host for host, counts in each.recap.items() if counts["failed"]] == [broken.host], each.output[-3000:]
    assert f"4 of 5 migrations went through; failed: {broken.host}" in run.output
    for one in sound:
        one.green.query("INSERT INTO users (name) VALUES ('on green')", role="app")
    broken.blue.query("INSERT INTO users (name) VALUES ('still on blue')", role="app")


@pytest.mark.parametrize("missing", ["bluegreen_blue", "bluegreen_green"])
def test_an_inventory_without_a_side_is_one_clear_error(migration: Migration, missing: str) -> None:
    del migration.variables[missing]
    run = migration.play("status")
    assert run.status == 2
    assert f"BG002: The connection to {missing.removeprefix('bluegreen_')} is empty" in run.output
    assert "Traceback" not in run.output


@pytest.mark.soak
def test_setup_stops_where_no_row_could_reach_green(migration: Migration) -> None:
    migration.advance("prepare")
    bad = migration.folder / "migrations" / "0002_demand.up.sql"
    bad.write_text("ALTER TABLE users ADD COLUMN born date NOT NULL;\n", encoding="utf-8")
    run = migration.play("setup")
    assert run.status != 0
    assert "BG713" in run.output
    assert "public.users (column only at the target)" in run.output

    migration.green.query("ALTER TABLE users ALTER born SET DEFAULT '2000-01-01'")
    migration.advance("setup")
    runbook = (migration.reports / "runbook.md").read_text(encoding="utf-8")
    assert "reverse, public.users.born: column missing at the target (left_behind)" in runbook
