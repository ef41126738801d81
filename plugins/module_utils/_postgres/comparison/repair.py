# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites single rows of one side from the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..._domain.comparison.pairs import Comparison
from ..._domain.comparison.repair import Repair
from ..._domain.comparison.verdict import EXTRA, MISSING
from ..as_owner import run_as_owner
from ..session import Session
from ..sql.comparison import repair as sql
from .rows import column_names, key_types

_LOCK_MILLISECONDS = 3000


@contextmanager
def not_sent_back(session: Session, name: str) -> Iterator[None]:
    """Give the session's writes an origin of that name, so that none of our links sends them back.

    Does nothing where no slot could send them.
    """
    if not session.value(sql.HAS_SLOTS):
        yield
        return
    with session.transaction(sql.BEGIN):
        session.run(sql.CREATE_ORIGIN, {"name": name})
    session.run(sql.USE_ORIGIN, {"name": name})
    try:
        yield
    finally:
        if not session.closed:
            session.run(sql.LEAVE_ORIGIN)
            with session.transaction(sql.BEGIN):
                session.run(sql.DROP_ORIGIN, {"name": name})


def rehearse(session: Session, name: str) -> None:
    """Check that our role may write as replication does, under an origin of that name; nothing is left behind.

    :raises DatabaseError: BG008 when it may not
    """
    session.run(sql.BEGIN)
    try:
        session.run(sql.AS_REPLICATION)
        if session.value(sql.HAS_SLOTS):
            session.run(sql.CREATE_ORIGIN, {"name": name})
    finally:
        if not session.closed:
            session.rollback()


@contextmanager
def table_held_still(session: Session, comparison: Comparison) -> Iterator[None]:
    """Write in one transaction, during which nobody else, not even replication, writes to the table."""
    with session.transaction(sql.BEGIN):
        session.run(sql.AS_REPLICATION)
        session.run(sql.LOCK_TIMEOUT, {"ms": _LOCK_MILLISECONDS})
        session.run(sql.LOCK_TABLE, **column_names(session.side, comparison))
        yield


class RowWriter:
    """Rewrites rows of one table."""

    def __init__(self, source: Session, target: Session, comparison: Comparison) -> None:
        self._source = source
        self._target = target
        self._comparison = comparison
        self._statements = sql.RepairStatements(comparison)
        self._names = {
            session.side: {**column_names(session.side, comparison), **key_types(session, comparison)}
            for session in (source, target)
        }

    def write(self, repairs: Sequence[Repair]) -> list[bool]:
        """Make the target's rows equal to the source's; tell for each whether there was one to write.

        They are written as the table's owner, because the functions that its constraints and indexes call run.
        """
        statements = [self._statement(repair) for repair in repairs]
        table = self._comparison.table_on(self._target.side)
        answers = iter(run_as_owner(self._target, table, [one for one in statements if one is not None]))
        return [one is not None and bool(next(answers)["done"]) for one in statements]

    def _statement(self, repair: Repair) -> str | None:
        key = _arguments("k", repair.key)
        names = self._names[self._target.side]
        if repair.kind == EXTRA:
            return self._target.text_of(self._statements.delete, key, **names)
        values = self._read(repair.columns, key)
        if values is None:
            return None
        if repair.kind == MISSING:
            return self._target.text_of(self._statements.insert(repair.columns), _arguments("v", values), **names)
        return self._target.text_of(
            self._statements.update(repair.columns), {**_arguments("v", values), **key}, **names
        )

    def _read(self, columns: Sequence[str], key: Mapping[str, Any]) -> list[str | None] | None:
        row = self._source.row(self._statements.read(columns), key, **self._names[self._source.side])
        return None if row is None else list(row["row"])

    def as_text(self, repair: Repair) -> str:
        """Return the statement for a person to read, with the key but without other values."""
        names = self._names[self._target.side]
        key = _arguments("k", tuple(repair.key_shown.values()))
        values = _arguments("v", [f"<{column} of {self._source.side}>" for column in repair.columns])
        if repair.kind == EXTRA:
            statement = self._statements.delete
        else:
            make = self._statements.insert if repair.kind == MISSING else self._statements.update
            statement = make(repair.columns)
        return " ".join(self._target.text_of(statement, {**values, **key}, **names).split())


def _arguments(name: str, values: Sequence[str | None]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}
