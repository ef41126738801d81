# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random schemas, a zoo of every kind and schemas of others through whole migrations."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg2
import pytest

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.schemas.conftest import END, WHOLE_WAY
from tests.schemas.corpus import CORPUS
from tests.schemas.every_kind import zoo
from tests.schemas.journey import FIRST_WITH_ROLE_FOR_SUBSCRIPTIONS
from tests.schemas.trips import new_journey, take_anything, take_drawn
from tests.schemas.words import for_roles

_SEED = os.environ.get("BLUEGREEN_SCHEMAS_SEED", "1")
_NUMBER = int(os.environ.get("BLUEGREEN_SCHEMAS_SEEDS", "20"))


def _pairs(text: str) -> list[tuple[int, int]]:
    return [(int(blue), int(green)) for blue, green in (pair.split("-") for pair in text.split(","))]


def _spelled(pair: tuple[int, int]) -> str:
    return f"{pair[0]}-{pair[1]}"


@pytest.mark.soak
@pytest.mark.parametrize("pair", _pairs(os.environ.get("BLUEGREEN_SCHEMAS_PAIR", "17-18,14-17")), ids=_spelled)
@pytest.mark.parametrize("number", range(_NUMBER))
def test_a_random_schema_goes_there_and_back(
    number: int,
    pair: tuple[int, int],
    database: DatabaseFactory,
    run_module: ModuleRunner,
    record_property: Callable[[str, object], None],
) -> None:
    journey = take_drawn(f"{_SEED}/{number}", pair, database, run_module)
    record_property(END, " ".join(journey.refused) or WHOLE_WAY)


@pytest.mark.soak
@pytest.mark.parametrize("pair", [(14, 17), (17, 18)], ids=_spelled)
@pytest.mark.parametrize("name", sorted(CORPUS))
def test_a_schema_of_others_goes_there_and_back(
    name: str, pair: tuple[int, int], database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    journey = new_journey(pair, database, run_module, superuser=min(pair) < FIRST_WITH_ROLE_FOR_SUBSCRIPTIONS)
    CORPUS[name](journey.blue)
    take_anything(journey, f"{name}/{_spelled(pair)}")


@pytest.mark.soak
@pytest.mark.parametrize(
    ("pair", "superuser"),
    [((14, 17), True), ((15, 16), True), ((16, 18), False), ((17, 18), False), ((17, 18), True), ((18, 18), False)],
)
def test_a_zoo_of_every_kind_goes_there_and_back(
    pair: tuple[int, int], superuser: bool, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    journey = new_journey(pair, database, run_module, superuser=superuser)
    for major in range(14, pair[0] + 1):
        try:
            journey.blue.query(for_roles(zoo(major), journey.blue), role="owner")
        except psycopg2.Error as error:
            raise AssertionError(f"{major}.sql: {error}") from error
    take_anything(journey, f"zoo/{_spelled(pair)}")
