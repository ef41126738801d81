#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes rows that are proven different again, from the side in service."""

from __future__ import annotations

DOCUMENTATION = r"""
module: consistency_repair
short_description: Rewrite rows that are proven different
version_added: "0.1.0"
description:
  - Compares as M(bluegreen.postgresql.consistency_check) does, in mode V(full), and makes each row that is proven
    different equal to the row on O(reference). It finds rows by their key.
  - While it writes to a table, it locks the table against replication and all other writers. It writes a row only if
    both sides still show what they showed when the row was proven different. So replication finds each row as it left
    it, or would have left it, and does not fail.
  - As with replication, no trigger fires, no foreign key is checked, and a fence does not refuse the writes. If a link
    could send the rows back, they get a replication origin, which prevents that (C(origin = none)).
  - Rows that have to go are deleted first. Rows that stand in each other's way, such as two that have exchanged unique
    values, are taken out and put back with the columns that only the other side has. A row that the server refuses
    nevertheless, or a table that stays locked, is reported in RV(not_repaired) and keeps no other one from being
    written.
  - Compares the written rows again at once.
  - In check mode nothing is written; RV(statements) shows what would be written.
  - Needs C(SET) on the parameter C(session_replication_role), and C(EXECUTE) on the functions
    C(pg_replication_origin_create), C(_oid), C(_session_setup), C(_session_reset) and C(_drop) where the other side has
    a logical slot; or a superuser.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.comparison
options:
  max_rows:
    description: If more rows differ, it repairs nothing; so many differences have a cause that you should find first.
    type: int
    default: 1000
seealso:
  - module: bluegreen.postgresql.consistency_check
  - name: Privileges
    description: What the role of the migration needs.
    link: docs/privileges.md
"""

EXAMPLES = r"""
- name: See what would be written
  bluegreen.postgresql.consistency_repair:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
  check_mode: true
  register: repair

- name: Write the rows of one table again
  bluegreen.postgresql.consistency_repair:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    tables: [public.users]
    max_rows: 20
"""

RETURN = r"""
consistent:
  description: Whether every table is proven to hold the same rows on both sides, after what was repaired.
  returned: success
  type: bool
  sample: true
agrees:
  description: The same as RV(consistent).
  returned: success
  type: bool
  sample: true
mode:
  description: What was looked at.
  returned: success
  type: str
  sample: full
reference:
  description: The side that the other one is compared with.
  returned: success
  type: str
  sample: blue
started:
  description: When the comparison began, in UTC by green's clock.
  returned: success
  type: str
  sample: "2026-11-25T07:30:00Z"
resumed:
  description: Always V(false).
  returned: success
  type: bool
  sample: false
paused_seconds:
  description: How long the limits held the comparison back.
  returned: success
  type: float
  sample: 0.0
progress:
  description: How much has been compared.
  returned: success
  type: list
  elements: str
statements:
  description: The statements that write the rows, with their keys. They refer to values by column and side, and do not
    show them.
  returned: success
  type: list
  elements: str
repaired:
  description: How many rows were written.
  returned: success
  type: int
  sample: 2
not_repaired:
  description: Rows that differ and were not written; each with C(table), C(key) and C(reason).
  returned: success
  type: list
  elements: dict
objects:
  description: >-
    For each kind of O(objects), C(consistent) and the names of objects that the other side lacks
    (C(missing)), has in another form (C(different)) or has in addition (C(extra)).
  returned: success
  type: dict
tables:
  description: >-
    One entry for each table, as M(bluegreen.postgresql.consistency_check) returns it, and C(repaired), how many of its
    rows were written; for tables with repaired rows, the result after the repair.
  returned: success
  type: list
  elements: dict
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
      sample: write 2 rows to green
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.comparison import comparison_options
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.comparison.repair import ConsistencyRepair


def main() -> None:
    """Run the module."""
    run_module(ConsistencyRepair, {**comparison_options(), "max_rows": {"type": "int", "default": 1000}})


if __name__ == "__main__":
    main()
