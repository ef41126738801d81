# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a side is, and what lies in our schema there: as few round trips as PostgreSQL allows."""

from __future__ import annotations

from ..ours import present
from . import gate, journal

OWN_TIMELINE = """
CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN
    ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::int
    END AS timeline
"""
TIMELINE = f"SELECT {OWN_TIMELINE}"
LOOK = f"""
SELECT s.system_identifier::text AS system, d.oid::text AS database, d.datname::text AS name,
       {OWN_TIMELINE}, {present("pair")} AS has_pair, {present("word")} AS has_words, {gate.FACTS}
FROM pg_catalog.pg_control_system() AS s, pg_catalog.pg_database AS d, pg_catalog.pg_roles AS r
WHERE d.datname = pg_catalog.current_database() AND r.rolname = session_user
"""
_ENTRIES = f"(SELECT pg_catalog.json_agg(e) FROM ({journal.READ}) AS e) AS entries"
_PAIR = f"(SELECT pg_catalog.row_to_json(p) FROM ({journal.PAIR}) AS p) AS pair, ({journal.CLAIMS}) AS claimed_by"
_WORDS = f"(SELECT pg_catalog.json_agg(w) FROM ({journal.WORDS}) AS w) AS words"
_WIDE_OPEN = f"({gate.IS_WIDE_OPEN}) AS wide_open"


def contents(*, has_journal: bool, has_pair: bool, has_words: bool, has_gate: bool) -> str:
    """Return the question for what lies in our schema: a statement may name only what is there."""
    entries = _ENTRIES if has_journal else "NULL AS entries"
    pair = _PAIR if has_pair else "NULL AS pair, NULL AS claimed_by"
    words = _WORDS if has_words else "NULL AS words"
    wide_open = _WIDE_OPEN if has_gate else "false AS wide_open"
    return f"SELECT {entries}, {pair}, {words}, {wide_open}"
