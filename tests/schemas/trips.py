# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a schema on its journey: one that was drawn from a seed, or any other."""

from __future__ import annotations

from functools import partial
from random import Random

import psycopg2

from tests.fixtures.databases import Database, DatabaseFactory, run_statement
from tests.fixtures.modules import ModuleRunner
from tests.schemas.anywhere import give_rights, writes_anywhere
from tests.schemas.application import HARMLESS
from tests.schemas.draw import draw_schema
from tests.schemas.drawn import Drawn
from tests.schemas.journey import FIRST_WITH_ROLE_FOR_SUBSCRIPTIONS, Journey, Refused, travel
from tests.schemas.planting import drift, plant_on_green
from tests.schemas.words import for_roles, quoted

_SHOWN = 600
_SECURED = "SELECT EXISTS (SELECT FROM pg_class WHERE relrowsecurity AND oid >= 16384)"
# Findings that their own text lets one accept, and those that REPLICA IDENTITY FULL answers.
_ACCEPTABLE = ("BG151", "BG152", "BG153", "BG238", "BG239", "BG240")
_WITHOUT_IDENTITY = ("BG145",)


def new_journey(
    pair: tuple[int, int], database: DatabaseFactory, run_module: ModuleRunner, *, superuser: bool
) -> Journey:
    """Give two empty databases."""
    labels = ("blue", "green") if pair[0] == pair[1] else ("", "")
    blue, green = (database(major, label) for major, label in zip(pair, labels, strict=True))
    return Journey(blue, green, run_module, "superuser" if superuser else "migrator")


def take_drawn(seed: str, pair: tuple[int, int], database: DatabaseFactory, run_module: ModuleRunner) -> Journey:
    """Take the schema of that seed through a migration, or see it refused by name."""
    chance, drawn = Random(f"{seed}/journey"), draw_schema(seed, pair[0])
    superuser = min(pair) < FIRST_WITH_ROLE_FOR_SUBSCRIPTIONS or chance.random() < 0.3
    journey = new_journey(pair, database, run_module, superuser=superuser)
    print(f"seed {seed}, {pair[0]} to {pair[1]}, as {journey.role}")
    _load(journey.blue, drawn, chance)
    _admit(journey)
    try:
        copy = chance.choice(("snapshot", "native"))
        travel(journey, partial(drawn.writes, chance), copy, partial(plant_on_green, chance=chance), drift)
    except Refused as refused:
        for each in refused.findings:
            print(f"refused by name: {each['line']}")
            assert each["objects"], each
            assert each["fix"], each
            journey.refused.append(each["code"])
    _tell(journey)
    return journey


def take_anything(journey: Journey, seed: str) -> None:
    """Take a schema that nobody drew through a migration, after what `prepare` says to do first."""
    give_rights(journey.blue)
    _admit(journey)
    _follow(journey)
    chance = Random(seed)
    writes = partial(writes_anywhere, journey.blue, chance)
    travel(journey, writes, "snapshot", partial(plant_on_green, chance=chance), drift)
    _tell(journey)
    assert journey.written > 10


def _follow(journey: Journey) -> None:
    """Do what the findings say; what still blocks is a Refused of the journey."""
    try:
        journey.prepare()
    except Refused as refused:
        for each in refused.findings:
            if each["code"] in _WITHOUT_IDENTITY:
                for name in each["objects"]:
                    journey.blue.query(f"ALTER TABLE {name} REPLICA IDENTITY FULL")
            elif each["code"] in _ACCEPTABLE:
                journey.accepted.append({"code": each["code"], "reason": "a test knows it"})


def _admit(journey: Journey) -> None:
    """Give the migration's role what docs/privileges.md says that row-level security takes."""
    if journey.role == "migrator" and journey.blue.query(_SECURED) == [(True,)]:
        for side in (journey.blue, journey.green):
            side.query(f"ALTER ROLE {quoted(side.roles['migrator'].name)} BYPASSRLS")


def _tell(journey: Journey) -> None:
    print(f"{journey.written} writes, planted: {', '.join(journey.planted)}")
    print(*(f"{name} {spent:.1f} s" for name, spent in journey.seconds.items()), sep=", ")
    assert not journey.wrong, "\n".join(each[:_SHOWN] for each in journey.wrong)


def _load(side: Database, drawn: Drawn, chance: Random) -> None:
    """Make the schema as its owner and fill it; rows that its own constraints refuse are left out."""
    opened = side.connect("owner")
    for statement in drawn.statements:
        try:
            run_statement(opened, for_roles(statement, side))
        except psycopg2.Error as error:
            raise AssertionError(f"{statement}: {error}") from error
    for statement in drawn.rows(chance, 8):
        try:
            run_statement(opened, statement)
        except psycopg2.Error as error:
            if not (error.pgcode or "").startswith(HARMLESS):
                raise AssertionError(f"{statement}: {error}") from error
    opened.close()
