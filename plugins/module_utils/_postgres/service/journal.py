# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing one side's journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.service.journal import Entry
from ..._domain.sides import Side
from ..ours import making
from ..session import Session
from ..sql.service import journal as sql


def has_journal(session: Session) -> bool:
    """Tell whether our schema with its journal exists."""
    return bool(session.value(sql.HAS_JOURNAL))


@contextmanager
def a_new_journal(session: Session) -> Iterator[None]:
    """Create our schema, the journal and the table of approvals, where they are missing, in one transaction with what
    the block writes: no kill leaves a journal without a row, which belongs to no migration."""
    with making(session):
        session.run(sql.CREATE_JOURNAL)
        session.run(sql.CREATE_JOURNAL_KEY)
        session.run(sql.CREATE_WORDS)
        session.run(sql.CREATE_PAIR)
        yield


def create_journal(session: Session) -> None:
    """Create our schema, the journal and the table of approvals, where they are missing."""
    with a_new_journal(session):
        pass


def drop_journal(session: Session) -> None:
    """Drop the journal, which has already been exported, and the records of the schema copy and of comparisons."""
    session.run(sql.DROP_JOURNAL)


def forget(session: Session, migration: str) -> None:
    """Remove what is recorded of one migration from a journal in which others are recorded as well."""
    with session.transaction():
        session.run(sql.FORGET, {"migration": migration})


def read_known(session: Session) -> set[str]:
    """Return the migrations that this side's journal knows, also those that ended long ago."""
    return {row["migration"] for row in session.rows(sql.KNOWN)} if has_journal(session) else set()


def drop_schema(session: Session) -> None:
    """Drop our schema with all that is in it."""
    session.run(sql.DROP_SCHEMA)


def read_journal(session: Session, migration: str) -> list[Entry]:
    """Return this side's entries of ``migration``, oldest first; none where there is no journal."""
    if not has_journal(session):
        return []
    return entries_of(session.rows(sql.READ, {"migration": migration}), session.side)


def read_openings(session: Session) -> list[Entry]:
    """Return this side's openings of every migration, oldest first; none where there is no journal."""
    return entries_of(session.rows(sql.OPENINGS), session.side) if has_journal(session) else []


def hold_journal(session: Session) -> None:
    """Block writes to this side's journal, if there is one, until the open transaction ends."""
    if has_journal(session):
        session.run(sql.HOLD)


def require_own_journal(session: Session, written_as: Iterable[str]) -> None:
    """Refuse a side whose journal was written as the other side: the inventory has the two swapped.

    :param written_as: the sides that its rows of this migration name
    :raises MigrationError: BG703
    """
    if str(session.side.other) in written_as:
        raise MigrationError(
            "BG703",
            f"Blue and green are exchanged: the journal at {session.endpoint.address}, which is given as "
            f"{session.side}, was written as {session.side.other}",
            "Nothing was changed",
            "Exchange bluegreen_blue and bluegreen_green; for a new migration in the other direction, set another "
            "bluegreen_migration",
        )


def note_pair(session: Session, migration: str, pair: Mapping[str, str]) -> None:
    """Record on this side which two databases the migration's name belongs to.

    :param pair: ``blue_system``, ``blue_name``, and the same of green
    """
    session.run(sql.WRITE_PAIR, {"migration": migration, **pair})


def require_same_pair(
    session: Session, migration: str, pair: Mapping[str, str], known: Mapping[str, str] | None
) -> None:
    """Refuse a name that a migration of other databases uses on this side, in links and journals.

    :param known: the pair that is noted there under this name
    :raises MigrationError: BG704
    """
    if known is None or known == pair:
        return
    other = "green" if session.side is Side.BLUE else "blue"
    raise MigrationError(
        "BG704",
        f"The name {migration} is used twice: on {session.side} it belongs to a migration whose {other} is the "
        f"database {known[f'{other}_name']} of system {known[f'{other}_system']}, not {pair[f'{other}_name']} of "
        f"system {pair[f'{other}_system']}",
        "Nothing was changed",
        "Set another bluegreen_migration for this pair; where the other was given up, run rollback with its inventory",
    )


def require_unclaimed(session: Session, migration: str, other: str | None) -> None:
    """Refuse a pair whose gate was installed under another name: somebody renamed the host in the inventory.

    :param other: the migration that this side says the pair belongs to
    :raises MigrationError: BG744
    """
    if other is not None:
        raise MigrationError(
            "BG744",
            f"These two databases belong to the migration {other}, as {session.side} says, and not to {migration}",
            "Nothing was changed, and that migration goes on",
            f"Set bluegreen_migration to {other}; where it was given up, run rollback under that name first",
        )


def write_entry(
    session: Session,
    migration: str,
    epoch: int,
    event: str,
    target: Side | None = None,
    details: dict[str, Any] | None = None,
) -> str:
    """Append a row in the session's open transaction, and return its LSN."""
    return str(
        session.value(
            sql.WRITE,
            {
                "migration": migration,
                "side": str(session.side),
                "epoch": epoch,
                "event": event,
                "target": str(target) if target else None,
                "details": session.as_json(details or {}),
            },
        )
    )


def entries_of(rows: Iterable[Mapping[str, Any]], side: Side) -> list[Entry]:
    """Return the journal's rows, read on ``side``, as entries."""
    return [_entry(row, side) for row in rows]


def _entry(row: Mapping[str, Any], side: Side) -> Entry:
    known = {key: value for key, value in row.items() if key != "written_as"}
    return Entry(**{**known, "side": side, "target": Side(row["target"]) if row["target"] else None})
