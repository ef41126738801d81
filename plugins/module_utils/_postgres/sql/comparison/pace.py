# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether other sessions are at work on a server, and whether they have to share the CPU with us."""

from __future__ import annotations

from ..our_sessions import NOT_OURS

# In all databases, since they share the machine. A session whose state we may not see could be at work.
OTHERS_AT_WORK = f"""
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
               WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.datid IS NOT NULL
                 AND (a.backend_type = 'client backend' OR a.backend_type IS NULL)
                 AND {NOT_OURS}
                 AND (a.state LIKE 'idle%%' AND a.state_change < pg_catalog.clock_timestamp() - interval '1 second')
                     IS NOT TRUE) AS present
"""
# Reads the clock in a loop for some 200 ms: two readings lie a tenth of a millisecond apart only where another process
# had the CPU in between.
INTERRUPTIONS = """
SELECT (pg_catalog.count(*) FILTER (WHERE g.gap > 0.0001) / pg_catalog.sum(g.gap))::pg_catalog.float8 AS a_second
FROM (SELECT t.at - pg_catalog.lag(t.at) OVER () AS gap
      FROM (SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS at,
                   pg_catalog.generate_series(1, 500000)) AS t) AS g
"""
