# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attacker beside a migration: a short slice, and proof that the harness finds what it should."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from tests.attack.__main__ import play
from tests.attack.attacker import Attacker
from tests.attack.attacks import Attack, Claim, Kind, Names
from tests.attack.fences import Fences
from tests.attack.field import SIDES, Field, Side
from tests.attack.journey import GATE, Journey, Phase, phases
from tests.attack.ledger import Ledger, Written
from tests.attack.plants import planted
from tests.attack.rights import gains, read_rights
from tests.attack.sightings import Sightings
from tests.fixtures.databases import Database, DatabaseFactory

_WRITE = Attack("a write", ("INSERT INTO ledger.notes (token) VALUES ('passed')",), writes=True)
_SLICE = ("gate", "forward link present")


@pytest.fixture
def field(database: DatabaseFactory) -> Field:
    """Give a pair of 17 and 18 with the same application on both sides, its rows on blue only."""
    blue, green = (database(major) for major in (17, 18))
    roles = {kind: role.name for kind, role in blue.roles.items()}
    attacker = f"{roles['app']}_mallory"
    names = Names(attacker, roles["owner"], roles["app"], roles["migrator"], roles["superuser"], blue.name, blue.name)
    made = Field(Kind.APPLICATION, names, _side(blue, names), _side(green, names), as_superuser=False)
    for side in SIDES:
        made.query(side, f"CREATE ROLE {names.attacker} LOGIN PASSWORD 'mallory'")
    made.furnish(*SIDES)
    return made


def _side(database: Database, names: Names) -> Side:
    passwords = {role.name: role.password for role in database.roles.values()}
    embedded = database.server.embedded
    return Side(embedded, database.server.major, database.name, {**passwords, names.attacker: "mallory"})


def test_an_application_role_beside_a_gate_and_a_first_copy_gains_and_loses_nothing(field: Field) -> None:
    steps = tuple(phase for phase in phases("") if phase.name in _SLICE)[: len(_SLICE)]
    report = Journey(field, "three", sessions=1).travel(steps)
    assert report.wrong == [], report.runs
    assert report.acknowledged > 10
    assert report.attacks > 5


@pytest.mark.soak
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("pair", [((15, 17), True), ((17, 18), False)], ids=["15-17-superuser", "17-18-migrator"])
def test_an_attacker_beside_a_whole_migration_gains_and_loses_nothing(
    kind: Kind, pair: tuple[tuple[int, int], bool]
) -> None:
    report = play(kind, pair, "soak")
    assert report.wrong == []
    assert report.attacks > 50


def test_a_right_that_somebody_gained_is_found(field: Field) -> None:
    before = {side: read_rights(field, side) for side in SIDES}
    assert gains(field, before, before) == []
    attacker = field.names.attacker
    field.query("blue", f"ALTER ROLE {attacker} CREATEDB; GRANT {field.names.migrator} TO {attacker}")
    field.query("green", f"GRANT CREATE ON SCHEMA ledger TO {attacker}; ALTER TABLE ledger.notes OWNER TO {attacker}")
    found = "\n".join(gains(field, before, {side: read_rights(field, side) for side in SIDES}))
    for gained in ("createdb", "is a member of", "has CREATE on schema ledger", "ledger.notes has become"):
        assert gained in found


def test_planted_code_that_a_mightier_role_ran_is_seen_whatever_became_of_its_transaction(field: Field) -> None:
    sightings = Sightings(field)
    field.query("green", planted(field.names, "ledger.trap()", "text", "'sprung'"))
    assert sightings.mighty() == []
    with closing(field.connect("green", field.names.superuser)) as opened, opened.cursor() as cursor:
        cursor.execute("BEGIN; SELECT ledger.trap(); ROLLBACK")
    [seen] = sightings.mighty()
    assert (seen.side, seen.current) == ("green", field.names.superuser)


def test_a_row_that_is_lost_or_doubled_or_passed_a_fence_is_found(field: Field) -> None:
    ledger = Ledger()
    kept, lost, twice = (Claim("ledger.notes", token) for token in ("kept", "lost", "twice"))
    ledger.acknowledge(*(Written(claim, "blue", time.time(), "a test") for claim in (kept, lost, twice)))
    field.query("blue", "INSERT INTO ledger.notes (token) VALUES ('kept'), ('twice'), ('twice')")
    wrong = ledger.hold_against(field, "blue", time.time())
    assert [("lost" in one, "twice" in one) for one in wrong] == [(True, False), (False, True)]
    attacker = Attacker(field, ledger, "a test")
    attacker.fence("green")
    attacker._attack(field.connect("green", field.names.attacker), "green", 0, _WRITE, stays=False)
    assert "passed the fence of green" in attacker.wrong[0]


def test_what_went_past_a_fence_by_its_authors_own_hand_is_told_from_what_the_product_let_by(field: Field) -> None:
    fences = Fences(field)
    fences._moments["blue"] = {(10.0, True), (20.0, False)}
    made = Claim("ledger.notes", "a row")
    assert fences.passed_by_hand(Written(made, "blue", 15.0, "a test", tampered_since=11.0))
    for at, since in ((15.0, 9.0), (25.0, 11.0), (15.0, None)):
        assert not fences.passed_by_hand(Written(made, "blue", at, "a test", tampered_since=since))


def test_a_module_that_takes_longer_than_its_limit_hangs(field: Field) -> None:
    journey = Journey(field, "a test")
    report = journey.travel((Phase(GATE.name, GATE.module, 0.1, GATE.parameters),))
    assert "hangs" in report.wrong[0]
