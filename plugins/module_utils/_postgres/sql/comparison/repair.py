# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewriting single rows as replication would.

The driver fills in {table}, for the compared column number n its name {cn}, and for the key's column number n the types
{bn} and {tn} and the schema {on}, as for the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...._domain.comparison.pairs import Comparison
from ...._domain.sides import Side
from ..values import as_output

# As under replication, neither the application's triggers nor the gate fire, and foreign keys are not checked.
BEGIN = "BEGIN READ WRITE"
AS_REPLICATION = "SET LOCAL session_replication_role = replica"
# What a message shows of the statements that give our role these rights.
GRANT_PARAMETER = "GRANT SET ON PARAMETER session_replication_role"
GRANT_ORIGINS = (
    "GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text), pg_replication_origin_drop(text), "
    "pg_replication_origin_oid(text), pg_replication_origin_session_setup, pg_replication_origin_session_reset()"
)
LOCK_TIMEOUT = "SET LOCAL lock_timeout = %(ms)s"
# Apply workers wait until we have committed; readers do not.
LOCK_TABLE = "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"

SAVEPOINT = "SAVEPOINT bluegreen_rows"
ROLLBACK_TO_SAVEPOINT = "ROLLBACK TO SAVEPOINT bluegreen_rows"
# Every column that can be written, also those that only this side has.
COLUMNS = """
SELECT a.attname::text AS name
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
"""


class RepairStatements:
    """The statements that write one table's rows on one side; each finds a row by its key.

    A child table may have a row with the same key: it is a row of another table.
    """

    def __init__(self, comparison: Comparison, side: Side) -> None:
        self._relation = f"{'ONLY ' if side in comparison.scanned_alone else ''}{{table}} AS t"
        self._numbers = {column.name: number for number, column in enumerate(comparison.columns)}
        self._key = [self._numbers[column.name] for column in comparison.key]

    def read(self, columns: Sequence[str]) -> str:
        """The values of these columns as text; arguments: k0, k1, …"""
        values = ", ".join(as_output(value) for value in self._of(columns))
        return f"SELECT ARRAY[{values}]::pg_catalog.text[] AS row FROM {self._relation} WHERE {self._found}"

    def insert(self, columns: Sequence[str]) -> str:
        """A new row; arguments: v0, v1, … in the order of ``columns``."""
        names = ", ".join(f"{{c{self._numbers[name]}}}" for name in columns)
        values = ", ".join(f"%(v{number})s" for number in range(len(columns)))
        return f"INSERT INTO {{table}} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values}) RETURNING true AS done"

    def update(self, columns: Sequence[str]) -> str:
        """These columns of a row; arguments: v0, v1, … and k0, k1, …"""
        assigned = ", ".join(f"{{c{self._numbers[name]}}} = %(v{number})s" for number, name in enumerate(columns))
        return f"UPDATE {self._relation} SET {assigned} WHERE {self._found} RETURNING true AS done"

    @property
    def delete(self) -> str:
        """A row; arguments: k0, k1, …"""
        return f"DELETE FROM {self._relation} WHERE {self._found} RETURNING true AS done"

    @property
    def take_out(self) -> str:
        """Delete a row and return it; arguments: k0, k1, …"""
        return f"DELETE FROM {self._relation} WHERE {self._found} RETURNING (t.*)::pg_catalog.text AS done"

    @staticmethod
    def put_back(columns: Sequence[str], changed: Sequence[str]) -> str:
        """A row that was taken out, with other values in the columns ``changed``.

        :param columns: every column that can be written; {a0}, {a1}, … in their order
        :param changed: arguments v0, v1, … in their order; ``row``: what :attr:`take_out` returned
        """
        names = ", ".join(f"{{a{number}}}" for number in range(len(columns)))
        values = ", ".join(
            f"%(v{changed.index(name)})s" if name in changed else f"(old.t).{{a{number}}}"
            for number, name in enumerate(columns)
        )
        return (
            f"INSERT INTO {{table}} ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
            " FROM (SELECT CAST(%(row)s AS {table}) AS t) AS old RETURNING true AS done"
        )

    def _of(self, columns: Sequence[str]) -> list[str]:
        return [f"t.{{c{self._numbers[name]}}}" for name in columns]

    @property
    def _found(self) -> str:
        return " AND ".join(
            f"CAST(t.{{c{number}}} AS {{b{n}}}) OPERATOR({{o{n}}}.=) CAST(%(k{n})s AS {{t{n}}})"
            f' AND pg_catalog.concat(t.{{c{number}}}) COLLATE pg_catalog."C" = %(k{n})s'
            for n, number in enumerate(self._key)
        )
