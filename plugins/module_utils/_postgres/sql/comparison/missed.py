# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often an apply worker did not find the row that it was to change, which only 18 and later count."""

from __future__ import annotations

MISSED = """
SELECT s.subname::text AS lane, s.oid::bigint AS oid, w.confl_update_missing + w.confl_delete_missing AS missed
FROM pg_catalog.pg_stat_subscription_stats w
JOIN pg_catalog.pg_subscription s ON s.oid = w.subid
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
WHERE pg_catalog.starts_with(s.subname::text, %(prefix)s)
"""
