# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code planted by a table's owner runs only as the owner: in every copy, comparison, repair and backfill."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, RoleName
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.comparison.test_repair import allow_repair

_PLANTED = (Path(__file__).parents[1] / "fixtures" / "code_of_others.sql").read_text(encoding="utf-8")
_KINDS = (
    "constraint", "generated", "domain", "index", "predicate", "statistics", "trigger", "deferred", "rule", "policy",
    "cast", "operator", "view", "default",
)  # fmt: skip
_WHO = ("superuser", "owner", "other")
_ROWS = """INSERT INTO attack (m, n, v, d, f)
    SELECT 'hasty'::mood, g, 'v' || g, 'd', g FROM generate_series(1, 30) g"""
_RAN = "SELECT sequencename FROM pg_sequences WHERE sequencename LIKE 'ran\\_%' AND last_value IS NOT NULL"
# The owner does it himself: in a session of a superuser his triggers would run as one.
_PAST_THE_GATE = """
ALTER TABLE attack DISABLE TRIGGER bluegreen_gate; DELETE FROM attack WHERE n = 1;
SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE attack ENABLE TRIGGER bluegreen_gate"""
_MEMBERSHIPS = """
SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
       (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE rolname = %s"""


def _plant(side: Database) -> None:
    owner = side.roles["owner"].name
    for kind in _KINDS:
        for who in _WHO:
            name = sql.Identifier("public", f"ran_{kind}_{who}")
            side.query(sql.SQL("CREATE SEQUENCE {}").format(name))
            side.query(sql.SQL("GRANT ALL ON SEQUENCE {} TO PUBLIC").format(name))
    side.query(_PLANTED.replace("OWNER", owner), role="owner")


def _ran(side: Database) -> set[str]:
    """Return which code ran as which role since the last call, and forget it."""
    found = {name[len("ran_") :] for (name,) in side.query(_RAN)}
    for kind in _KINDS:
        for who in _WHO:
            side.query(f"ALTER SEQUENCE ran_{kind}_{who} RESTART")
    return found


def _only_as_owner(side: Database) -> set[str]:
    """Return the kinds of code that have run, all of them as the owner, who has gained nothing."""
    ran = _ran(side)
    assert {one for one in ran if not one.endswith("_owner")} == set()
    assert side.query(_MEMBERSHIPS, side.roles["owner"].name) == [(False, False, False, False, False, 0)]
    return {one.partition("_")[0] for one in ran}


class Attacked:
    """A pair whose table ``attack`` calls the owner's code wherever it can."""

    def __init__(self, pair: Pair, role: RoleName) -> None:
        self.pair = pair
        pair.role = role
        if role == "migrator":
            allow_repair(pair.green)
        for side in (pair.blue, pair.green):
            _plant(side)
        pair.green.query("ALTER TABLE attack ADD COLUMN extra boolean DEFAULT public.probe('default')", role="owner")
        pair.blue.query(_ROWS, role="owner")
        for side in (pair.blue, pair.green):
            _ran(side)

    def migrate(self) -> None:
        """Copy, compare, repair and fill, and check after each as which role the code ran."""
        blue, green, pair = self.pair.blue, self.pair.green, self.pair
        pair.succeed("write_gate")
        pair.succeed("replication_link", direction="forward")
        pair.succeed("replication_catchup", timeout=60)
        assert green.query("SELECT count(*), count(w), count(extra) FROM attack") == [(30, 30, 30)]
        wanted = {"constraint", "generated", "domain", "index", "predicate", "default"}
        assert _only_as_owner(green) >= wanted
        assert _only_as_owner(blue) == set()

        green.query(_PAST_THE_GATE, role="owner")
        _ran(green)
        result = pair.run("consistency_check", mode="full", timeout=60)
        assert "tables" in result, result
        assert (_only_as_owner(blue), _only_as_owner(green)) == (set(), set())

        self.repair()
        self.fill()

    def repair(self) -> None:
        """Rewrite the row that green lacks."""
        pair = self.pair
        repaired = pair.succeed("consistency_repair", timeout=60)
        assert repaired["repaired"] == 1, repaired
        assert _only_as_owner(pair.blue) == set()
        assert _only_as_owner(pair.green) >= {"constraint", "rule", "deferred"}

    def fill(self) -> None:
        """Fill a column."""
        filled = self.pair.succeed("backfill", table="public.attack", columns={"f": "t.f + 1"})
        assert filled["written"] == 30
        assert _only_as_owner(self.pair.green) >= {"constraint", "trigger", "deferred"}


def test_code_of_an_owner_runs_as_the_owner(pair: PairFactory) -> None:
    Attacked(pair(17, 18), "superuser").migrate()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("blue", "green", "role"),
    [(14, 15, "superuser"), (15, 17, "superuser"), (16, 18, "migrator"), (18, 18, "superuser")],
)
def test_code_of_an_owner_runs_as_the_owner_everywhere(
    pair: PairFactory, blue: int, green: int, role: RoleName
) -> None:
    Attacked(pair(blue, green), role).migrate()
