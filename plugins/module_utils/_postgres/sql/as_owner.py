# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running statements as a table's owner in a security-restricted operation.

SQL has no statement for that, and any function can end a SET ROLE by RESET ROLE. PostgreSQL refreshes a materialized
view as its owner, lets nothing in it change the role, and defers nothing to the end of the transaction. So the
statements run in a function that such a view calls; the view never outlives its transaction.
"""

from __future__ import annotations

from .functions import PINNED

# FORCE ROW LEVEL SECURITY binds an owner who does not bypass it.
OWNER = """
SELECT o.rolname::pg_catalog.text AS name,
       NOT (c.relrowsecurity AND c.relforcerowsecurity) OR o.rolsuper OR o.rolbypassrls AS sees_all
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
WHERE n.nspname = %(schema)s AND c.relname = %(table)s
"""
# Messages of other classes than 23, which names a constraint, may show values.
# A trigger or constraint that is deferred to the end of the transaction would run as our role.
CONSTRAINTS_NOW = "SET CONSTRAINTS ALL IMMEDIATE"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION pg_temp.bluegreen_as_owner(
    statements pg_catalog.text[], path pg_catalog.text, alone pg_catalog.bool
) RETURNS pg_catalog.jsonb LANGUAGE plpgsql {PINNED} AS $bluegreen$
DECLARE
    statement pg_catalog.text;
    answer record;
    answers pg_catalog.jsonb := '[]';
BEGIN
    PERFORM pg_catalog.set_config('search_path', path, true);
    FOREACH statement IN ARRAY statements LOOP
        IF alone THEN
            BEGIN
                EXECUTE statement INTO answer;
            EXCEPTION WHEN others THEN
                SELECT SQLSTATE AS refused, CASE WHEN pg_catalog.starts_with(SQLSTATE, '23') THEN SQLERRM END AS why
                INTO answer;
            END;
        ELSE
            EXECUTE statement INTO answer;
        END IF;
        answers := answers OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_array(pg_catalog.to_jsonb(answer));
    END LOOP;
    RETURN answers;
END $bluegreen$;
REVOKE ALL ON FUNCTION pg_temp.bluegreen_as_owner(pg_catalog.text[], pg_catalog.text, pg_catalog.bool) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_temp.bluegreen_as_owner(pg_catalog.text[], pg_catalog.text, pg_catalog.bool) TO {{owner}};
"""
VIEW = """
CREATE MATERIALIZED VIEW {view} AS
SELECT pg_temp.bluegreen_as_owner(%(statements)s::pg_catalog.text[], %(path)s, %(alone)s) AS answers WITH NO DATA
"""
GIVE = "ALTER MATERIALIZED VIEW {view} OWNER TO {owner}"
RUN = "REFRESH MATERIALIZED VIEW {view}"
ANSWERS = "SELECT answers FROM {view}"
DROP = "DROP MATERIALIZED VIEW {view}"
