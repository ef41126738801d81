# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate on one side: installing it without long waits for writers, closing and opening it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.relations import TableName
from ..._domain.service.gate import GateFacts
from ..failures import LOCKED
from ..ours import making
from ..session import Session
from ..sql.service import gate as sql
from ..sql.service import marker

LOCK_TIMEOUT_MS = 100
LOCK_TRIES = 100


def gate_facts(session: Session, facts: Mapping[str, Any], wide_open: bool) -> GateFacts:
    """Return the state of the gate on the session's side, after reading the trigger of each relation.

    :param facts: what has just been read about the gate itself
    """
    tables = session.rows(sql.TABLES, {})
    return GateFacts(
        **facts,
        wide_open=wide_open,
        gated=_names(row for row in tables if row["needed"] and row["gated"]),
        ungated=_names(row for row in tables if row["needed"] and not row["gated"] and row["reached"]),
        out_of_reach=_names(row for row in tables if row["needed"] and not row["gated"] and not row["reached"]),
        worn=_names(row for row in tables if row["worn"]),
    )


def _names(rows: Iterable[Mapping[str, Any]]) -> tuple[TableName, ...]:
    return tuple(TableName(row["schema"], row["name"]) for row in rows)


def is_fenced(session: Session) -> bool:
    """Tell whether this side refuses application writes; includes changes of the open transaction."""
    return bool(session.value(sql.FENCED))


def create_gate(session: Session) -> None:
    """Create the gate, its function, and the table for its proof; no table of the user's is touched."""
    with making(session):
        session.run(sql.CREATE_GATE)
        session.run(sql.CREATE_PASS_GATE)
        create_trigger(session, sql.PROOF)


def create_trigger(session: Session, table: tuple[str, str]) -> None:
    """Put the trigger on a table of ours."""
    session.run(sql.DROP_TRIGGER, None, table=table)
    session.run(sql.CREATE_TRIGGER, None, table=table)


def exempt_own_role(session: Session) -> None:
    """Let our own role's connections, the apply worker's included, write whatever the signpost says."""
    session.run(sql.EXEMPT_ROLE, None, **_who_and_where(session))


def unexempt_own_role(session: Session) -> None:
    """Take back :func:`exempt_own_role`."""
    session.run(sql.UNEXEMPT_ROLE, None, **_who_and_where(session))


def add_trigger(session: Session, table: TableName, pause: Callable[[float], None]) -> None:
    """Put the trigger on one table, replacing any other trigger with its name.

    It waits only briefly for the lock and retries, so no writer waits long.

    :param pause: sleeps that many seconds between two attempts
    :raises MigrationError: BG702 when the table was locked all the time
    """

    def put_up() -> None:
        how = session.row(sql.HOW_TO_GATE, {"schema": table.schema, "name": table.name})
        if how is not None:
            _put_up(session, table, how)

    _patiently(session, put_up, table, pause)


def _put_up(session: Session, table: TableName, how: Mapping[str, Any]) -> None:
    if how["worn"]:
        session.run(sql.DROP_TRIGGER, None, table=table.parts)
    create = sql.CREATE_TRIGGER if how["truncates"] else sql.CREATE_TRIGGER_WITHOUT_TRUNCATE
    session.run(create, None, table=table.parts)


def gate_new_tables(session: Session) -> None:
    """Put the trigger on tables that the open transaction has created, and on other tables without it."""
    for row in session.rows(sql.UNGATED, {}):
        if row["reached"]:
            _put_up(session, TableName(row["schema"], row["name"]), row)


def drop_trigger(session: Session, table: TableName, pause: Callable[[float], None]) -> None:
    """Drop the trigger from one table, with short waits as in :func:`add_trigger`."""
    _patiently(session, lambda: session.run(sql.DROP_TRIGGER, None, table=table.parts), table, pause)


def drop_gate(session: Session) -> None:
    """Drop gate, fence, function and the probe's table, which wears the gate; other triggers must be gone already."""
    session.run(marker.DROP_PROBE)
    session.run(sql.DROP_GATE)


def close_gate(session: Session, database: str | None = None) -> None:
    """Close the gate inside the open transaction: writers wait from here on, and are refused after its commit.

    :param database: the session's, if already known; clients wait meanwhile
    """
    session.run(f"{sql.LOCK_GATE}; {sql.CLOSE}", None, database=database or database_of(session))


def open_gate(session: Session, database: str | None = None) -> None:
    """Open the gate, inside the open transaction; ``database`` as with :func:`close_gate`."""
    session.run(sql.OPEN, None, database=database or database_of(session))


def widen_gate(session: Session) -> None:
    """Let writers pass without calling the gate's function; until then it checks each of them. Never under a fence."""
    session.run(sql.WIDEN)


def rehearse(session: Session, database: str, write_journal: Callable[[], None], *, closing: bool) -> None:
    """Close or open the gate in a transaction that is rolled back, and try a write in it.

    Nobody waits and nobody sees it, because it does not take the gate's lock. It shows what would fail before anybody
    is held, and it warms up the session, which needs much longer the first time because it has to read the catalog.
    """
    session.run("BEGIN")
    try:
        session.run(sql.CLOSE if closing else sql.OPEN, None, database=database)
        write_is_refused(session)
        write_journal()
    finally:
        session.rollback()
    widen_gate(session)


def database_of(session: Session) -> str:
    """Return the name of the database that the session is connected to."""
    return _who_and_where(session)["database"]


def try_write(session: Session) -> bool:
    """Try a write to a table of ours that has the gate, and tell whether it passed; it changes nothing.

    :raises DatabaseError: when it failed for any other reason than the fence
    """
    return _passes(session, sql.TRY_WRITE)


def _passes(session: Session, write: str) -> bool:
    try:
        session.run(write)
    except DatabaseError as error:
        if error.sqlstate == "25006":
            return False
        raise
    return True


def write_is_refused(session: Session) -> bool:
    """Tell whether a write is refused inside the open transaction, which stays usable."""
    passed = _passes(session, sql.TRY_WRITE_FROM_SAVEPOINT)
    session.run(sql.TO_SAVEPOINT)
    return not passed


def _who_and_where(session: Session) -> dict[str, str]:
    row = session.row(sql.WHO_AND_WHERE)
    if row is None:
        raise LookupError("the server did not say who we are")
    return row


def _patiently(session: Session, work: Callable[[], None], table: TableName, pause: Callable[[float], None]) -> None:
    for _attempt in range(LOCK_TRIES - 1):
        try:
            _briefly(session, work)
            return
        except DatabaseError as error:
            if error.sqlstate != LOCKED:
                raise
        pause(LOCK_TIMEOUT_MS / 1000)
    try:
        with session.impatient(LOCK_TIMEOUT_MS / 1000):
            _briefly(session, work)
    except DatabaseError as error:
        if error.sqlstate != LOCKED:
            raise
        raise MigrationError(
            "BG702",
            f"{table} on {session.side} was locked in each of {LOCK_TRIES} tries of {LOCK_TIMEOUT_MS} ms; the last "
            f"one: {error.what}",
            "The tables before it have their trigger; applications are not held",
            error.todo,
        ) from None


def _briefly(session: Session, work: Callable[[], None]) -> None:
    with session.transaction():
        session.run(sql.SET_LOCK_TIMEOUT, {"ms": LOCK_TIMEOUT_MS})
        work()
