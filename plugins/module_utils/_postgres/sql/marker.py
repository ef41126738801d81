# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers: a row a lane whose arrival proves that everything before it has been applied."""

from __future__ import annotations

# Every marker is a row of its own, so that its arrival can meet no conflict, whatever older ones were left behind.
CREATE = """
CREATE TABLE IF NOT EXISTS {marker} (
    token text PRIMARY KEY,
    side text NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
)
"""
TABLES = """
SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'bluegreen' AND c.relkind = 'r' AND c.relname ~ '^marker_[0-9]+$' ORDER BY 1
"""
DROP = "DROP TABLE IF EXISTS {marker}"
EMPTY = "DELETE FROM {marker}"
WRITE = "INSERT INTO {marker} (token, side, purpose) VALUES (%(token)s, %(side)s, %(purpose)s)"
HAS = "SELECT EXISTS (SELECT FROM {marker} WHERE token = %(token)s) AS arrived"
REMOVE = "DELETE FROM {marker} WHERE side = %(side)s AND purpose = %(purpose)s"
