# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a throw-away database one side of a rehearsal."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearsal_side
short_description: Turn a throw-away database into one side of a rehearsal
version_added: "0.1.0"
description:
  - Creates, for the database in O(green) on a throw-away server of M(bluegreen.postgresql.embedded_server), the roles
    that blue's schema names; for O(side=blue) also blue's schema and a sample of its rows.
  - Accepts a database on another server if its comment is V(bluegreen throw-away).
  - Only reads blue. Its rows come from one snapshot, in a read-only transaction.
  - Creates roles without password or login, so nobody can log in as them.
  - Copies each row with the rows that its foreign keys refer to, up to 100 levels; leaves out a row whose parents are
    not found. Tables in O(exclude_tables) stay empty, and foreign keys to them are ignored.
  - Does not fill a database that already has tables.
  - With O(plain_password) no superuser restores or runs anything of blue's. Objects that only a superuser can restore
    are left out, with everything that depends on them, and returned in RV(left_out).
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
requirements:
  - pg_dump and pg_restore of the throw-away server's major version on the host where the module runs
options:
  side:
    description: Which side of the rehearsal the database in O(green) becomes.
    type: str
    choices: [blue, green]
    required: true
  emptied_first:
    description: Drop everything in the throw-away database before filling it.
    type: bool
    default: false
  plain_password:
    description:
      - Password of the role C(bluegreen_plain), which the module creates on the throw-away server. It restores the
        schema without being a superuser, loads the rows, and is the role to rehearse with.
      - Before PostgreSQL 16 it becomes a superuser afterwards, since only a superuser can subscribe.
      - Without it the role in O(green) does everything, and must be a superuser.
    type: str
  open_to:
    description: What code on the throw-away server could reach, as M(bluegreen.postgresql.embedded_server) returns it.
    type: list
    elements: str
    default: []
  rows:
    description: How many rows of each table or partition to copy, not counting their parents; or V(all).
    type: str
    default: "1000"
  pg_bindir:
    description:
      - Folder of C(pg_dump) and C(pg_restore) of the throw-away server's major version.
      - If empty, the module searches E(PATH) and the folders of Debian's and Red Hat's packages.
    type: path
    default: ""
  application_roles:
    description: Roles that applications connect with; they are created as well.
    type: list
    elements: str
    default: []
  exclude_tables:
    description: Tables whose rows are left out, each as C(schema.table).
    type: list
    elements: str
    default: []
notes:
  - Large objects and rows of materialized views, unlogged and foreign tables are not copied.
seealso:
  - module: bluegreen.postgresql.embedded_server
  - module: bluegreen.postgresql.rehearsal_writes
  - name: Rehearsal
    description: What the playbook C(rehearse) tries, and what it cannot.
    link: docs/rehearse.md
"""

EXAMPLES = r"""
- name: Fill the throw-away blue
  bluegreen.postgresql.rehearsal_side:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ throw_away.endpoint | combine({'password': throw_away_password}) }}"
    side: blue
    rows: 500
    pg_bindir: "{{ throw_away.pg_bindir }}"
"""

RETURN = r"""
objects:
  description: How many user objects the throw-away database has, or would have in check mode.
  type: int
  returned: success
  sample: 212
left_out:
  description:
    - What of blue's schema was not restored, because it needs a superuser or depends on an object that does - functions
      in C and in untrusted languages, event triggers, foreign-data wrappers, extensions that are not trusted,
      publications.
    - Empty if this run restored nothing.
  type: list
  elements: str
  returned: success
  sample: [extension dblink, "function public.disk_free()"]
user:
  description: The role to rehearse with, V(null) without O(plain_password).
  type: str
  returned: success
  sample: bluegreen_plain
rows:
  description: How many rows were copied, by table or partition.
  type: dict
  returned: success
  sample: {public.orders: 500, public.users: 731}
steps:
  description: What was done, in order, or would be done in check mode; empty if there was nothing to do.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: What the step does.
      returned: always
      type: str
      sample: create role orders_owner
    milliseconds:
      description: How long it took; V(null) in check mode.
      returned: always
      type: float
      sample: 12.3
    changed:
      description: Whether it changes something; V(false) for a step that only looks or waits.
      returned: always
      type: bool
      sample: true
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.rehearsal.side import RehearsalSide


def main() -> None:
    """Run the module."""
    run_module(
        RehearsalSide,
        {
            "side": {"type": "str", "choices": ["blue", "green"], "required": True},
            "emptied_first": {"type": "bool", "default": False},
            "plain_password": {"type": "str", "no_log": True},
            "open_to": {"type": "list", "elements": "str", "default": []},
            "rows": {"type": "str", "default": "1000"},
            "pg_bindir": {"type": "path", "default": ""},
            "application_roles": {"type": "list", "elements": "str", "default": []},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
        },
    )


if __name__ == "__main__":
    main()
