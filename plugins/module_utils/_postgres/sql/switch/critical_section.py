# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the critical section asks the servers."""

from __future__ import annotations

from ..go_no_go.readiness import STANDBYS
from ..our_sessions import NOT_OURS

END_RUNS = f"""
SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND ({NOT_OURS}) IS FALSE AND a.pid <> ALL (%(own)s)
  AND (pg_catalog.starts_with(a.application_name, %(run)s) OR a.application_name = %(copy)s)
"""

# A frozen client is not dead: the server ends the fence after silence for the rest of the deadline.
LIMIT_SILENCE = "SET idle_in_transaction_session_timeout = %(ms)s; SET lock_timeout = %(lock_ms)s"


STANDBYS_BEHIND = f"""
SELECT COALESCE(NULLIF(r.application_name, ''), r.pid::text) AS name {STANDBYS}
  AND (r.flush_lsn IS NULL OR r.flush_lsn < COALESCE(%(lsn)s::pg_lsn, pg_catalog.pg_current_wal_flush_lsn()))
"""
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS lsn"
FENCE_ROW = """
SELECT lsn::text FROM bluegreen.journal
WHERE migration = %(migration)s AND epoch = %(epoch)s AND event = 'fenced'
"""
