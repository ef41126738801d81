# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What frames the script of a trial: one transaction, which is never committed."""

from __future__ import annotations

from ..catalog import IS_USERS_SCHEMA, OF_EXTENSION
from ..functions import PINNED
from .surroundings import MAKE_ROOM

# If the script ends the transaction, the deferred trigger refuses that; outside it the session is read-only.
PROLOGUE = f"""BEGIN READ WRITE;
{MAKE_ROOM};
CREATE TEMPORARY TABLE bluegreen_trial () ON COMMIT DROP;
CREATE FUNCTION pg_temp.bluegreen_refuse_commit() RETURNS pg_catalog.trigger LANGUAGE plpgsql
{PINNED} AS $function$
BEGIN
    RAISE EXCEPTION 'a trial restore is never committed' USING ERRCODE = 'BG270';
END $function$;
CREATE CONSTRAINT TRIGGER bluegreen_refuse_commit AFTER INSERT ON pg_temp.bluegreen_trial
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.bluegreen_refuse_commit();
INSERT INTO pg_temp.bluegreen_trial DEFAULT VALUES;
"""
# A name that no script uses for one of its own.
SAVEPOINT = "SAVEPOINT bluegreen_trial"
RELEASE = "RELEASE SAVEPOINT bluegreen_trial"
UNDO = f"ROLLBACK TO SAVEPOINT bluegreen_trial; {RELEASE}"

# pg_dump locks each table of its own before it reads anything, and stops at the first one that it may not lock.
UNREADABLE = f"""
SELECT n.nspname AS schema, c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {IS_USERS_SCHEMA}
AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
AND NOT {OF_EXTENSION}
ORDER BY 1, 2
"""
