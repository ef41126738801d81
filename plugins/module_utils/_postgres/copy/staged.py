# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies through a staging table, for tables whose expressions call other roles' code, which must not run as our
role."""

from __future__ import annotations

from ..as_owner import run_as_owner
from ..code_of_others import read_code
from ..driver import Verbatim
from ..session import Session
from ..sql.copy import staged as sql
from .first_copy import Item

STAGE = sql.STAGE


def calls_code_of_others(writer: Session, item: Item) -> bool:
    """Tell whether COPY would run other roles' code as our role; its lock on the table prevents new expressions."""
    return any(one.runs_on_insert_of(item.columns) for one in read_code(writer, item.table))


def make_stage(writer: Session, item: Item) -> None:
    """Create an empty table with the item's columns; it is dropped at the end of the open transaction."""
    writer.run(Verbatim(writer.value(sql.MAKE, _values(item))))


def pour_stage(writer: Session, item: Item) -> int:
    """Insert all rows of the stage into the item's table, as its owner, and return their number."""
    statement = str(writer.value(sql.POUR, _values(item)))
    [answer] = run_as_owner(writer, item.table, [statement])
    return int(answer["rows"])


def _values(item: Item) -> dict[str, object]:
    return {"schema": item.table.schema, "table": item.table.name, "columns": list(item.columns)}
