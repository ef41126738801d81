# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database needs around its schema: roles, memberships, settings, privileges on the database itself.

``%(names)s`` are the roles that count; each query returns kind, name, definition and subject; the subject holds all
that the receiving server needs. No query here reads a password; :data:`HASHES` alone does.
"""

from __future__ import annotations

from ...._domain.capabilities import Capability

# The named roles, their members, and the roles of which those are members; the migration's own role is excluded.
NAMES = """
WITH RECURSIVE database AS (SELECT * FROM pg_database WHERE datname = current_database()),
named AS (
    SELECT r.oid FROM pg_roles r WHERE r.rolname = ANY (%(named)s::text[])
    UNION SELECT datdba FROM database
    UNION SELECT a.grantee FROM database, aclexplode(datacl) a
    UNION SELECT s.setrole FROM pg_db_role_setting s JOIN database d ON d.oid = s.setdatabase
),
ordinary AS (SELECT * FROM pg_roles
             WHERE NOT starts_with(rolname, 'pg_') AND rolname <> COALESCE(%(ours)s, current_user)),
members AS (
    SELECT r.oid FROM named JOIN ordinary r USING (oid)
    UNION SELECT r.oid FROM members g JOIN pg_auth_members m ON m.roleid = g.oid JOIN ordinary r ON r.oid = m.member
    WHERE NOT r.rolsuper
),
groups AS (
    SELECT oid FROM members
    UNION SELECT r.oid FROM groups g JOIN pg_auth_members m ON m.member = g.oid JOIN ordinary r ON r.oid = m.roleid
)
SELECT r.rolname AS name FROM groups JOIN pg_roles r USING (oid) ORDER BY r.rolname::text COLLATE "C"
"""

_ROLES = """
SELECT 'role' AS kind, quote_ident(r.rolname) AS name,
       concat_ws(' ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcanlogin THEN 'LOGIN' END,
                 CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
                 CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
                 CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
                 'CONNECTION LIMIT ' || NULLIF(r.rolconnlimit, -1), 'VALID UNTIL ' || quote_literal(r.rolvaliduntil)
       ) AS definition,
       jsonb_build_object('role', r.rolname, 'superuser', r.rolsuper, 'login', r.rolcanlogin, 'inherit', r.rolinherit,
           'creates_databases', r.rolcreatedb, 'creates_roles', r.rolcreaterole, 'replication', r.rolreplication,
           'bypasses', r.rolbypassrls, 'connections', r.rolconnlimit, 'until', r.rolvaliduntil) AS subject
FROM pg_roles r WHERE r.rolname = ANY (%(names)s::text[])
"""
# From 16 on a membership may exist several times, from different grantors and with different options.
_MEMBERSHIPS = """
SELECT 'membership', quote_ident(mr.rolname) || ' in ' || quote_ident(gr.rolname),
       concat_ws(' ', CASE WHEN bool_or(m.admin_option) THEN 'ADMIN' END,
                 CASE WHEN %(options)s AND NOT bool_or((to_jsonb(m) ->> 'inherit_option')::boolean)
                      THEN 'NO INHERIT' END,
                 CASE WHEN %(options)s AND NOT bool_or((to_jsonb(m) ->> 'set_option')::boolean) THEN 'NO SET' END),
       jsonb_build_object('role', mr.rolname, 'group', gr.rolname, 'admin', bool_or(m.admin_option),
           'inherit', bool_or((to_jsonb(m) ->> 'inherit_option')::boolean),
           'set', bool_or((to_jsonb(m) ->> 'set_option')::boolean))
FROM pg_auth_members m JOIN pg_roles mr ON mr.oid = m.member JOIN pg_roles gr ON gr.oid = m.roleid
WHERE mr.rolname = ANY (%(names)s::text[])
AND (gr.rolname = ANY (%(names)s::text[]) OR starts_with(gr.rolname, 'pg_'))
GROUP BY mr.rolname, gr.rolname
"""
# The signpost is ours.
_SETTINGS = """
SELECT 'setting', concat_ws(' ', v.parameter, 'of',
                            CASE WHEN s.setrole = 0 THEN 'the database' ELSE quote_ident(r.rolname) END,
                            CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN 'in the database' END),
       v.value, jsonb_build_object('parameter', v.parameter, 'value', v.value, 'role', r.rolname,
                                   'database', s.setdatabase <> 0)
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN unnest(s.setconfig) AS c (entry)
CROSS JOIN LATERAL (SELECT split_part(c.entry, '=', 1) AS parameter,
                           substr(c.entry, strpos(c.entry, '=') + 1) AS value) v
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
AND (s.setrole = 0 AND s.setdatabase <> 0 OR r.rolname = ANY (%(names)s::text[]))
AND (s.setdatabase = 0 OR v.parameter <> 'default_transaction_read_only')
"""
_PRIVILEGES = """
SELECT 'database privilege', a.privilege_type || ' to ' || quote_ident(r.rolname),
       CASE WHEN bool_or(a.is_grantable) THEN 'WITH GRANT OPTION' ELSE '' END,
       jsonb_build_object('privilege', a.privilege_type, 'role', r.rolname, 'grantable', bool_or(a.is_grantable))
FROM pg_database d CROSS JOIN aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE d.datname = current_database() AND r.rolname = ANY (%(names)s::text[]) AND a.grantee <> d.datdba
GROUP BY a.privilege_type, r.rolname
UNION ALL
SELECT 'database privilege', p.privilege || ' withheld from PUBLIC', '', jsonb_build_object('withheld', p.privilege)
FROM pg_database d CROSS JOIN (VALUES ('CONNECT'), ('TEMPORARY')) AS p (privilege)
WHERE d.datname = current_database()
AND NOT EXISTS (SELECT FROM aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) a
                WHERE a.grantee = 0 AND a.privilege_type = p.privilege)
"""
_COMMENT = """
SELECT 'comment', 'on the database', c.text, jsonb_build_object('comment', c.text)
FROM pg_database d CROSS JOIN LATERAL (SELECT shobj_description(d.oid, 'pg_database') AS text) c
WHERE d.datname = current_database() AND c.text IS NOT NULL
"""
_CONNECTIONS = """
SELECT 'connection limit', 'of the database', d.datconnlimit::text, jsonb_build_object('connections', d.datconnlimit)
FROM pg_database d WHERE d.datname = current_database() AND d.datconnlimit >= 0
"""
_OF_DATABASE = f"{_PRIVILEGES} UNION ALL {_COMMENT} UNION ALL {_CONNECTIONS}"
ALL_KINDS = f"{_ROLES} UNION ALL {_MEMBERSHIPS} UNION ALL {_SETTINGS} UNION ALL {_OF_DATABASE}"

READS_HASHES = "SELECT has_table_privilege('pg_authid', 'SELECT') AS may"
PASSWORDS = """
SELECT 'password' AS kind, 'of ' || quote_ident(a.rolname) AS name, '' AS definition,
       jsonb_build_object('role', a.rolname) AS subject
FROM pg_authid a WHERE a.rolpassword IS NOT NULL AND a.rolname = ANY (%(names)s::text[])
"""
HASHES = "SELECT rolname AS role, rolpassword AS hash FROM pg_authid WHERE rolname = ANY (%(names)s::text[])"

# What our role may do on the receiving server.
POWERS = """
SELECT r.rolsuper AS superuser, r.rolcreaterole AS creates_roles, r.rolcreatedb AS creates_databases,
       r.rolreplication AS replication, r.rolbypassrls AS bypasses,
       pg_has_role(d.datdba, 'USAGE') AS owns_database
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
"""
KNOWN_ROLES = """
SELECT r.rolname AS name, pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') AS administered, r.rolsuper AS superuser
FROM pg_roles r WHERE r.rolname = ANY (%(names)s::text[])
"""
# Servers before 15 have no privileges on parameters.
PARAMETERS = """
SELECT s.name, s.context IN ('user', 'backend') AS settable FROM pg_settings s WHERE s.name = ANY (%(names)s::text[])
"""
GRANTED_PARAMETERS = """
SELECT w.name, true AS settable FROM unnest(%(names)s::text[]) AS w (name)
WHERE has_parameter_privilege(w.name, 'SET')
"""

# The values travel by COPY, whose data no server logs or shows as a session's query.
MAKE_ROOM = "CREATE TEMPORARY TABLE bluegreen_told (kind text, subject jsonb) ON COMMIT DROP"
TELL = "COPY pg_temp.bluegreen_told FROM STDIN"
FORGET = "DELETE FROM pg_temp.bluegreen_told"
# Errors are caught and raised again: the server's own message would contain the statement, and so the hash, as its
# context. 18's warning about MD5 contains it too. The parameters in the list take names as values, each quoted
# separately.
DO_AS_TOLD = """
DO $do$
DECLARE
    told record;
    whom pg_catalog.text;
    lets pg_catalog.text;
    has_options constant boolean := {has_options};
    this_database constant pg_catalog.text := pg_catalog.quote_ident(pg_catalog.current_database());
    list_of_names constant pg_catalog.text := '\\s*(?:"((?:[^"]|"")*)"|([^,"\\s][^,]*))\\s*(?:,|$)';
BEGIN
    PERFORM pg_catalog.set_config(s.name, 'off', true) FROM pg_catalog.pg_settings AS s
    WHERE s.name OPERATOR(pg_catalog.=) 'md5_password_warnings';
    FOR told IN SELECT t.kind, s.* FROM pg_temp.bluegreen_told AS t CROSS JOIN LATERAL
        pg_catalog.jsonb_to_record(t.subject) AS s (
            role pg_catalog.text, login boolean, inherit boolean, creates_databases boolean, creates_roles boolean,
            replication boolean, bypasses boolean, connections integer, until pg_catalog.text, lend boolean,
            hash pg_catalog.text, "group" pg_catalog.text, admin boolean, "set" boolean, parameter pg_catalog.text,
            value pg_catalog.text, database boolean, withheld pg_catalog.text, privilege pg_catalog.text,
            grantable boolean, comment pg_catalog.text)
    LOOP
        whom := pg_catalog.quote_ident(told.role);
        IF told.kind OPERATOR(pg_catalog.=) 'role' THEN
            EXECUTE pg_catalog.concat_ws(' ', 'CREATE ROLE', whom,
                CASE WHEN told.login THEN 'LOGIN' END, CASE WHEN NOT told.inherit THEN 'NOINHERIT' END,
                CASE WHEN told.creates_databases THEN 'CREATEDB' END,
                CASE WHEN told.creates_roles THEN 'CREATEROLE' END,
                CASE WHEN told.replication THEN 'REPLICATION' END, CASE WHEN told.bypasses THEN 'BYPASSRLS' END,
                CASE WHEN told.connections IS NOT NULL
                     THEN pg_catalog.concat('CONNECTION LIMIT ', told.connections) END,
                CASE WHEN told.until IS NOT NULL THEN pg_catalog.format('VALID UNTIL %L', told.until) END);
            IF told.lend AND NOT pg_catalog.pg_has_role(told.role::pg_catalog.name,
                    CASE WHEN has_options THEN 'SET' ELSE 'MEMBER' END) THEN
                EXECUTE pg_catalog.format('GRANT %s TO CURRENT_USER', whom);
            END IF;
        ELSIF told.kind OPERATOR(pg_catalog.=) 'password' THEN
            EXECUTE pg_catalog.format('ALTER ROLE %s PASSWORD %L', whom, told.hash);
        ELSIF told.kind OPERATOR(pg_catalog.=) 'membership' THEN
            lets := pg_catalog.concat_ws(', ', CASE WHEN told.admin THEN 'ADMIN OPTION' END,
                CASE WHEN has_options AND told.inherit IS NOT NULL
                     THEN pg_catalog.concat('INHERIT ', told.inherit::pg_catalog.text) END,
                CASE WHEN has_options AND told."set" IS NOT NULL
                     THEN pg_catalog.concat('SET ', told."set"::pg_catalog.text) END);
            EXECUTE pg_catalog.concat(pg_catalog.format('GRANT %I TO %s', told."group", whom),
                CASE WHEN lets OPERATOR(pg_catalog.<>) '' THEN pg_catalog.concat(' WITH ', lets) END);
        ELSIF told.kind OPERATOR(pg_catalog.=) 'setting' THEN
            EXECUTE pg_catalog.concat_ws(' ', 'ALTER',
                CASE WHEN whom IS NULL THEN pg_catalog.concat('DATABASE ', this_database)
                     ELSE pg_catalog.concat('ROLE ', whom) END,
                CASE WHEN whom IS NOT NULL AND told.database
                     THEN pg_catalog.concat('IN DATABASE ', this_database) END,
                'SET', (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(part), '.')
                        FROM pg_catalog.unnest(pg_catalog.string_to_array(told.parameter, '.')) AS part), 'TO',
                CASE WHEN told.parameter OPERATOR(pg_catalog.=) ANY (ARRAY[
                              'search_path', 'temp_tablespaces', 'local_preload_libraries',
                              'session_preload_libraries', 'shared_preload_libraries', 'unix_socket_directories'])
                     THEN (SELECT pg_catalog.string_agg(
                               pg_catalog.quote_literal(COALESCE(pg_catalog.replace(m[1], '""', '"'), m[2])), ', ')
                           FROM pg_catalog.regexp_matches(told.value, list_of_names, 'g') AS m)
                     ELSE pg_catalog.quote_literal(told.value) END);
        ELSIF told.kind OPERATOR(pg_catalog.=) 'connection limit' THEN
            EXECUTE pg_catalog.concat('ALTER DATABASE ', this_database, ' CONNECTION LIMIT ', told.connections);
        ELSIF told.withheld IS NOT NULL THEN
            EXECUTE pg_catalog.format('REVOKE %s ON DATABASE %s FROM PUBLIC', told.withheld, this_database);
        ELSIF told.kind OPERATOR(pg_catalog.=) 'database privilege' THEN
            EXECUTE pg_catalog.concat_ws(' ',
                pg_catalog.format('GRANT %s ON DATABASE %s TO %s', told.privilege, this_database, whom),
                CASE WHEN told.grantable THEN 'WITH GRANT OPTION' END);
        ELSE
            EXECUTE pg_catalog.format('COMMENT ON DATABASE %s IS %L', this_database, told.comment);
        END IF;
    END LOOP;
EXCEPTION
    WHEN duplicate_object THEN NULL;  -- another migration to the same server was quicker
    WHEN OTHERS THEN RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM;
END
$do$
""".replace("{has_options}", Capability.MEMBERSHIP_OPTIONS.in_sql)
