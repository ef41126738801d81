# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Indexes that an apply worker may look for rows by, where the table has no key for that (from 16 on)."""

from __future__ import annotations

from ..catalog import IS_USERS

# The server takes the first that fits, by oid, and does not ask whether it is valid. A NOT NULL that was not validated
# (18) lets NULLs stay.
SEARCH_INDEXES = f"""
SELECT n.nspname AS schema, c.relname AS table, x.relname AS name, m.amname AS method, a.attname AS column,
       NOT a.attnotnull OR EXISTS (SELECT FROM pg_catalog.pg_constraint k
                                   WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated
                                   AND a.attnum = ANY (k.conkey)) AS nullable,
       i.indisvalid AND i.indisready AS valid
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam AND m.amname IN ('btree', 'hash')
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND c.relkind = 'r'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE i.indpred IS NULL AND i.indislive AND {IS_USERS}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_index k
                  WHERE k.indrelid = c.oid AND k.indimmediate AND k.indisvalid
                  AND (k.indisprimary OR k.indisreplident AND c.relreplident = 'i'))
ORDER BY 1, 2, i.indexrelid
"""
