# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lanes of a migration as they should be according to both catalogs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..._domain.lanes.assignment import Assignment
from ..._domain.lanes.link import LaneFacts, LaneSpec, lane_specs, outside_of, require_publishable
from ..._domain.names import link_name, link_prefix
from ..._domain.relations import TableName, parse_table_name
from ..._domain.sides import Direction, Side
from ..catalog import read_tables
from ..schema.version import tables_of_versions
from ..session import Session
from ..sides import Sides
from ..sql.lanes import link as sql
from .link import like, read_lane


@dataclass(frozen=True)
class Lanes:
    """How many lanes a new link gets, and the user's choice for tables; an existing link keeps its lanes.

    ``number`` is ``None`` for readers, which take the lanes as they are.
    """

    number: int | None = None
    of_tables: Mapping[str, int] = field(default_factory=dict)


AS_THEY_ARE = Lanes()


def read_specs(
    sides: Sides, direction: Direction, excluded: Iterable[str], publishable: bool = False, lanes: Lanes = AS_THEY_ARE
) -> list[LaneSpec]:
    """Return the lanes of ``direction`` as they should be.

    Version tables describe one side, and never flow.

    :param excluded: names of tables, ``schema.table``, quoted as in SQL where they need it
    :param publishable: refuse tables that could not flow
    :raises MigrationError: BG301, BG302 when they are refused
    """
    publisher = read_tables(sides.session(direction.publisher))
    subscriber = read_tables(sides.session(direction.subscriber))
    versions = (name for side in Side for name in tables_of_versions(sides.session(side)))
    names = [*(parse_table_name(name) for name in excluded), *versions]
    if publishable:
        require_publishable(direction, publisher, subscriber, names)
    assignment = _read_assignment(sides, direction, lanes)
    return lane_specs(sides.migration, direction, publisher, subscriber, names, assignment)


def _read_assignment(sides: Sides, direction: Direction, lanes: Lanes) -> Assignment:
    """Return the existing assignment: this direction's lanes, and the other direction's, which the way back follows."""
    own = _read_standing(sides, direction)
    other = _read_standing(sides, Direction.into(direction.publisher))
    count = max(own.numbers | other.numbers, default=1)
    if lanes.number is not None and not (own.flows or other.flows):
        count = lanes.number
    return Assignment(
        lanes=tuple(range(1, count + 1)),
        standing={**other.lane_of, **own.lane_of},
        wanted={parse_table_name(name): lane for name, lane in lanes.of_tables.items()},
        weights=_read_weights(sides.session(direction.publisher)) if count > 1 else {},
    )


@dataclass(frozen=True)
class _Standing:
    """One direction's lanes: the lane of each published table, every lane of which a part exists, and whether any can
    carry rows."""

    lane_of: dict[TableName, int]
    numbers: set[int]
    flows: bool


def _read_standing(sides: Sides, direction: Direction) -> _Standing:
    publisher, subscriber = sides.session(direction.publisher), sides.session(direction.subscriber)
    prefix = f"{link_prefix(sides.migration)}{direction}_"
    pattern = {"pattern": f"{like(prefix)}%"}
    tables = publisher.rows(sql.LANES_OF_TABLES, pattern)
    published = publisher.rows(sql.PUBLISHED_LANES, pattern)
    live = [*publisher.rows(sql.SLOTS_OF_LANES, pattern), *subscriber.rows(sql.SUBSCRIBED_LANES, pattern)]
    names = {row["lane"] for row in [*published, *live] if row["lane"][len(prefix) :].isdigit()}
    number_of = {name: int(name[len(prefix) :]) for name in names}
    return _Standing(
        {TableName(row["schema"], row["name"]): number_of[row["lane"]] for row in tables if row["lane"] in names},
        set(number_of.values()),
        any(row["lane"] in names for row in live),
    )


def read_outside(sides: Sides, direction: Direction, excluded: Iterable[str]) -> tuple[str, ...]:
    """Describe the tables that an existing link of ``direction`` does not carry; none without a link."""
    standing = _read_standing(sides, direction)
    if not standing.flows:
        return ()
    publisher, subscriber = sides.session(direction.publisher), sides.session(direction.subscriber)
    versions = (name for side in Side for name in tables_of_versions(sides.session(side)))
    left_out = [*(parse_table_name(name) for name in excluded), *versions]
    return outside_of(direction, read_tables(publisher), read_tables(subscriber), left_out, standing.lane_of)


def read_lanes_that_stand(sides: Sides, direction: Direction) -> list[LaneFacts]:
    """Return every lane of ``direction`` of which any part exists, whatever it should carry."""
    publisher, subscriber = sides.session(direction.publisher), sides.session(direction.subscriber)
    numbers = sorted(_read_standing(sides, direction).numbers)
    return [read_lane(publisher, subscriber, link_name(sides.migration, direction, number)) for number in numbers]


def _read_weights(publisher: Session) -> dict[TableName, int]:
    return {TableName(row["schema"], row["name"]): int(row["writes"]) for row in publisher.rows(sql.WRITES)}


def read_lanes(sides: Sides, direction: Direction, excluded: Iterable[str]) -> list[tuple[LaneSpec, LaneFacts]]:
    """Return the lanes of ``direction`` as they should be and as they are."""
    publisher, subscriber = sides.session(direction.publisher), sides.session(direction.subscriber)
    return [(spec, read_lane(publisher, subscriber, spec.name)) for spec in read_specs(sides, direction, excluded)]
