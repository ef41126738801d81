# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of a side's schema: event triggers that refuse changes, or warn of them and put them down."""

from __future__ import annotations

# Its comment says what it does; the event triggers are named after it.
STATE = """
(SELECT pg_catalog.split_part(pg_catalog.obj_description(f.oid, 'pg_proc'), ' ', 1)
 FROM (SELECT pg_catalog.to_regprocedure('bluegreen.guard_ddl()')::oid AS oid) AS f
 WHERE 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_event_trigger e
            WHERE e.evtfoid = f.oid AND e.evtenabled <> 'D'))
"""
# Up to 18 nobody else may create one.
MAY_CREATE = "(SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = session_user)"
PARTS = """
SELECT evtname::text AS name FROM pg_catalog.pg_event_trigger WHERE evtname LIKE 'bluegreen\\_guard\\_%%' ORDER BY 1
"""

# Only what has happened can be asked for its objects, so that temporary ones and ours pass; a rewrite is refused before
# it is done. Statements that change nothing of the schema pass: the copy has nothing to take over from them.
CREATE_FUNCTION = """
CREATE OR REPLACE FUNCTION bluegreen.guard_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told text := obj_description('bluegreen.guard_ddl()'::regprocedure, 'pg_proc');
    mode text := split_part(told, ' ', 1);
    guarded text := substr(told, length(split_part(told, ' ', 1)) + 2);
    changed text;
BEGIN
    IF current_setting('application_name') LIKE 'bluegreen %' THEN
        RETURN;
    END IF;
    IF tg_event = 'ddl_command_end' THEN
        SELECT string_agg(DISTINCT concat_ws(' ', lower(c.object_type), c.object_identity), ', ') INTO changed
        FROM pg_event_trigger_ddl_commands() AS c
        WHERE COALESCE(c.schema_name, '') NOT LIKE 'pg\\_temp%' AND COALESCE(c.schema_name, '') <> 'bluegreen'
          AND c.command_tag NOT IN ('REFRESH MATERIALIZED VIEW', 'REINDEX', 'COMMENT', 'SECURITY LABEL');
    ELSIF tg_event = 'sql_drop' THEN
        SELECT string_agg(DISTINCT concat_ws(' ', d.object_type, d.object_identity), ', ') INTO changed
        FROM pg_event_trigger_dropped_objects() AS d
        WHERE d.original AND NOT d.is_temporary AND COALESCE(d.schema_name, '') <> 'bluegreen'
          AND tg_tag LIKE 'DROP %';
    ELSIF mode = 'block' THEN
        SELECT c.oid::regclass::text INTO changed FROM pg_class c
        WHERE c.oid = pg_event_trigger_table_rewrite_oid() AND c.relpersistence <> 't';
    END IF;
    IF changed IS NULL THEN
        RETURN;
    END IF;
    IF mode = 'block' THEN
        RAISE EXCEPTION 'bluegreen: % is refused while the migration % is under way', tg_tag, guarded
            USING ERRCODE = 'BG267', DETAIL = changed,
            HINT = 'Make the change before setup or after cleanup; bluegreen_ddl_guard: warn lets it pass.';
    END IF;
    RAISE WARNING 'bluegreen: % while the migration % is under way: green has to get it too', tg_tag, guarded
        USING ERRCODE = 'BG267', DETAIL = changed;
    IF to_regclass('bluegreen.journal') IS NOT NULL THEN
        INSERT INTO bluegreen.journal (migration, side, epoch, event, details)
        VALUES (guarded, 'blue', (SELECT COALESCE(max(j.epoch), 0) FROM bluegreen.journal AS j), 'ddl',
                jsonb_build_object('command', tg_tag, 'objects', changed, 'role', session_user,
                                   'application', current_setting('application_name')));
    END IF;
END $$
"""
DESCRIBE = "COMMENT ON FUNCTION bluegreen.guard_ddl() IS %(told)s"
CREATE = """
CREATE EVENT TRIGGER bluegreen_guard_end ON ddl_command_end EXECUTE FUNCTION bluegreen.guard_ddl();
CREATE EVENT TRIGGER bluegreen_guard_drop ON sql_drop EXECUTE FUNCTION bluegreen.guard_ddl();
CREATE EVENT TRIGGER bluegreen_guard_rewrite ON table_rewrite EXECUTE FUNCTION bluegreen.guard_ddl()
"""
DROP = "DROP EVENT TRIGGER {trigger}"
DROP_FUNCTION = "DROP FUNCTION IF EXISTS bluegreen.guard_ddl()"
