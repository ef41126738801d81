# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing the progress of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._domain.comparison.basis import Basis
from ..._domain.comparison.report import Verdict
from ..ours import making
from ..schema.identity import keep_identities, prepare_to_keep
from ..session import Session
from ..sql.comparison import state as sql


@dataclass(frozen=True)
class SavedRun:
    """An earlier, unfinished run: its parameters, when it began, and its age in seconds."""

    request: dict[str, Any]
    basis: dict[str, Any]
    started: str
    age: float


def create_state(session: Session) -> None:
    """Create our schema and the tables of a comparison's state, where they are missing."""
    if not session.value(sql.EXISTS):
        with making(session):
            session.run(sql.CREATE_RUN)
            session.run(sql.CREATE_TABLES)
            session.run(sql.CREATE_VERDICT)
    prepare_to_keep(session)


def read_run(session: Session, migration: str) -> SavedRun | None:
    """Return that migration's unfinished run, if any."""
    row = session.row(sql.READ_RUN, {"migration": migration})
    return SavedRun(**row) if row else None


def read_table_states(session: Session, migration: str) -> dict[str, dict[str, Any]]:
    """Return the saved state of each table, by name."""
    return {row["name"]: row["state"] for row in session.rows(sql.READ_TABLES, {"migration": migration})}


def begin_run(session: Session, migration: str, request: Mapping[str, Any], basis: Basis) -> str:
    """Forget an earlier run, begin a new one, and return its start time."""
    arguments = {
        "migration": migration,
        "request": session.as_json(request),
        "basis": session.as_json(basis.as_state()),
    }
    with session.transaction():
        session.run(sql.FORGET, {"migration": migration})
        return str(session.value(sql.BEGIN_RUN, arguments))


def read_now(session: Session) -> str:
    """Return the server's time."""
    return str(session.value(sql.NOW))


@dataclass(frozen=True)
class Standing:
    """How far a run is: bytes compared of all, seconds left (``None``: unknown), and what slows it down."""

    compared: int
    total: int
    seconds_left: float | None
    held_back_by: str = ""


def save(session: Session, migration: str, standing: Standing, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Save the run's progress, and the states of these tables."""
    with session.transaction():
        session.run(
            sql.SAVE_RUN,
            {
                "migration": migration,
                "compared": standing.compared,
                "total": standing.total,
                "seconds_left": standing.seconds_left,
                "held_back_by": standing.held_back_by,
            },
        )
        if tables:
            rows = [{"name": name, "state": state} for name, state in tables.items()]
            session.run(sql.SAVE_TABLES, {"migration": migration, "tables": session.as_json(rows)})


def forget_run(session: Session, migration: str) -> None:
    """Forget the run: it is complete."""
    session.run(sql.FORGET, {"migration": migration})


def save_verdict(
    session: Session, migration: str, clean: bool, started: str, equal: Iterable[str], basis: Basis
) -> None:
    """Save how a comparison ended, for go/no-go; it proves the tables of its basis that it found equal."""
    names = sorted(equal)
    arguments = {"migration": migration, "clean": clean, "started": started, "tables": names}
    with session.transaction():
        session.run(sql.COMMIT_DURABLY)
        session.run(sql.SAVE_VERDICT, {**arguments, "missed": session.as_json(dict(basis.missed))})
        keep_identities(session, migration, basis.of_tables(set(names)))


def read_verdict(session: Session, migration: str) -> Verdict | None:
    """Return how the last comparison ended, ``None`` where none has."""
    if not session.value(sql.HAS_VERDICT):
        return None
    row = session.row(sql.READ_VERDICT, {"migration": migration})
    return Verdict(row["clean"], row["age"], frozenset(row["tables"]), row["missed"]) if row else None
