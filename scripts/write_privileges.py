# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/privileges.md: every statement on it is one of the table of grants, from which `init` writes its SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.grants import GRANTS, Due, Grant
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

PAGE = Path(__file__).resolve().parent.parent / "docs" / "privileges.md"
_NAMES = {"migrator": "migrator", "owner": "shop_owner", "database": "shop", "password": "'…'"}
_GRANTS = {grant.name: grant for grant in GRANTS}
_NAMED = re.compile(r"<(\w+)(\??)>")
_INTRODUCTION = """# Privileges

One role runs a migration, the same on both sides. From PostgreSQL 16 on it needs no superuser rights, and managed
services can grant everything that it needs. `prepare` checks each line below on both servers (membership, ownership,
attributes; never by a version table) and names what is missing, with the statement that grants it.

The playbook `init` ([installation.md](installation.md)) writes these statements for your two databases: a file for
either side to run before, and one that takes them back. Page and files come from one table,
`_domain/preflight/grants.py`; `PYTHONPATH=collections python -m scripts.write_privileges` generates this page.

`migrator` is the migration's role, `shop_owner` the owner of database and tables, `shop` the database.

| step | privilege | side | how to grant it | finding |
|---|---|---|---|---|
"""
# <name> stands for a statement of the table, <name?> for the one where the role is there already.
_STEPS = (
    ("prepare", "see other roles' transactions and settings", "both", "<monitor>", "BG127"),
    ("setup", "create the schema `bluegreen`", "both", "<create> (members of the owner have it)", "BG132"),
    ("setup", "restore objects as their owners", "green", "<owner>", "BG134"),
    (
        "setup",
        "create roles, memberships, passwords and settings that green lacks",
        "green",
        "<createrole> (16 and later also what it is to grant), or make them by hand; only a superuser reads passwords",
        "BG136",
    ),
    ("setup", "put the gate's triggers on every table", "both", "<owner>", "BG134"),
    ("setup", "exempt our own role from the signpost", "both", "nothing: a role may change its own defaults", "–"),
    ("replicate, sync", "publish tables", "both", "<owner> and `CREATE` on the database", "BG132, BG134"),
    (
        "replicate, sync",
        "create a subscription",
        "both",
        "16 and later: <subscriber> before 16: a superuser",
        "BG131",
    ),
    ("replicate, sync", "make a replication slot and read from it", "both", "<role?>", "BG130"),
    ("replicate, sync", "write as the tables' owners", "both", "<owner> (`WITH SET TRUE`, the default)", "BG135"),
    ("replicate, verify", "read every row", "both", "<owner> with row-level security also <bypass>", "BG139"),
    (
        "reconcile, after an emergency",
        "write as replication does, and read how far rows had arrived",
        "blue",
        "15 and later: <replica> and <origins> before 15: a superuser",
        "BG008, BG770",
    ),
    (
        "verify with repair",
        "write as replication does",
        "the side that is repaired",
        "15 and later: <replica> and, where a link leads away from it, <origin_writes> before 15: a superuser",
        "BG008",
    ),
    (
        "after a failover of blue or green",
        "see up to where its rows have arrived, without which nothing reads on from the new primary",
        "both",
        "<origins>",
        "BG018",
    ),
    (
        "sync",
        "analyze tables, refresh materialized views",
        "the side out of service",
        "membership in the view's owner or, 17 and later, `MAINTAIN` on each",
        "BG525, BG560",
    ),
    ("sync, cutover", "read which statements take most time", "the side in service", "<monitor>", "BG217"),
    (
        "sync, cutover",
        "explain a statement as the role that ran it, where that role or others could create functions",
        "both",
        "membership in that role",
        "BG217",
    ),
    ("cutover, rollback", "see what lies in the buffers", "the side in service", "<monitor>", "BG127"),
    (
        "backfill beside both links",
        "give its writes an origin",
        "the side that is filled",
        "<origin_writes> or a superuser",
        "BG008",
    ),
    ("cutover, rollback", "set sequences", "both", "<owner>", "BG134"),
    ("cutover, rollback", "set the signpost of the database", "both", "<owner>", "BG133"),
    ("cutover, rollback", "fence and open", "both", "nothing beyond what setup has made", "–"),
    (
        "cutover, rollback",
        "end clients left on the old side",
        "both",
        "<signal> without it they are listed and stay (BG615)",
        "BG903",
    ),
    (
        "monitor",
        "drop the migration's slots at the circuit breaker's limit",
        "both",
        "<role?>",
        "BG130",
    ),
    ("cleanup", "drop what is ours", "both", "nothing beyond the above", "–"),
    (
        "archive",
        "dump every table",
        "the side out of service",
        "<owner> with row-level security also <bypass>",
        "BG134, BG139",
    ),
    ("decommission", "revoke `CONNECT`, or drop the database", "the side out of service", "<owner>", "BG133"),
    (
        "init",
        "create green's database, where that is asked for",
        "green",
        "<createdb> or the rights of another connection",
        "BG008",
    ),
)
_STANDBYS = """
Where a side has standbys, also, in its database (functions are granted in one database only):
"""
_MORE = """
Without it a link does not read on after a failover (BG018). It can be granted then, too.

The password has to be in the connection (`password` in `bluegreen_blue` and `bluegreen_green`, or in their `peer`):
PostgreSQL refuses a subscription without one unless its owner is a superuser (BG124). `pg_hba.conf` needs an ordinary
entry for the database, from the other server and from the host where the modules run; the keyword `replication` is
for physical standbys only.

The application must not connect as this role, nor as a superuser (BG142, BG143): both pass the fence.
[security.md](security.md) says what each role can do to the others through the migration.

If the tables have several owners, make `migrator` a member of each; `init` lists them. A member of a superuser's role
can do what a superuser can: `init` leaves such a line out, and says so. Before PostgreSQL 16 only superusers can
create subscriptions, so on such a server the role must be one, or the managed service's substitute:
"""
_ONLY_FOR = """
## Only where its step is wanted

| statement | side | from | what for |
|---|---|---|---|
"""
_BACK = """
## Afterwards

`init` writes this for your databases, too. Run it when the migration is over: after `cleanup`, and on the side that
was left after `decommission`. What was granted for one step alone is taken back first.
"""
_END = """
## Managed services

| service | instead of a superuser | REPLICATION | `wal_level` |
|---|---|---|---|
"""
_SERVICES = (
    (
        "Amazon RDS, Aurora",
        "`GRANT rds_superuser TO migrator;` (before 16)",
        "`GRANT rds_replication TO migrator;`",
        "parameter `rds.logical_replication`",
    ),
    ("Cloud SQL", "`cloudsqlsuperuser` (before 16)", "<role?>", "flag `cloudsql.logical_decoding`"),
    ("Azure Database", "`azure_pg_admin` (before 16)", "<role?>", "server parameter `wal_level`"),
)
_A_SUPERUSER = """
## What still needs a superuser

- the extension `dblink`, with which `prepare --check` tests the connection between the servers (BG123); without it
  `prepare` tests it in another way, and its check mode reports that it was not tested
- an event trigger that refuses DDL while a migration is under way; without it a comparison finds schema changes
- subscriptions before PostgreSQL 16
"""


def page() -> str:
    """Return the page's text."""
    always = [grant for grant in GRANTS if grant.due is Due.ALWAYS and not grant.last]
    before = [grant for grant in GRANTS if grant.last]
    standbys = [grant for grant in GRANTS if grant.due is Due.WITH_STANDBYS]
    wanted = [grant for grant in GRANTS if grant.due in (Due.ON_REQUEST, Due.WITH_ROW_SECURITY)]
    back = [grant for grant in GRANTS if grant not in wanted][::-1]
    return "".join(
        [
            _INTRODUCTION,
            *map(_cells, _STEPS),
            "\nAll of it, on each server:\n",
            _block(_with_version(grant, grant.statement) for grant in always),
            _STANDBYS,
            _block(_with_version(grant, grant.statement) for grant in standbys),
            _MORE,
            _block(_with_version(grant, grant.statement) for grant in before),
            _ONLY_FOR,
            *(_row(grant) for grant in wanted),
            _BACK,
            _block(_with_version(grant, grant.take_back) for grant in back),
            "\n| statement | takes back |\n|---|---|\n",
            *(f"| `{_text(grant.take_back)}` | {grant.why} |\n" for grant in wanted),
            _END,
            *map(_cells, _SERVICES),
            _A_SUPERUSER,
        ]
    )


def _cells(row: Iterable[str]) -> str:
    return f"| {' | '.join(_filled(cell) for cell in row)} |\n"


def _filled(cell: str) -> str:
    return _NAMED.sub(_statement, cell)


def _statement(found: re.Match[str]) -> str:
    grant = _GRANTS[found[1]]
    return f"`{_text(grant.if_there if found[2] else grant.statement)}`"


def _text(statement: str) -> str:
    return statement.format(**_NAMES) + ";"


def _with_version(grant: Grant, statement: str) -> str:
    since = f"  -- {grant.first} and later" if grant.first else ""
    return _text(statement) + since + (f"  -- before {grant.last + 1}" if grant.last else "")


def _block(lines: Iterable[str]) -> str:
    return "\n```sql\n" + "".join(f"{line}\n" for line in lines) + "```\n"


def _row(grant: Grant) -> str:
    sides = "both" if len(grant.sides) == len(Side) else ", ".join(map(str, grant.sides))
    since = str(grant.first) if grant.first else "any"
    why = grant.why if grant.due is Due.ON_REQUEST else f"{grant.why}; {grant.due.value}"
    return f"| `{_text(grant.statement)}` | {sides} | {since} | {why} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
