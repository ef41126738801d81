# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the values of sequences, and advancing them."""

from __future__ import annotations

import json

from .._domain.errors import MigrationError
from .._domain.relations import TableName
from .._domain.sequences import Sequence
from .session import Session
from .sql import sequences as sql


def plan_reading(session: Session) -> None:
    """Let the server plan the query of :func:`read_sequences`."""
    session.plan(sql.SEQUENCES)


def read_sequences(session: Session) -> list[Sequence]:
    """Return the value of every sequence.

    :raises MigrationError: BG008 when one may not be read: unknown is not "never used"
    """
    rows = session.rows(sql.SEQUENCES, {})
    hidden = [str(TableName(row["schema"], row["name"])) for row in rows if not row["visible"]]
    if hidden:
        raise MigrationError(
            "BG008",
            f"Sequences on {session.side} may not be read: {', '.join(hidden[:5])}",
            "No sequence was changed",
            "Grant SELECT on them, or membership in their owner (docs/privileges.md)",
        )
    return [
        Sequence(
            TableName(row["schema"], row["name"]),
            row["last"],
            row["increment"],
            row["minimum"],
            row["maximum"],
            row["cycles"],
        )
        for row in rows
    ]


def advance_sequences(session: Session, targets: list[tuple[TableName, int]]) -> int:
    """Set sequences in one statement, never backwards, and return how many there were."""
    columns = {
        "schemas": [name.schema for name, _value in targets],
        "names": [name.name for name, _value in targets],
        "values": [value for _name, value in targets],
    }
    arguments = {name: json.dumps(column, ensure_ascii=False) for name, column in columns.items()}
    return int(session.value(sql.ADVANCE, arguments))
