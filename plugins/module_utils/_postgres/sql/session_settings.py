# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a session which settings are in force, and changing them for the user's statements.

Names may still mean something else at that point, so every name and every operator is qualified.
"""

from __future__ import annotations

IN_FORCE = """
SELECT n.name, pg_catalog.current_setting(n.name) AS value, pg_catalog.pg_backend_pid() AS pid
FROM pg_catalog.unnest(%(names)s::pg_catalog.text[]) AS n (name)
"""
ITS_OWN_ADDRESS = """
SELECT pg_catalog.concat_ws(':', pg_catalog.host(pg_catalog.inet_server_addr()),
                            pg_catalog.inet_server_port()) AS address
"""
# The first one wins.
ORIGINS = """
SELECT pg_catalog.split_part(c.entry, '=', 1) AS name,
       COALESCE(pg_catalog.quote_ident(d.datname), '') AS database,
       CASE WHEN r.rolname IS NOT NULL THEN pg_catalog.quote_ident(r.rolname)
            WHEN d.datname IS NULL THEN 'ALL' ELSE '' END AS role
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry)
LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.setrole
WHERE COALESCE(d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database(), true)
  AND COALESCE(r.rolname OPERATOR(pg_catalog.=) session_user, true)
  AND pg_catalog.split_part(c.entry, '=', 1) OPERATOR(pg_catalog.=) ANY (%(names)s::pg_catalog.text[])
ORDER BY r.rolname IS NULL, d.datname IS NULL
"""
WHO_AND_WHERE = """
SELECT pg_catalog.quote_ident(session_user) AS role, pg_catalog.quote_ident(pg_catalog.current_database()) AS database
"""
# Then the server ends whatever it is doing for a client that has left.
END_WHAT_NOBODY_WAITS_FOR = "SET client_connection_check_interval = '500ms'"
# For queries that are prepared behind it: a plan is made once, whatever the values are.
PLAN_ONCE = "SET plan_cache_mode = force_generic_plan; "
HEED_GATES = "SET session_replication_role = origin"
_SET = """
SELECT pg_catalog.set_config(s.key, s.value, {local})
FROM pg_catalog.json_each_text(%(settings)s::pg_catalog.json) AS s
"""
SET_FOR_THIS_TRANSACTION = _SET.format(local="true")
SET_FROM_HERE_ON = _SET.format(local="false")
