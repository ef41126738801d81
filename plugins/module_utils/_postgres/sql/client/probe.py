# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe's table while it may be written to, and what lies in it."""

from __future__ import annotations

from ..functions import PINNED

# As the application's role, through its own route.
WHO = "SELECT current_user::text AS role"
WRITE = "INSERT INTO bluegreen.probe (run, number) VALUES (%(run)s, %(number)s)"

_LARGEST = 8 * 1024 * 1024
KEEP_SMALL_BODY = f"""
BEGIN
    IF pg_catalog.pg_relation_size(TG_RELID) OPERATOR(pg_catalog.>) {_LARGEST} THEN
        RAISE EXCEPTION 'the table of the probe is full' USING ERRCODE = '54000',
            HINT = 'The cleanup of the migration drops it.';
    END IF;
    RETURN NEW;
END """
# For each row: one COPY brings as many as it likes. Rows of the links pass, since their sessions fire no trigger.
CREATE_KEEP_SMALL = f"""
CREATE OR REPLACE FUNCTION bluegreen.keep_small() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER
{PINNED} AS $${KEEP_SMALL_BODY}$$;
REVOKE ALL ON FUNCTION bluegreen.keep_small() FROM PUBLIC;
DROP TRIGGER IF EXISTS bluegreen_keep_small ON bluegreen.probe;
CREATE TRIGGER bluegreen_keep_small BEFORE INSERT ON bluegreen.probe
FOR EACH ROW EXECUTE FUNCTION bluegreen.keep_small()
"""
SIGN_ROWS = "ALTER TABLE bluegreen.probe ALTER COLUMN side SET DEFAULT %(side)s"
LET_IN = """
GRANT USAGE ON SCHEMA bluegreen TO {role};
GRANT INSERT (run, number) ON bluegreen.probe TO {role}
"""

IS_CARRIED = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_publication p
               LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
               WHERE p.pubname ~ %(names)s
                 AND (p.puballtables OR r.prrelid = pg_catalog.to_regclass('bluegreen.probe'))) AS carried
"""
IS_OURS = "SELECT CURRENT_USER::text = %(role)s AS is_ours"
# Rights on our other objects, which only a missing USAGE on our schema keeps from the role, now or for what comes.
WOULD_REACH = """
SELECT 'bluegreen.' || c.relname AS what, a.privilege_type AS privilege
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
     pg_catalog.aclexplode(c.relacl) AS a
WHERE n.nspname = 'bluegreen' AND c.relname <> 'gate' AND a.grantee <> c.relowner
  AND (a.grantee = 0 OR pg_catalog.pg_has_role(%(role)s::name, a.grantee, 'USAGE'))
  AND NOT pg_catalog.has_schema_privilege(%(role)s::name, n.oid, 'USAGE')
UNION ALL
SELECT 'tables that come', a.privilege_type
FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace,
     pg_catalog.aclexplode(d.defaclacl) AS a
WHERE d.defaclrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user) AND d.defaclobjtype = 'r'
  AND (n.oid IS NULL OR n.nspname = 'bluegreen') AND a.grantee <> d.defaclrole
  AND (a.grantee = 0 OR pg_catalog.pg_has_role(%(role)s::name, a.grantee, 'USAGE'))
ORDER BY 1, 2 LIMIT 1
"""

ROWS = """
SELECT number, COALESCE(side, '') AS side, pg_catalog.count(*)::int AS times
FROM bluegreen.probe WHERE run = %(run)s::uuid GROUP BY 1, 2
"""
