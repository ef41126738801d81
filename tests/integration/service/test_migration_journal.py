# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module migration_journal against two real databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.dumps import dump_of
from tests.fixtures.modules import ModuleRunner, titles
from tests.live.modules import ModuleProcess

_ROWS = "SELECT details->>'phase', details->>'state' FROM bluegreen.journal WHERE event = 'phase' ORDER BY id"
_SET_UP = [("prepare", "done"), ("setup", "done")]
_SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE nspname = 'bluegreen'"


class Pair:
    """A blue and a green database with a short way to the module."""

    def __init__(self, blue: Database, green: Database, run: ModuleRunner) -> None:
        self.sides = (blue, green)
        self.blue, self.green = blue, green
        self._run = run

    def record(self, phase: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        """Run the module; `blue` and `green` may be overridden."""
        ends = {"migration": "orders", "blue": self.blue.endpoint(), "green": self.green.endpoint()}
        return self._run("migration_journal", {**ends, "phase": phase, **arguments}, check=check, diff=True)

    def set_up(self) -> dict[str, Any]:
        """Record prepare, install the gate, and record setup."""
        self.record("prepare")
        self.gate()
        return self.record("setup")

    def gate(self, **arguments: Any) -> None:
        """Install the gate, which gives blue its journal, or remove it, which leaves the journal."""
        ends = {"migration": "orders", "blue": self.blue.endpoint(), "green": self.green.endpoint()}
        assert self._run("write_gate", {**ends, **arguments})["changed"]

    def rows(self) -> list[list[Any]]:
        """Return phase and state of each row, by side; nothing where there is no journal."""
        return [side.query(_ROWS) if side.query(_SCHEMAS) == [(1,)] else [] for side in self.sides]


@pytest.fixture
def pair(database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give an empty blue (17) and an empty green (18)."""
    return Pair(database(17), database(18), run_module)


def test_prepare_begins_the_story_on_green_and_the_second_run_changes_nothing(pair: Pair) -> None:
    before = dump_of(pair.blue)
    first, second = pair.record("prepare"), pair.record("prepare")
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["recorded"]
    assert second["entry"] == first["entry"]
    assert pair.rows() == [[], [("prepare", "done")]]
    assert first["complete"]
    assert len(first["journal"]) == 1
    assert first["diff"] == {"before": "", "after": "prepare: done\n"}
    assert pair.record("prepare", state="failed")["changed"]
    assert dump_of(pair.blue) == before


def test_blue_learns_the_story_when_setup_has_gated_it(pair: Pair) -> None:
    pair.record("prepare")
    pair.record("prepare", state="failed")
    first = pair.record("prepare")
    pair.gate()
    result = pair.record("setup")
    told = [("prepare", "done"), ("prepare", "failed"), *_SET_UP]
    assert pair.rows() == [told] * 2
    assert result["journal"][:3] == first["journal"]
    assert titles(result) == ["record setup done on blue", "record setup done on green"]
    assert not pair.record("setup")["changed"]
    assert pair.record("prepare", state="failed")["changed"]
    assert pair.rows() == [[*told, ("prepare", "failed")]] * 2


def test_a_killed_setup_is_completed_on_blue_with_all_that_came_before(pair: Pair) -> None:
    pair.set_up()
    pair.blue.query("DELETE FROM bluegreen.journal")
    assert titles(pair.record("setup")) == ["record setup done on blue"]
    assert pair.rows() == [_SET_UP] * 2


def test_a_journal_of_earlier_migrations_on_blue_is_left_alone_by_prepare(pair: Pair) -> None:
    pair.set_up()
    pair.gate(state="absent")
    before = dump_of(pair.blue)
    other: dict[str, Any] = {"migration": "orders_next"}
    assert pair.record("prepare", **other)["changed"]
    assert pair.record("prepare", state="failed", **other)["changed"]
    assert dump_of(pair.blue) == before


def test_check_mode_writes_nothing_and_says_what_would_be(pair: Pair) -> None:
    result = pair.record("prepare", check=True)
    assert result["changed"]
    assert titles(result) == ["record prepare done on green"]
    assert result["journal"][0]["details"]["phase"] == "prepare"
    assert [side.query(_SCHEMAS) for side in pair.sides] == [[(0,)]] * 2


@pytest.mark.parametrize(("phase", "state"), [("setup", "done"), ("prepare", "failed")])
def test_nothing_but_a_prepare_that_succeeded_creates_a_journal(pair: Pair, phase: str, state: str) -> None:
    result = pair.record(phase, state=state)
    assert (result["changed"], result["recorded"]) == (False, False)
    assert [side.query(_SCHEMAS) for side in pair.sides] == [[(0,)]] * 2


@pytest.mark.parametrize("state", ["failed", "done"])
def test_only_a_prepare_that_succeeded_begins_a_story_in_the_journal_of_another_migration(
    pair: Pair, state: str
) -> None:
    pair.record("prepare")
    renamed: dict[str, Any] = {"migration": "orders_db", "state": state, "steps": [{"title": "a step"}]}
    assert not pair.record("cleanup", **renamed)["changed"]
    assert pair.rows() == [[], [("prepare", "done")]]
    assert pair.record("prepare", migration="orders_db")["changed"]
    assert pair.record("cleanup", **renamed)["changed"]


def test_a_phase_is_recorded_again_when_it_did_something(pair: Pair) -> None:
    assert pair.set_up()["changed"]
    assert not pair.record("setup")["changed"]
    step = {"title": "gate blue public.orders", "milliseconds": 0.4, "changed": True}
    result = pair.record("setup", steps=[step])
    assert result["entry"]["details"]["steps"] == [step]
    assert pair.rows() == [[*_SET_UP, ("setup", "done")]] * 2


def test_success_after_a_failure_is_recorded(pair: Pair) -> None:
    pair.record("prepare")
    pair.record("sync", state="failed", details={"error": "BG401: they differ", "task": "Compare both sides"})
    assert pair.record("sync")["changed"]
    assert not pair.record("sync")["changed"]


def test_what_a_killed_run_left_out_on_one_side_is_added(pair: Pair) -> None:
    first = pair.set_up()
    pair.green.query("DELETE FROM bluegreen.journal WHERE details->>'phase' = 'setup'")
    again = pair.record("setup")
    assert titles(again) == ["record setup done on green"]
    assert pair.rows() == [_SET_UP] * 2
    assert again["entry"]["details"]["run"] == first["entry"]["details"]["run"]
    assert not pair.record("setup")["changed"]


def test_a_failure_is_recorded_although_green_does_not_answer(pair: Pair) -> None:
    pair.set_up()
    # In a separate process, as under Ansible: a module gives the same warning once per process.
    green = {**pair.green.endpoint(), "dbname": "nowhere"}
    ends = {"migration": "orders", "blue": pair.blue.endpoint(), "green": green}
    result = ModuleProcess("migration_journal", {**ends, "phase": "replicate", "state": "failed"}).wait()
    assert result["changed"]
    assert not result["complete"]
    assert "journal of green" in str(result["warnings"])
    assert pair.rows() == [[*_SET_UP, ("replicate", "failed")], _SET_UP]


def test_success_needs_both_sides(pair: Pair) -> None:
    result = pair.record("prepare", green={**pair.green.endpoint(), "dbname": "nowhere"})
    assert result["failed"]
    assert result["code"] == "BG005"
    assert pair.rows()[0] == []


def test_no_password_gets_into_a_journal(pair: Pair) -> None:
    secret = pair.blue.endpoint()["password"]
    pair.set_up()
    pair.record("sync", details={"observations": [f"conninfo password={secret}"], secret: 1})
    for side in pair.sides:
        [(row,)] = side.query("SELECT j::text FROM bluegreen.journal j WHERE details->>'phase' = 'sync'")
        assert secret not in row
        assert "********" in row


def test_an_unknown_phase_is_refused(pair: Pair) -> None:
    result = pair.record("celebrate")
    assert result["failed"]
    assert "celebrate" in result["msg"]


def test_what_cannot_be_read_afterwards_does_not_make_a_failure_of_what_was_recorded(pair: Pair) -> None:
    twice = [{"slot": "cdc"}, {"slot": "cdc"}]
    recorded = pair.record("prepare", consumers=twice)
    assert (recorded.get("code"), recorded["changed"], recorded["seen"]) == (None, True, {})
    assert recorded["unread"].startswith("BG336: bluegreen_consumers: slot cdc is named twice")
    assert pair.rows() == [[], [("prepare", "done")]]


def test_no_journal_is_left_without_its_first_row(pair: Pair) -> None:
    """A row that cannot be written stands for a kill at that place."""
    pair.green.query(
        """
        CREATE FUNCTION public.no_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no row'; END $$;
        CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_regclass('bluegreen.journal') IS NOT NULL
               AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'no_row')
            THEN EXECUTE 'CREATE TRIGGER no_row BEFORE INSERT ON bluegreen.journal FOR EACH ROW EXECUTE FUNCTION
                          public.no_row()'; END IF; END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.refuse()
        """
    )
    refused = pair.record("prepare")
    assert refused["failed"], refused
    assert "no row" in refused["msg"], refused["msg"]
    assert pair.green.query("SELECT to_regclass('bluegreen.journal')") == [(None,)]
