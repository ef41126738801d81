# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that the ledger finds faults: one row is deleted and one doubled, and both are undone at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from demo.ledger import SUFFIX, LedgerError, ledger_files
from demo.ledger_check import Verdict, hold_against

_DELETE_A_ROW = """
DELETE FROM public.orders WHERE id = (SELECT min(id) FROM public.orders WHERE operation_id LIKE ANY (%(writers)s))
"""
_DOUBLE_A_ROW = """
INSERT INTO public.orders (user_id, product_id, operation_id, revision)
SELECT user_id, product_id, operation_id, revision FROM public.orders
WHERE id = (SELECT min(id) FROM public.orders WHERE operation_id LIKE ANY (%(writers)s))
"""


def delete_a_row(connection: Any, folder: Path) -> None:
    """Delete one order of the ledger. Raises LedgerError when there is none."""
    _do_to_one_row(connection, folder, _DELETE_A_ROW)


def double_a_row(connection: Any, folder: Path) -> None:
    """Place one order of the ledger a second time. Raises LedgerError when there is none."""
    _do_to_one_row(connection, folder, _DOUBLE_A_ROW)


def self_test(connection: Any, folder: Path) -> Mapping[str, bool]:
    """Say for each self-test whether the ledger turned red for the right reason; nothing remains in the database.

    The connection must be allowed to change orders. Raises LedgerError.
    """
    deleted = _verdict_after(delete_a_row, connection, folder)
    doubled = _verdict_after(double_a_row, connection, folder)
    return {"a row deleted by hand": deleted.missing == 1, "a row doubled by hand": doubled.doubled > 0}


def _verdict_after(change: Callable[[Any, Path], None], connection: Any, folder: Path) -> Verdict:
    try:
        change(connection, folder)
        return hold_against(connection, folder)
    finally:
        connection.rollback()


def _do_to_one_row(connection: Any, folder: Path, statement: str) -> None:
    writers = [f"{path.name.removesuffix(SUFFIX)}-%" for path in ledger_files(folder)]
    with connection.cursor() as cursor:
        cursor.execute(statement, {"writers": writers})
        if cursor.rowcount != 1:
            raise LedgerError("The database holds no order that the ledger knows of.")
