# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What go/no-go depends on, read from one server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..._domain.go_no_go.decision import AheadOfSlot, Transaction
from ..._domain.relations import TableName
from ..._domain.sequences import Successor
from ..session import Session
from ..sql.go_no_go import readiness as sql


@dataclass(frozen=True)
class LastLook:
    """What may have changed in the last second. ``shape`` changes with every table, column or key."""

    ungated: tuple[TableName, ...]
    large_objects: bool
    prepared: tuple[str, ...]
    shape: str


@dataclass(frozen=True)
class QuickLook:
    """Equal as long as nothing has changed: ``gates`` differs as soon as another session could write past the gate,
    ``forms`` as soon as a table has another definition. ``standbys``: a physical standby streams from this side."""

    large_objects: bool
    prepared: tuple[str, ...]
    gates: str
    forms: str
    standbys: bool


@dataclass(frozen=True)
class InTheWay:
    """Prepared transactions by name, physical slots that no standby streams from, and whether large objects exist.

    The standby that such a slot is kept for misses what is written now.
    """

    prepared: tuple[str, ...]
    absent_standbys: tuple[str, ...]
    large_objects: bool


def plan_looks(session: Session) -> None:
    """Let the server plan the checks, which takes half of their time, and remember the current state for
    :func:`read_quick_look`."""
    session.run(sql.REMEMBER_NOW, {})
    session.plan(sql.LAST_LOOK, sql.QUICK_LOOK, sql.GATES_MARK)


def read_quick_look(session: Session) -> QuickLook:
    """Return the quick check, comparable with others of the same session since :func:`plan_looks`."""
    row = session.row(sql.QUICK_LOOK, {})
    if row is None:
        raise LookupError("a query without FROM returned no row")
    return QuickLook(row["large_objects"], tuple(row["prepared"] or ()), row["gates"], row["forms"], row["standbys"])


def read_gates_mark(session: Session) -> str:
    """Return :attr:`QuickLook.gates` alone; it is the same in every session."""
    return str(session.value(sql.GATES_MARK, {}))


def read_last_look(session: Session) -> LastLook:
    """Return the thorough check, by one query."""
    row = session.row(sql.LAST_LOOK, {})
    if row is None:
        raise LookupError("a query without FROM returned no row")
    ungated = tuple(TableName(*parts) for parts in row["ungated"] or ())
    return LastLook(ungated, row["large_objects"], tuple(row["prepared"] or ()), row["shape"])


def read_shape_in_words(session: Session) -> dict[str, str]:
    """Return each table, column and constraint with its definition."""
    return {row["part"]: row["form"] for row in session.rows(sql.PARTS, {})}


def read_successors(session: Session, left_out: Iterable[TableName]) -> list[Successor]:
    """Return the sequences of the new side, without those that belong to ``left_out``."""
    return [
        Successor(
            TableName(row["schema"], row["name"]), row["increment"], row["minimum"], row["maximum"], row["settable"]
        )
        for row in _sequences(session, left_out)
    ]


def read_sequences_that_matter(session: Session, left_out: Iterable[TableName]) -> set[TableName]:
    """Return the names of this side's sequences, without those that belong to ``left_out``."""
    return {TableName(row["schema"], row["name"]) for row in _sequences(session, left_out)}


def _sequences(session: Session, left_out: Iterable[TableName]) -> list[dict[str, Any]]:
    names = set(left_out)
    rows = session.rows(sql.SEQUENCES, {})
    return [row for row in rows if row["owned_by"] is None or TableName(*row["owned_by"]) not in names]


def read_confirmed(session: Session, slots: Iterable[str]) -> tuple[int, int] | None:
    """Return the bytes confirmed and written, summed over these slots; ``None`` where that is unknown."""
    row = session.row(sql.CONFIRMED, {"names": list(slots)})
    return None if row is None or row["confirmed"] is None else (row["confirmed"], row["written"])


def read_transactions(session: Session) -> tuple[Transaction, ...]:
    """Return the open transactions of this database except those of this process."""
    return tuple(Transaction(**row) for row in session.rows(sql.TRANSACTIONS, {"own": session.own_pids()}))


def read_ahead_of_slot(session: Session) -> AheadOfSlot:
    """Return what a new slot on this server would wait for, in all of its databases."""
    transactions = tuple(Transaction(**row) for row in session.rows(sql.AHEAD_OF_A_SLOT, {"own": session.own_pids()}))
    return AheadOfSlot(transactions, tuple(row["gid"] for row in session.rows(sql.PREPARED_ANYWHERE)))


def read_in_the_way(session: Session) -> InTheWay:
    """Return what of this side may stand against a switch, beside transactions and sequences."""
    row = session.row(sql.IN_THE_WAY)
    if row is None:
        raise LookupError("a query without FROM returned no row")
    return InTheWay(tuple(row["prepared"] or ()), tuple(row["absent_standbys"] or ()), row["large_objects"])
