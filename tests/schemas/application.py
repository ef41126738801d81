# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application that writes statements of any kind; only what is their own fault may refuse them."""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import connection

from tests.fixtures.databases import Database, run_statement

# What a statement that was drawn at random may violate; all else is a fault of the migration.
HARMLESS = ("22", "23", "42501", "428C9", "42804", "44000", "54000", "55000", "55006", "P0001", "0A000")
_BROKEN = ("replica identity", "cannot update table", "cannot delete from table")


def write(side: Database, transactions: list[list[str]]) -> tuple[int, list[str]]:
    """Run them, each statement by itself within its transaction; return how many were done, and what went wrong."""
    done, wrong = 0, []
    opened = side.connect("app", autocommit=False)
    try:
        for statements in transactions:
            for statement in statements:
                said = _try(opened, statement)
                done += said is None
                wrong += [said] if said else []
            try:
                opened.commit()
            except psycopg2.Error as error:
                if not _is_its_own_fault(error):
                    wrong.append(f"a commit failed: {error.pgcode} {error}")
    finally:
        opened.close()
    return done, wrong


def _try(opened: connection, statement: str) -> str | None:
    """Return None for done, an empty text for a fault of its own, and otherwise what went wrong."""
    run_statement(opened, "SAVEPOINT one")
    try:
        run_statement(opened, statement)
    except psycopg2.Error as error:
        run_statement(opened, "ROLLBACK TO SAVEPOINT one")
        own = _is_its_own_fault(error)
        return "" if own else f"a write failed: {error.pgcode} {str(error).strip()} in {statement[:300]}"
    return None


def _is_its_own_fault(error: psycopg2.Error) -> bool:
    said = str(error).lower()
    return (error.pgcode or "").startswith(HARMLESS) and not any(word in said for word in _BROKEN)
