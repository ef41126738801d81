# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's buffers: what lies there, and reading it into another's."""

from __future__ import annotations

from ..._domain.errors import DatabaseError
from ..._domain.plans.cache import SLICES, Held, Range, Relation
from ..session import Session
from ..sql.plans import cache as sql
from .statements import read_schema_of

LOOKS, READS = "pg_buffercache", "pg_prewarm"


def read_held(session: Session) -> tuple[Held, ...] | str:
    """Return what lies in this side's buffers, or why that is not known."""
    schema = read_schema_of(session, LOOKS)
    if schema is None:
        return f"{session.side} has no extension {LOOKS}"
    try:
        rows = session.rows(sql.HELD, {"slices": SLICES}, view=(schema, LOOKS))
    except DatabaseError as error:
        if error.code != "BG008":
            raise
        return f"our role may not read {LOOKS} on {session.side} (GRANT pg_monitor allows it)"
    return tuple(Held(relation=_relation(row), **row) for row in rows)


def read_pages(session: Session) -> dict[Relation, int]:
    """Return how many blocks each relation has on this side."""
    return {_relation(row): row["pages"] for row in session.rows(sql.PAGES, {})}


def read_buffers(session: Session) -> tuple[int, int]:
    """Return how many buffers this side has, and the bytes of each."""
    row = session.row(sql.BUFFERS)
    if row is None:
        raise LookupError("the server does not know shared_buffers")
    return row["buffers"], row["block_size"]


def warm(session: Session, schema: str, one: Range) -> int:
    """Read these blocks, and return how many they were.

    :param schema: of pg_prewarm
    """
    place = {"schema": one.relation.schema, "name": one.relation.name, "toast": one.relation.toast}
    values = {**place, "first": one.first, "last": one.last}
    return int(session.value(sql.READ, values, function=(schema, READS)) or 0)


def _relation(row: dict[str, object]) -> Relation:
    return Relation(str(row.pop("schema")), str(row.pop("name")), bool(row.pop("toast")))
