# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites single rows of one side from the other's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.comparison.buckets import Key
from ..._domain.comparison.pairs import ComparedColumn, Comparison
from ..._domain.comparison.repair import CHANGED_MEANWHILE, Repair, in_order, is_about_a_row, refusal_of_a_row
from ..._domain.comparison.verdict import EXTRA, MISSING
from ..._domain.relations import TableName
from ..as_owner import run_as_owner
from ..origin import try_origin
from ..session import DatabaseError, Session
from ..sql.comparison import repair as sql
from .rows import column_names, key_types

_LOCK_MILLISECONDS = 3000
_NOT_ALLOWED = "42501"
Row = tuple[Repair, Sequence["str | None"]]


def rehearse(session: Session, name: str | None) -> None:
    """Check that our role may write as replication does, under an origin of that name if any; nothing is left behind.

    :raises DatabaseError: BG008 with what to grant when it may not
    """
    session.run(sql.BEGIN)
    try:
        session.run(sql.AS_REPLICATION)
        if name is not None:
            try_origin(session, name)
    except DatabaseError as error:
        raise _not_allowed(session, error) from None
    finally:
        session.rollback()


def _not_allowed(session: Session, error: DatabaseError) -> DatabaseError:
    if error.sqlstate != _NOT_ALLOWED:
        return error
    grantable = Capability.PARAMETER_PRIVILEGES.of(session.major)
    parameter = f"{sql.GRANT_PARAMETER} to our role" if grantable else "make our role a superuser"
    return DatabaseError(
        error.code,
        f"A repair writes as replication does. {error.what}",
        error.stands,
        f"On {session.side}: {parameter}, and {sql.GRANT_ORIGINS} to our role, for the "
        "time of the repair (docs/privileges.md, verify with repair); then run the same command again",
        error.sqlstate,
    )


@contextmanager
def held_still(session: Session, tables: Iterable[TableName]) -> Iterator[None]:
    """Write in one transaction, during which nobody else, not even replication, writes to these tables."""
    with session.transaction(sql.BEGIN):
        session.run(sql.AS_REPLICATION)
        session.run(sql.LOCK_TIMEOUT, {"ms": _LOCK_MILLISECONDS})
        for table in tables:
            session.run(sql.LOCK_TABLE, table=table.parts)
        yield


class RowWriter:
    """Rewrites rows of one table, in an open transaction in which nobody else writes to it."""

    def __init__(self, source: Session, target: Session, comparison: Comparison) -> None:
        self._source = source
        self._target = target
        self._comparison = comparison
        self._table = comparison.table_on(target.side)
        self._statements = sql.RepairStatements(comparison, target.side)
        self._names = {
            session.side: {**column_names(session.side, comparison), **key_types(session, comparison)}
            for session in (source, target)
        }

    def write(self, repairs: Sequence[Repair]) -> dict[Key, str]:
        """Make the target's rows equal to the source's; return why not for those that were not written.

        Extra rows go first, since a missing one may have their unique values. Rows that have exchanged theirs are taken
        out and put back. They are written as the table's owner, because the functions that its constraints and indexes
        call run; in such an operation PostgreSQL defers no constraint.
        """
        values = {one.key: () if one.kind == EXTRA else self._read(one) for one in repairs}
        unwritten = {key: CHANGED_MEANWHILE for key, found in values.items() if found is None}
        rows = [(one, found) for one in in_order(repairs) if (found := values[one.key]) is not None]
        self._target.run(sql.SAVEPOINT)
        try:
            answers = run_as_owner(self._target, self._table, [self._statement(*row) for row in rows])
        except DatabaseError as error:
            if not is_about_a_row(error.sqlstate):
                raise
            self._target.run(sql.ROLLBACK_TO_SAVEPOINT)
            return {**unwritten, **self._write_anew(rows)}
        missed = {one.key: CHANGED_MEANWHILE for (one, _values), row in zip(rows, answers) if not row["done"]}
        return {**unwritten, **missed}

    def _write_anew(self, rows: list[Row]) -> dict[Key, str]:
        """Take out every row that is to go or to change, then put in what shall be there; without those refused."""
        unwritten: dict[Key, str] = {}
        while rows:
            self._target.run(sql.SAVEPOINT)
            refused = self._try_anew(rows)
            if not refused:
                break
            self._target.run(sql.ROLLBACK_TO_SAVEPOINT)
            unwritten.update(refused)
            rows = [row for row in rows if row[0].key not in refused]
        return unwritten

    def _try_anew(self, rows: list[Row]) -> dict[Key, str]:
        old = [one for one, _values in rows if one.kind != MISSING]
        taken = self._one_by_one([self._text(self._statements.take_out, _arguments("k", one.key)) for one in old])
        was = {one.key: answer.get("done") for one, answer in zip(old, taken)}
        refused = _refusals(zip(old, taken))
        new = [row for row in rows if row[0].kind != EXTRA and row[0].key not in refused]
        put = self._one_by_one([self._put(one, values, was.get(one.key)) for one, values in new])
        return {**refused, **_refusals(zip((one for one, _values in new), put))}

    def _one_by_one(self, statements: Sequence[str]) -> list[dict[str, Any]]:
        return run_as_owner(self._target, self._table, statements, alone=True) if statements else []

    def _put(self, repair: Repair, values: Sequence[str | None], was: str | None) -> str:
        if was is None:
            return self._statement(repair, values)
        columns = self._columns()
        changed = [self._comparison.column_on(self._target.side, self._column(name)) for name in repair.columns]
        names = {f"a{number}": name for number, name in enumerate(columns)}
        statement = self._statements.put_back(columns, changed)
        return self._text(statement, {**_arguments("v", values), "row": was}, **names)

    def _columns(self) -> list[str]:
        where = {"schema": self._table.schema, "table": self._table.name}
        return [row["name"] for row in self._target.rows(sql.COLUMNS, where)]

    def _column(self, name: str) -> ComparedColumn:
        return next(one for one in self._comparison.columns if one.name == name)

    def _statement(self, repair: Repair, values: Sequence[str | None]) -> str:
        key, told = _arguments("k", repair.key), _arguments("v", values)
        if repair.kind == EXTRA:
            return self._text(self._statements.delete, key)
        if repair.kind == MISSING:
            return self._text(self._statements.insert(repair.columns), told)
        return self._text(self._statements.update(repair.columns), {**told, **key})

    def _text(self, statement: str, arguments: Mapping[str, Any], **names: Any) -> str:
        return self._target.text_of(statement, arguments, **self._names[self._target.side], **names)

    def _read(self, repair: Repair) -> Sequence[str | None] | None:
        statement = sql.RepairStatements(self._comparison, self._source.side).read(repair.columns)
        key = _arguments("k", repair.key)
        row = self._source.row(statement, key, **self._names[self._source.side])
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


def _refusals(answers: Iterable[tuple[Repair, Mapping[str, Any]]]) -> dict[Key, str]:
    return {
        repair.key: refusal_of_a_row(answer["refused"], answer["why"]) if answer.get("refused") else CHANGED_MEANWHILE
        for repair, answer in answers
        if not answer.get("done")
    }


def _arguments(name: str, values: Sequence[str | None]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}
