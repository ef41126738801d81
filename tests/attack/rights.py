# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which role may do what on a server: read before a migration, and compared with the state after it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.attack.field import Field

_ROLES = """
SELECT rolname, concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreaterole THEN 'createrole' END,
    CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END,
    CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolcanlogin THEN 'login' END) FROM pg_roles
"""
_MEMBERS = """
SELECT m.member::regrole::text, m.roleid::regrole::text || CASE WHEN m.admin_option THEN ' with admin' ELSE '' END
FROM pg_auth_members m
"""
_OBJECTS = """
WITH objects (what, owner, acl) AS (
    SELECT 'relation ' || c.oid::regclass, c.relowner,
        coalesce(c.relacl, acldefault(CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
        c.relnamespace
    FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL SELECT 'function ' || p.oid::regprocedure, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)),
        p.pronamespace FROM pg_proc p
    UNION ALL SELECT 'schema ' || n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)), n.oid
        FROM pg_namespace n
    UNION ALL SELECT 'database ' || d.datname, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)), 0::oid
        FROM pg_database d
)
SELECT o.what, o.owner::regrole::text,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.privilege_type
FROM (SELECT what, owner, acl, namespace FROM objects AS o (what, owner, acl, namespace)) AS o
    LEFT JOIN pg_namespace n ON n.oid = o.namespace, LATERAL aclexplode(o.acl) a
WHERE coalesce(n.nspname, '') !~ '^pg_|^information_schema$|^bluegreen$'
"""


@dataclass(frozen=True)
class Rights:
    """`held`: what each role may do, one line each; `owners`: who owns what."""

    held: frozenset[str]
    owners: dict[str, str]


def read_rights(field: Field, side: str) -> Rights:
    """Read the privileges of every role on one side, except on the attacker's own objects."""
    held = {f"{role} is {attributes}" for role, attributes in field.query(side, _ROLES)}
    held |= {f"{member} is a member of {role}" for member, role in field.query(side, _MEMBERS)}
    owners: dict[str, str] = {}
    ours = {field.names.migrator, field.names.superuser}
    for what, owner, grantee, privilege in field.query(side, _OBJECTS):
        owners[what] = owner
        if field.names.attacker != owner != grantee and grantee not in ours:
            held.add(f"{grantee} has {privilege} on {what}")
    return Rights(frozenset(held), owners)


def gains(field: Field, before: dict[str, Rights], after: dict[str, Rights]) -> list[str]:
    """Say which privileges a role has on either side that it had on neither before."""
    had = before["blue"].held | before["green"].held
    wrong = [f"{side}: {right}" for side, rights in after.items() for right in sorted(rights.held - had)]
    owned = {**before["green"].owners, **before["blue"].owners}
    for side, rights in after.items():
        wrong += [
            f"{side}: {what} has become the attacker's"
            for what, owner in rights.owners.items()
            if owner == field.names.attacker and owned.get(what, owner) != owner
        ]
    return wrong
