# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both catalogs say of links and tables, read once, and the lanes that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..names import link_name, link_prefix
from ..relations import Table, TableName, parse_table_name, quoted
from ..sides import Direction, Side
from .assignment import Assignment
from .link import LaneFacts, LaneSpec, failing_writes, lane_specs, outside_of, require_publishable
from .source import doubted


@dataclass(frozen=True)
class Lanes:
    """How many lanes a new link gets, and the user's choice for tables; an existing link keeps its lanes.

    ``number`` is ``None`` for readers, which take the lanes as they are.
    """

    number: int | None = None
    of_tables: Mapping[str, int] = field(default_factory=dict)


AS_THEY_ARE = Lanes()
NOTHING = LaneFacts(attached=False)


def joined(publisher: LaneFacts, subscriber: LaneFacts) -> LaneFacts:
    """Return a lane with what its publisher has of it and what its subscriber has of it."""
    return replace(
        publisher,
        subscription=subscriber.subscription,
        enabled=subscriber.enabled,
        working=subscriber.working,
        worker=subscriber.worker,
        states=subscriber.states,
        attached=subscriber.attached,
        errors=subscriber.errors,
        conflicts=subscriber.conflicts,
        options=subscriber.options,
        source=subscriber.source,
    )


@dataclass(frozen=True)
class Links:
    """Both links as they stand. ``parts``: what each side has of each lane, by the lane's name."""

    migration: str
    parts: Mapping[Side, Mapping[str, LaneFacts]]

    def facts(self, direction: Direction, lane: int) -> LaneFacts:
        """Return one lane as it is."""
        name = link_name(self.migration, direction, lane)
        publisher, subscriber = (self.parts[side] for side in (direction.publisher, direction.subscriber))
        return joined(publisher.get(name, NOTHING), subscriber.get(name, NOTHING))

    def numbers(self, direction: Direction) -> list[int]:
        """Return the numbers of the lanes of which any part exists."""
        prefix = f"{link_prefix(self.migration)}{direction}_"
        names = {name for parts in self.parts.values() for name in parts if name.startswith(prefix)}
        lanes = sorted(int(name[len(prefix) :]) for name in names)
        return [lane for lane in lanes if _stands(self.facts(direction, lane))]

    def doubted(self, timelines: Mapping[Side, int | None]) -> dict[str, int]:
        """Return the lanes of which a failover may have lost rows that they had brought.

        Each has both sides' timelines in its key: what was compared on these counts, and nothing else.
        """
        here = ".".join(str(timelines.get(side)) for side in Side)
        return {
            f"{link_name(self.migration, direction, lane)}/{here}": 1
            for direction in Direction
            for lane in self.numbers(direction)
            if doubted(
                self.facts(direction, lane).source,
                timelines.get(direction.publisher),
                timelines.get(direction.subscriber),
            )
        }

    def that_stand(self, direction: Direction) -> list[LaneFacts]:
        """Return every lane of ``direction`` of which any part exists, whatever it should carry."""
        return [self.facts(direction, lane) for lane in self.numbers(direction)]

    def lane_of(self, direction: Direction) -> dict[TableName, int]:
        """Return the lane of each table that is published."""
        lanes = ((lane, self.facts(direction, lane)) for lane in self.numbers(direction))
        return {one.table: lane for lane, facts in lanes for one in facts.published or ()}

    def flows(self, direction: Direction) -> bool:
        """Tell whether any lane of ``direction`` has what can carry rows."""
        return any(facts.slot or facts.subscription for facts in self.that_stand(direction))

    @property
    def most_lanes(self) -> int:
        """Return the highest number of a lane, in either direction."""
        return max((lane for direction in Direction for lane in self.numbers(direction)), default=1)


def _stands(facts: LaneFacts) -> bool:
    return facts.published is not None or facts.slot or facts.subscription


@dataclass(frozen=True)
class Catalogs:
    """Links and tables of both sides, and their servers' major versions.

    ``versions``: version tables of either side, which describe one side and never flow.
    ``writes``: rows written so far, by side and table; nothing where there is one lane.
    """

    links: Links
    tables: Mapping[Side, tuple[Table, ...]]
    majors: Mapping[Side, int]
    versions: tuple[TableName, ...] = ()
    writes: Mapping[Side, Mapping[TableName, int]] = field(default_factory=dict)

    def left_out(self, excluded: Iterable[str]) -> list[TableName]:
        """Return the tables that no link carries.

        :param excluded: names of tables, ``schema.table``, quoted as in SQL where they need it
        """
        return [*(parse_table_name(name) for name in excluded), *self.versions]

    def specs(self, direction: Direction, excluded: Iterable[str], lanes: Lanes = AS_THEY_ARE) -> list[LaneSpec]:
        """Return the lanes of ``direction`` as they should be."""
        publisher, subscriber = self._both(direction)
        names, assignment = self.left_out(excluded), self._assignment(direction, lanes)
        return lane_specs(self.links.migration, direction, publisher, subscriber, names, assignment)

    def lanes(
        self, direction: Direction, excluded: Iterable[str], lanes: Lanes = AS_THEY_ARE
    ) -> list[tuple[LaneSpec, LaneFacts]]:
        """Return the lanes of ``direction`` as they should be and as they are."""
        specs = self.specs(direction, excluded, lanes)
        return [(spec, self.links.facts(direction, spec.lane)) for spec in specs]

    def too_many(self, direction: Direction, lanes: Lanes) -> tuple[str, ...]:
        """Return the publications of lanes that the link does not get; nothing has flowed through them."""
        wanted = self._assignment(direction, lanes).lanes
        surplus = set(self.links.numbers(direction)) - set(wanted)
        return tuple(link_name(self.links.migration, direction, lane) for lane in sorted(surplus))

    def require_publishable(self, direction: Direction, excluded: Iterable[str]) -> None:
        """Refuse tables that could not flow.

        :raises MigrationError: BG245, BG301, BG302
        """
        left_out, major = self.left_out(excluded), self.majors[direction.publisher]
        require_publishable(direction, *self._both(direction), left_out, major, self.links.lane_of(direction))

    def failing(self) -> dict[Side, tuple[str, ...]]:
        """Describe, for each side, its published tables whose UPDATE and DELETE fail."""
        found = {}
        for direction in Direction:
            tables = {one.name: one for one in self.tables[direction.publisher]}
            lanes = self.links.that_stand(direction)
            published = [one for lane in lanes for one in lane.published or () if one.table in tables]
            lists = [(tables[one.table], one.columns) for one in published]
            failing = failing_writes(lists, self.majors[direction.publisher])
            if failing:
                found[direction.publisher] = tuple(f"{name} {why}" for name, why in sorted(failing.items()))
        return found

    def outside(self, direction: Direction, excluded: Iterable[str]) -> tuple[str, ...]:
        """Describe the tables that an existing link of ``direction`` does not carry; none without a link."""
        if not self.links.flows(direction):
            return ()
        flowing = self.links.lane_of(direction)
        return outside_of(direction, *self._both(direction), self.left_out(excluded), flowing)

    def unlike(self, direction: Direction, excluded: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Compare what a link of ``direction`` sends with the columns that both sides have.

        Return those that it sends and the other side lacks, so that it stops at the next row, and those that it leaves
        out and the other side has, so that their values stay behind.
        """
        unknown, unsent = [], []
        known = {one.name: one for one in self.tables[direction.publisher]}
        for spec, facts in self.lanes(direction, excluded):
            wanted = {one.table: one.columns for one in spec.tables}
            for one in facts.published or ():
                if one.table in wanted and one.table in known:
                    every = known[one.table].replicated_columns
                    sent, right = one.columns or every, wanted[one.table] or every
                    unknown += [f"{one.table}.{quoted(name)}" for name in sent if name not in right]
                    unsent += [f"{one.table}.{quoted(name)}" for name in right if name not in sent]
        return tuple(sorted(unknown)), tuple(sorted(unsent))

    def _both(self, direction: Direction) -> tuple[tuple[Table, ...], tuple[Table, ...]]:
        return self.tables[direction.publisher], self.tables[direction.subscriber]

    def _assignment(self, direction: Direction, lanes: Lanes) -> Assignment:
        """Return what stands: this direction's lanes, and those of the other one, which the way back follows."""
        other = Direction.into(direction.publisher)
        count = self.links.most_lanes
        if lanes.number is not None and not any(self.links.flows(one) for one in Direction):
            count = lanes.number
        return Assignment(
            lanes=tuple(range(1, count + 1)),
            standing={**self.links.lane_of(other), **self.links.lane_of(direction)},
            wanted={parse_table_name(name): lane for name, lane in lanes.of_tables.items()},
            weights=self.writes.get(direction.publisher, {}),
        )
