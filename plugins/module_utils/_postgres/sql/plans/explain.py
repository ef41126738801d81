# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EXPLAIN as another role, of which nothing remains and which cannot become ours.

A planner calls functions: those whose arguments it knows, and what policies and views call. SQL has no statement to act
as a role and be held there, since any function can end a SET ROLE. So a function of that role's own, which runs as its
owner and within which the role cannot be changed, explains; it never outlives its transaction.
"""

from __future__ import annotations

from ..catalog import IS_USERS, IS_USERS_SCHEMA, TO_ACT_AS
from ..functions import PINNED

# A role's search_path is its own in this database, its own, the database's; else what ours has.
ROLES = f"""
SELECT r.rolname::text AS name, r.rolsuper AS is_superuser, pg_catalog.pg_has_role(r.oid, {TO_ACT_AS}) AS may_act,
       (SELECT pg_catalog.substr(e.entry, 13)
        FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS e (entry)
        WHERE s.setrole IN (0, r.oid) AND pg_catalog.starts_with(e.entry, 'search_path=')
          AND s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d
                                    WHERE d.datname = pg_catalog.current_database()))
        ORDER BY s.setrole = 0, s.setdatabase = 0 LIMIT 1) AS path,
       pg_catalog.quote_ident(r.rolname) AS quoted
FROM pg_catalog.pg_roles r WHERE r.rolname = ANY (%(names)s::pg_catalog.text[])
"""
# The owner of most tables that we may act as.
OWNER = f"""
SELECT r.rolname::text AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND {IS_USERS}
JOIN pg_catalog.pg_roles r ON r.oid = c.relowner AND NOT r.rolsuper
WHERE c.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(r.oid, {TO_ACT_AS})
GROUP BY 1 ORDER BY pg_catalog.count(*) DESC, 1 LIMIT 1
"""
# Roles whose functions an owner would run while he plans: they have some that a planner calls, or may create some. A
# superuser, and who may act as the owner, gains nothing by that.
STRANGERS = f"""
SELECT r.rolname::text AS name FROM pg_catalog.pg_roles r
WHERE NOT r.rolsuper AND r.rolname !~ '^pg_' AND NOT pg_catalog.pg_has_role(r.oid, %(owner)s, 'MEMBER')
  AND (EXISTS (SELECT FROM pg_catalog.pg_proc p
               WHERE p.proowner = r.oid AND p.provolatile <> 'v'
                 AND p.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype,
                                          'pg_catalog.event_trigger'::pg_catalog.regtype))
       OR EXISTS (SELECT FROM pg_catalog.pg_namespace n
                  WHERE {IS_USERS_SCHEMA} AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')))
ORDER BY 1
"""
ACT_AS = "SET LOCAL ROLE {actor}"
ACT_AS_OURSELVES = "SET LOCAL ROLE NONE"
# The exception that ends the block takes back the locks, and an error that is caught is not logged. A statement's text
# is planned, or only parsed: then `answer` has the types of its parameters.
FUNCTION = f"""
CREATE FUNCTION pg_temp.bluegreen_explain(
    statement pg_catalog.text, path pg_catalog.text, options pg_catalog.text
) RETURNS pg_catalog.jsonb LANGUAGE plpgsql SECURITY DEFINER {PINNED} AS $bluegreen$
DECLARE
    answer pg_catalog.jsonb;
BEGIN
    PERFORM pg_catalog.set_config('search_path', path, true);
    IF options IS NULL THEN
        EXECUTE pg_catalog.concat('PREPARE bluegreen_explained AS ', statement);
        SELECT pg_catalog.to_jsonb(p.parameter_types::pg_catalog.text[]) INTO answer
        FROM pg_catalog.pg_prepared_statements AS p WHERE p.name OPERATOR(pg_catalog.=) 'bluegreen_explained';
        DEALLOCATE bluegreen_explained;
    ELSE
        EXECUTE pg_catalog.concat('EXPLAIN (', options, ') ', statement) INTO answer;
    END IF;
    RAISE SQLSTATE 'BG000';
EXCEPTION
    WHEN SQLSTATE 'BG000' THEN
        RETURN pg_catalog.jsonb_build_object('answer', answer);
    WHEN others OR query_canceled THEN
        RETURN pg_catalog.jsonb_build_object('refused', SQLSTATE, 'why', SQLERRM);
END $bluegreen$
"""
# From here on the transaction cannot become one that writes.
NO_MORE_WRITING = "SET TRANSACTION READ ONLY"
LIMITS = """
SELECT pg_catalog.set_config('statement_timeout', %(milliseconds)s, true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)
"""
EXPLAIN = "SELECT pg_temp.bluegreen_explain(%(statement)s, %(path)s, %(options)s) AS told"
