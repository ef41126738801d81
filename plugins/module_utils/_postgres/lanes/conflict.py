# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the row that stops a lane, once the lane's worker has stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.lanes.pgoutput import RowChange, row_changes
from ..._domain.relations import TableName
from ..._domain.sides import Direction
from ..session import Session
from ..sides import Sides
from ..sql.lanes import conflict as sql
from ..sql.values import as_output

_CHANGES = 2000
_SECONDS = 3.0


@dataclass(frozen=True)
class Conflict:
    """An incoming row, and the unique index on the subscriber in which its value already exists."""

    kind: str
    table: TableName
    index: str
    key: dict[str, str | None]
    commit_lsn: str

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "kind": self.kind,
            "table": str(self.table),
            "index": self.index,
            "key": self.key,
            "commit_lsn": self.commit_lsn,
        }

    def __str__(self) -> str:
        key = ", ".join(f"{name} = {value}" for name, value in self.key.items())
        return f"{self.kind} of a row with {key} in {self.table}, where the index {self.index} has one already"


def find_conflict(sides: Sides, direction: Direction, slot: str) -> Conflict | None:
    """Return the first row behind the slot that conflicts with one on the subscriber, ``None`` when none is found.

    It reads what the slot would send next without consuming it. A row that exists with the same values is no conflict:
    it has arrived, and the slot does not know yet. Never raises: it is called when something has failed already.
    """
    deadline = Deadline(_SECONDS, "Looking for a conflict")
    sessions: list[Session] = []
    try:
        for side in (direction.publisher, direction.subscriber):
            sessions.append(sides.connect(side, "diagnosis", deadline))
            sessions[-1].run(sql.TIME_LIMIT)
            sessions[-1].run(sql.SAME_OUTPUT)
        return _first_conflict(sessions[0], sessions[1], slot)
    except MigrationError:
        # No slot is free for the copy, the changes are too many, or a server is away: then nothing is proven.
        return None
    finally:
        for session in sessions:
            session.close()


def _first_conflict(publisher: Session, subscriber: Session, slot: str) -> Conflict | None:
    if not Capability.COPIED_SLOTS.of(publisher.major):
        return None
    copy = f"bluegreen_diagnosis_{publisher.backend_pid}"
    publisher.run(sql.COPY_SLOT, {"slot": slot, "copy": copy})
    arguments = {"slot": copy, "publication": slot, "changes": _CHANGES}
    changes = list(row_changes(bytes(row["data"]) for row in publisher.rows(sql.PEEK, arguments)))
    keys: dict[TableName, list[dict[str, Any]]] = {}
    for number, change in enumerate(changes):
        if change.table not in keys:
            names = {"schema": change.table.schema, "name": change.table.name}
            keys[change.table] = subscriber.rows(sql.UNIQUE_KEYS, names)
        for key in keys[change.table]:
            found = _in_its_place(subscriber, change, key)
            if found is None or not _is_another(change, found):
                continue
            if not _belongs_to(changes, number, found):
                values = {name: change.values[name] for name in key["columns"]}
                return Conflict(change.kind, change.table, key["index"], values, change.commit_lsn)
    return None


def _in_its_place(subscriber: Session, change: RowChange, key: dict[str, Any]) -> dict[str, Any] | None:
    """Return the subscriber's row that has this key already."""
    wanted = {name: change.values.get(name) for name in key["columns"]}
    if any(value is None for value in wanted.values()):
        return None
    conditions = " AND ".join(f"t.{{k{number}}} = %(k{number})s" for number in range(len(wanted)))
    names: dict[str, Any] = {f"k{number}": name for number, name in enumerate(wanted)}
    arguments = {f"k{number}": value for number, value in enumerate(wanted.values())}
    known = list(change.values)
    texts = ", ".join(f"{as_output(f't.{{c{n}}}')} AS v{n}" for n in range(len(known)))
    names.update({f"c{number}": name for number, name in enumerate(known)})
    statement = sql.find(texts, key["alone"], conditions)
    there = subscriber.row(statement, arguments, table=change.table.parts, **names)
    return None if there is None else {name: there[f"v{number}"] for number, name in enumerate(known)}


def _is_another(change: RowChange, found: dict[str, Any]) -> bool:
    if change.kind == "update":
        # The row that it updates may be the one with this value.
        return change.leaves is not None and not change.takes(found)
    return found != change.values


def _belongs_to(changes: list[RowChange], number: int, found: dict[str, Any]) -> bool:
    """Tell whether the row has come with one of these changes already, or makes way for this one by an earlier one."""
    same = [(place, one) for place, one in enumerate(changes) if one.table == changes[number].table]
    return any(one.brings(found) or (place < number and one.takes(found)) for place, one in same)
