# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema guard of a side: event triggers that refuse changes while it is in service, or warn of and record them."""

from __future__ import annotations

from ..functions import PINNED
from ..trigger_function import stands_as_created

# Up to 18 only a superuser may create an event trigger.
MAY_CREATE = "(SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = session_user)"
PARTS = """
SELECT evtname::text AS name FROM pg_catalog.pg_event_trigger
WHERE pg_catalog.starts_with(evtname::text, 'bluegreen_guard_') ORDER BY 1
"""

# Sessions of our role that carry our name are ours; no other role can be the session_user. The objects of a statement
# are known only after it has run, which lets temporary objects and ours pass; a rewrite is refused before it happens.
# Statements that do not change the schema pass: there is nothing to copy.
GUARD_DDL_BODY = """
DECLARE
    told pg_catalog.text := pg_catalog.obj_description('bluegreen.guard_ddl()'::pg_catalog.regprocedure, 'pg_proc');
    mode pg_catalog.text := pg_catalog.split_part(told, ' ', 1);
    here pg_catalog.text := pg_catalog.split_part(told, ' ', 2);
    other pg_catalog.text := CASE here WHEN 'green' THEN 'blue' ELSE 'green' END;
    guarded pg_catalog.text := pg_catalog.substr(told, pg_catalog.length(mode) OPERATOR(pg_catalog.+)
                                                       pg_catalog.length(here) OPERATOR(pg_catalog.+) 3);
    changed pg_catalog.text;
BEGIN
    IF session_user OPERATOR(pg_catalog.=) current_user
       AND pg_catalog.starts_with(pg_catalog.current_setting('application_name'), 'bluegreen ') THEN
        RETURN;
    END IF;
    IF pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL THEN
        RETURN;
    END IF;
    IF tg_event OPERATOR(pg_catalog.=) 'ddl_command_end' THEN
        SELECT pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(' ', pg_catalog.lower(c.object_type),
                                                                   c.object_identity), ', ') INTO changed
        FROM pg_catalog.pg_event_trigger_ddl_commands() AS c
        WHERE NOT pg_catalog.starts_with(COALESCE(c.schema_name, ''), 'pg_temp')
          AND COALESCE(c.schema_name, '') OPERATOR(pg_catalog.<>) 'bluegreen'
          AND c.command_tag OPERATOR(pg_catalog.<>) ALL (
              ARRAY['REFRESH MATERIALIZED VIEW', 'REINDEX', 'COMMENT', 'SECURITY LABEL']);
    ELSIF tg_event OPERATOR(pg_catalog.=) 'sql_drop' THEN
        SELECT pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(' ', d.object_type, d.object_identity), ', ')
        INTO changed
        FROM pg_catalog.pg_event_trigger_dropped_objects() AS d
        WHERE d.original AND NOT d.is_temporary AND COALESCE(d.schema_name, '') OPERATOR(pg_catalog.<>) 'bluegreen'
          AND pg_catalog.starts_with(tg_tag, 'DROP ');
    ELSIF mode OPERATOR(pg_catalog.=) 'block' THEN
        SELECT c.oid::pg_catalog.regclass::pg_catalog.text INTO changed FROM pg_catalog.pg_class AS c
        WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.pg_event_trigger_table_rewrite_oid()
          AND c.relpersistence OPERATOR(pg_catalog.<>) 't';
    END IF;
    IF changed IS NULL THEN
        RETURN;
    END IF;
    IF mode OPERATOR(pg_catalog.=) 'block' THEN
        RAISE EXCEPTION 'bluegreen: % is refused while the migration % is under way', tg_tag, guarded
            USING ERRCODE = 'BG267', DETAIL = changed,
            HINT = 'Make it before setup or after cleanup; bluegreen_ddl_guard: warn lets it pass.';
    END IF;
    RAISE WARNING 'bluegreen: % while the migration % is under way: % has to get it too', tg_tag, guarded, other
        USING ERRCODE = 'BG267', DETAIL = changed;
    IF pg_catalog.to_regclass('bluegreen.journal') IS NOT NULL THEN
        INSERT INTO bluegreen.journal (migration, side, epoch, event, details)
        VALUES (guarded, here, (SELECT COALESCE(pg_catalog.max(j.epoch), 0) FROM bluegreen.journal AS j), 'ddl',
                pg_catalog.jsonb_build_object('command', tg_tag, 'objects', changed, 'role', session_user,
                                              'application', pg_catalog.current_setting('application_name')));
    END IF;
END """
CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION bluegreen.guard_ddl() RETURNS pg_catalog.event_trigger LANGUAGE plpgsql SECURITY DEFINER
{PINNED} AS $${GUARD_DDL_BODY}$$;
REVOKE ALL ON FUNCTION bluegreen.guard_ddl() FROM PUBLIC
"""
# The function's comment stores the mode; the event triggers are named after it. A function that is not as this version
# creates it gives no mode that anybody asks for, so it is replaced.
STATE = f"""
(SELECT pg_catalog.concat(pg_catalog.split_part(pg_catalog.obj_description(f.oid, 'pg_proc'), ' ', 1),
                          CASE WHEN NOT {stands_as_created("bluegreen.guard_ddl()", GUARD_DDL_BODY)}
                               THEN ' of another version' END)
 FROM (SELECT pg_catalog.to_regprocedure('bluegreen.guard_ddl()')::oid AS oid) AS f
 WHERE 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_event_trigger e
            WHERE e.evtfoid = f.oid AND e.evtenabled <> 'D'))
"""
DESCRIBE = "COMMENT ON FUNCTION bluegreen.guard_ddl() IS %(told)s"
CREATE = """
CREATE EVENT TRIGGER bluegreen_guard_end ON ddl_command_end EXECUTE FUNCTION bluegreen.guard_ddl();
CREATE EVENT TRIGGER bluegreen_guard_drop ON sql_drop EXECUTE FUNCTION bluegreen.guard_ddl();
CREATE EVENT TRIGGER bluegreen_guard_rewrite ON table_rewrite EXECUTE FUNCTION bluegreen.guard_ddl()
"""
DROP = "DROP EVENT TRIGGER {trigger}"
DROP_FUNCTION = "DROP FUNCTION IF EXISTS bluegreen.guard_ddl()"
