# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: how a lane should be, how it is, and whether it carries every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..capabilities import Capability
from ..errors import MigrationError
from ..names import SCHEMA, link_name, own_tables
from ..relations import Table, TableName
from ..schema.replica_identity import WRITES_WOULD_FAIL, WRITES_WOULD_FAIL_FIX, why_writes_fail
from ..sides import Direction, Side
from .assignment import ONE_LANE, Assignment, assigned
from .source import Lane, Source

READY = "r"
_NAMED = 5
_FAILED_OVER = "has no apply worker: since a failover it reads from a server that is not primary any more"


def wanted_options(publisher_major: int, subscriber_major: int) -> dict[str, str]:
    """Return the subscription options that both servers support.

    Not among them, by decision: ``disable_on_error`` (ADR 8) and ``binary`` (ADR 53).
    """
    if not Capability.ORIGIN.of(subscriber_major):
        return {}
    if Capability.ORIGIN.of(publisher_major):
        return {"streaming": "parallel", "origin": "none"}
    return {"streaming": "on" if Capability.STREAMED_TRANSACTIONS.of(publisher_major) else "off", "origin": "any"}


def both_at_once(publisher_major: int, subscriber_major: int) -> bool:
    """Tell whether both directions may be live at the same time."""
    return Capability.ORIGIN.of(publisher_major, subscriber_major)


def is_parked(direction: Direction, serves: Side | None, both_live: bool) -> bool:
    """Tell whether that direction's link must stay parked, because only one may be live.

    :param serves: the side in service; the link from it is the live one
    :param both_live: the result of :func:`both_at_once`
    """
    return not both_live and serves is not direction.publisher


@dataclass(frozen=True)
class Published:
    """A table in a publication; ``columns`` is its column list, ``None`` for all columns."""

    table: TableName
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LaneSpec:
    """One lane as it should be. Publication, slot and subscription share ``name``."""

    name: str
    lane: int
    direction: Direction
    tables: tuple[Published, ...]


@dataclass(frozen=True)
class LaneFacts:
    """One lane as it is.

    ``published`` is ``None`` if there is no publication; ``slot`` and ``subscription`` tell whether they exist.
    ``states``: pg_subscription_rel's letter by table. ``lag``: bytes of WAL not yet confirmed, ``None`` if unknown.
    ``working``: an apply worker runs; ``worker``: its process id. ``errors``: apply errors so far, ``None`` if the
    server does not count them (14); ``conflicts``: how often each kind of conflict occurred, ``None`` below 18.
    ``all_tables``: published without names. ``attached``: the subscription has its slot. ``position``: up to where the
    subscriber has confirmed. ``reader``: somebody reads from the slot. ``source``: what its subscription was made to
    read, ``None`` if that was not kept; ``timeline``: the publisher's present one.
    """

    published: tuple[Published, ...] | None = None
    slot: bool = False
    slot_status: str | None = None
    subscription: bool = False
    enabled: bool = False
    working: bool = False
    worker: int | None = None
    states: Mapping[TableName, str] = field(default_factory=dict)
    lag: int | None = None
    retained: int | None = None
    errors: int | None = None
    conflicts: Mapping[str, int] | None = None
    all_tables: bool = False
    attached: bool = True
    position: str | None = None
    reader: bool = False
    source: Source | None = None
    timeline: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def present(self) -> bool:
        """Tell whether all of its parts exist."""
        return self.published is not None and self.slot and self.subscription

    @property
    def _reads_elsewhere(self) -> bool:
        """Tell whether its subscription was made to read from a server that is not the publisher's primary any more."""
        return self.source is not None and self.timeline not in (None, self.source.timeline)

    @property
    def slot_lost(self) -> bool:
        """Tell whether WAL that the slot needs is gone."""
        return self.slot_status == "lost"

    @property
    def is_off(self) -> str:
        """Describe why nothing can flow until somebody changes something; nothing if it can."""
        if not self.slot:
            return "has no slot"
        if self.slot_lost:
            return "has a slot that has lost WAL it needs"
        if not self.subscription:
            return "has no subscription"
        return "" if self.enabled else "has a disabled subscription"

    def as_read(self, name: str) -> Lane:
        """Return what matters for the question of who reads from which primary."""
        usable = self.slot and not self.slot_lost
        copying = sorted(str(table) for table, state in self.states.items() if state != READY)
        return Lane(name, self.position if usable else None, self.reader, tuple(copying))

    def problems(self, spec: LaneSpec) -> list[str]:
        """Describe why rows could be missing behind this lane; nothing if it is healthy."""
        reasons = []
        if self.published is None:
            reasons.append("has no publication")
        elif set(self.published) != set(spec.tables):
            reasons.append("publishes other tables than it should")
        if not self.slot:
            reasons.append("has no slot")
        elif self.slot_status in ("unreserved", "lost"):
            reasons.append(f"its slot is {self.slot_status}: WAL it needs is gone or about to go")
        if not self.subscription:
            return [*reasons, "has no subscription"]
        return reasons + self._problems_of_subscription({one.table for one in spec.tables})

    def problems_while_parked(self, spec: LaneSpec) -> list[str]:
        """Describe what is wrong with this lane while nothing should flow through it."""
        reasons = self.lacks_while_parked(spec)
        if self.slot:
            reasons.append("has a slot, which retains WAL for nobody")
        if self.enabled:
            reasons.append("its subscription is enabled")
        return reasons

    def lacks_while_parked(self, spec: LaneSpec) -> list[str]:
        """Describe what this parked lane lacks to be ready for a switch."""
        reasons = []
        if self.published is None or set(self.published) != set(spec.tables):
            reasons.append("has no publication of all tables")
        if not self.subscription or not {one.table for one in spec.tables} <= set(self.states):
            reasons.append("has no subscription to all tables")
        return reasons

    def _problems_of_subscription(self, wanted: set[TableName]) -> list[str]:
        reasons = []
        if not self.enabled:
            reasons.append("its subscription is disabled")
        elif not self.working:
            reasons.append(_FAILED_OVER if self._reads_elsewhere else "has no apply worker")
        missing, more = wanted - set(self.states), set(self.states) - wanted
        if missing:
            reasons.append(f"does not subscribe to {_some(missing)}")
        if more:
            reasons.append(f"subscribes to {_some(more)}, which it should not publish")
        copying = {table for table, state in self.states.items() if state != READY}
        if copying:
            reasons.append(f"still copies {_some(copying)}")
        return reasons

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "present": self.present,
            "enabled": self.enabled,
            "working": self.working,
            "tables": len(self.states),
            "tables_ready": sum(state == READY for state in self.states.values()),
            "slot_status": self.slot_status,
            "lag_bytes": self.lag,
            "retained_bytes": self.retained,
            "apply_errors": self.errors,
            "conflicts": None if self.conflicts is None else dict(self.conflicts),
            "options": dict(self.options),
        }


def lane_specs(
    migration: str,
    direction: Direction,
    publisher: Iterable[Table],
    subscriber: Iterable[Table],
    excluded: Iterable[TableName],
    assignment: Assignment = ONE_LANE,
) -> list[LaneSpec]:
    """Return the lanes that carry every table which both sides have.

    Leaves are published one by one, because a TRUNCATE of a leaf is lost when its root is published instead.
    """
    pairs = [(mine, theirs) for mine, theirs in _pairs(publisher, subscriber, excluded) if theirs is not None]
    lane_of = assigned([mine for mine, _theirs in pairs], assignment)
    return [
        LaneSpec(
            link_name(migration, direction, lane),
            lane,
            direction,
            (
                *(_published(mine, theirs) for mine, theirs in pairs if lane_of[mine.name] == lane),
                *(Published(TableName(SCHEMA, name)) for name in own_tables(lane)),
            ),
        )
        for lane in assignment.lanes
    ]


def require_publishable(
    direction: Direction,
    publisher: Iterable[Table],
    subscriber: Iterable[Table],
    excluded: Iterable[TableName],
    major: int,
    published: Iterable[TableName] = (),
) -> None:
    """Refuse what could not flow.

    :param major: the publisher's
    :param published: tables that are published already
    :raises MigrationError: BG301 when the forward link would leave out a table because green lacks it,
        BG302 when a table's replica identity does not allow the column list that it needs,
        BG245 when UPDATE and DELETE of a table would fail on the publisher
    """
    pairs = _pairs(publisher, subscriber, excluded)
    missing = [mine.name for mine, theirs in pairs if theirs is None]
    if missing and direction is Direction.FORWARD:
        raise MigrationError(
            "BG301",
            f"Green lacks {_some(missing)}",
            "Nothing was changed",
            "Run the playbook setup again, or name them in bluegreen_exclude_tables",
        )
    full = [mine.name for mine, theirs in pairs if theirs and mine.identity == "f" and _published(mine, theirs).columns]
    if full:
        raise MigrationError(
            "BG302",
            f"{_some(full)}: REPLICA IDENTITY FULL, and columns that the other side lacks; a column list would stop "
            "replication in both directions",
            "Nothing was changed",
            "Give the table a primary key or a unique index as its replica identity",
        )
    found = [(mine, _published(mine, theirs).columns) for mine, theirs in pairs if theirs is not None]
    failing = failing_writes(found, major)
    if failing:
        raise writes_would_fail(direction.publisher, failing, published)


def failing_writes(tables: Iterable[tuple[Table, tuple[str, ...] | None]], major: int) -> dict[TableName, str]:
    """Return why UPDATE and DELETE fail on a server of this major, of each published table where they do.

    :param tables: each with its column list
    """
    found = ((one.name, why_writes_fail(one, sent or one.replicated_columns, major)) for one, sent in tables)
    return {name: why for name, why in found if why}


def writes_would_fail(
    side: Side,
    failing: Mapping[TableName, str],
    published: Iterable[TableName] = (),
    stands: str = "Nothing was changed",
) -> MigrationError:
    """Return the refusal to publish tables whose UPDATE and DELETE would fail.

    :param published: tables that are published already
    """
    words = [f"{name} {why}" for name, why in sorted(failing.items())]
    already = sorted(set(published) & set(failing))
    if already:
        stands += f"; {_some(already)} is published already, and fails there now"
    return MigrationError(
        WRITES_WOULD_FAIL,
        f"Published, UPDATE and DELETE would fail on {side}, for everybody: {'; '.join(words[:_NAMED])}"
        + (f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""),
        stands,
        f"{WRITES_WOULD_FAIL_FIX}; then run the same command again",
        {"tables": {str(name): why for name, why in sorted(failing.items())}},
    )


def newly_sent(before: Iterable[Published], after: Iterable[Published]) -> set[TableName]:
    """Return the tables of which columns flow from now on that were left out before: values in them stayed behind."""
    lists = {one.table: one.columns for one in before}
    left_out = ((one, lists.get(one.table)) for one in after)
    return {one.table for one, list_ in left_out if list_ is not None and not set(one.columns or "*") <= set(list_)}


def outside_of(
    direction: Direction,
    publisher: Iterable[Table],
    subscriber: Iterable[Table],
    excluded: Iterable[TableName],
    flowing: Iterable[TableName],
) -> tuple[str, ...]:
    """Describe the publisher's tables whose rows do not flow although nobody excluded them."""
    known = set(flowing)
    return tuple(
        f"{mine.name} ({direction.subscriber} lacks it)" if theirs is None else f"{mine.name} (has not joined)"
        for mine, theirs in _pairs(publisher, subscriber, excluded)
        if mine.name not in known
    )


def _pairs(
    publisher: Iterable[Table], subscriber: Iterable[Table], excluded: Iterable[TableName]
) -> list[tuple[Table, Table | None]]:
    left_out = set(excluded)
    theirs = {table.name: table for table in subscriber if table.stores_rows}
    return [(table, theirs.get(table.name)) for table in publisher if table.stores_rows and table.name not in left_out]


def _published(mine: Table, theirs: Table) -> Published:
    known = {column.name for column in theirs.columns if not column.generated}
    common = tuple(name for name in mine.replicated_columns if name in known)
    return Published(mine.name, None if common == mine.replicated_columns else common)


def _some(names: Iterable[TableName], most: int = 5) -> str:
    ordered = sorted(str(name) for name in names)
    return ", ".join(ordered[:most]) + (f" and {len(ordered) - most} more" if len(ordered) > most else "")


def tables_hold_rows(
    names: Iterable[str], side: Side, todo: str, stands: str = "Nothing was changed"
) -> MigrationError:
    """Return the refusal to copy into tables that hold rows."""
    named = list(names)
    return MigrationError(
        "BG306",
        f"{len(named)} tables of {side} already hold rows ({', '.join(named[:_NAMED])}): a copy would double them",
        stands,
        todo,
    )
