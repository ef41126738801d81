# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that sessions of the roles that may connect start with, whatever level sets them."""

from __future__ import annotations

# In the server's order: a role in a database, a role, a database, all roles, the server's own. The last is what RESET
# gives our own sessions, unless our role has its own setting.
BEGINNINGS = """
WITH settings AS MATERIALIZED (
         SELECT s.setrole, s.setdatabase, pg_catalog.split_part(c.entry, '=', 1) AS name,
                pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) AS value
         FROM pg_catalog.pg_database d
         JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase IN (0, d.oid)
         CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry)
         WHERE d.datname = pg_catalog.current_database()),
     servers AS (
         SELECT p.name, CASE WHEN h.hidden THEN NULL ELSE p.reset_val END AS value,
                CASE WHEN h.hidden THEN pg_catalog.format('ALTER ROLE %I RESET %I;', session_user, p.name)
                     ELSE pg_catalog.format('ALTER SYSTEM RESET %I; SELECT pg_reload_conf();', p.name) END AS mend
         FROM pg_catalog.pg_settings p
         CROSS JOIN LATERAL (
             SELECT EXISTS (SELECT FROM settings s JOIN pg_catalog.pg_roles m ON m.oid = s.setrole
                            WHERE m.rolname = session_user AND s.name = p.name)) AS h (hidden)
         WHERE p.name IN ('session_replication_role', 'default_transaction_read_only'))
SELECT r.rolname::text AS role, v.name AS setting,
       CASE WHEN s.name IS NULL THEN v.value ELSE s.value END AS value,
       COALESCE(s.setrole <> 0, false) AS of_role,
       CASE WHEN s.name IS NULL THEN v.mend
            ELSE pg_catalog.format(
                'ALTER %s RESET %I;',
                CASE WHEN s.setrole = 0 AND s.setdatabase <> 0 THEN pg_catalog.format('DATABASE %I', d.datname)
                     ELSE pg_catalog.concat(
                         'ROLE ', CASE WHEN s.setrole = 0 THEN 'ALL' ELSE pg_catalog.quote_ident(r.rolname) END,
                         CASE WHEN s.setdatabase <> 0 THEN pg_catalog.format(' IN DATABASE %I', d.datname) END)
                END, v.name) END AS mend
FROM pg_catalog.pg_roles r
JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
CROSS JOIN servers v
LEFT JOIN LATERAL (
    SELECT * FROM settings s
    WHERE s.name = v.name AND s.setrole IN (0, r.oid) AND s.setdatabase IN (0, d.oid)
    ORDER BY s.setrole = 0, s.setdatabase = 0 LIMIT 1) AS s ON true
WHERE r.rolcanlogin AND r.rolname <> session_user
  AND pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')
ORDER BY 1, 2
"""
