#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the rows of both sides while both are being written to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: consistency_check
short_description: Prove that both sides hold the same rows
version_added: "0.1.0"
description:
  - Hashes each table bucket by bucket inside both servers at the same time, and reads only rows of buckets that differ.
  - A row that looks different is read again after the other side has applied everything that the side in service had
    committed by then, until it agrees or is proven different. So both sides may be written to all the while.
  - Reads only. The result is the same in check mode.
  - Columns that only one side has are not compared; they are named in the result.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  reference:
    description: The side in service, whose rows are taken for right.
    type: str
    choices: [blue, green]
    default: blue
  tables:
    description:
      - Tables to compare, as C(schema.table), quoted where SQL needs it. Of a partitioned table, its root.
      - All of the user's tables on O(reference) when empty.
    type: list
    elements: str
    default: []
  exclude_tables:
    description: Tables to leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  max_differences:
    description: How many differences are described for each table; all are counted.
    type: int
    default: 100
  timeout:
    description: How long the comparison may take, in seconds. What is not decided by then is C(undecided).
    type: float
    default: 3600
  buckets:
    description:
      - Number of buckets for each table, rounded up to a power of two, at most 65536.
      - More buckets make fewer rows to be read again after a difference, and more to be sent by the servers.
    type: int
    default: 4096
  at_rest:
    description:
      - Nothing writes to either side, so rows may be compared although no link replicates them.
      - Rows that are seen to change all the same are C(undecided).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Compare all tables while applications write to blue
  bluegreen.postgresql.consistency_check:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
  register: comparison

- name: Stop unless every table is proven to be the same
  ansible.builtin.assert:
    that: comparison.consistent

- name: Compare two tables after the switch, with green in service
  bluegreen.postgresql.consistency_check:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    reference: green
    tables: [public.users, '"Sales Archive".orders']
    timeout: 600
"""

RETURN = r"""
consistent:
  description: Whether every table is proven to hold the same rows on both sides. Undecided is not consistent.
  returned: success
  type: bool
  sample: false
reference:
  description: The side that differences are seen from.
  returned: success
  type: str
  sample: blue
tables:
  description: One entry for each table.
  returned: success
  type: list
  elements: dict
  contains:
    table:
      description: The table, quoted where SQL needs it.
      type: str
      sample: public.users
    consistent:
      description: V(true), V(false) or the string V(undecided); test it with C(is true).
      type: raw
      sample: false
    reason:
      description: Why it is undecided; empty otherwise.
      type: str
    rows:
      description: Rows on V(blue) and on V(green) at the moment of hashing; V(null) where they were not read.
      type: dict
      sample: {blue: 20000, green: 19999}
    key:
      description:
        - The columns that identify a row.
        - Empty where the table has neither primary key nor replica identity index; its rows are compared as a multiset.
      type: list
      elements: str
      sample: [id]
    columns_ignored:
      description: Columns that only one side has, for V(blue) and V(green).
      type: dict
      sample: {blue: [], green: [phone]}
    difference_count:
      description: How many rows are proven different.
      type: int
      sample: 1
    differences:
      description: The first O(max_differences) of them.
      type: list
      elements: dict
      contains:
        key:
          description: The key's columns as text; C(row_hash) for a table without a key; empty for a missing table.
          type: dict
          sample: {id: "4711"}
        kind:
          description: >-
            C(missing) on the other side, C(extra) there, C(changed), or C(missing_table) where it lacks the table.
          type: str
          sample: changed
        columns:
          description: The columns whose values differ, never the values; V(null) unless it is one row against one.
          type: list
          elements: str
          sample: [email]
    undecided_count:
      description: How many rows did not hold still until the timeout.
      type: int
      sample: 0
    undecided:
      description: Keys of the first O(max_differences) of them.
      type: list
      elements: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.consistency import ConsistencyCheck


def main() -> None:
    """Run the module."""
    run_module(
        ConsistencyCheck,
        {
            "reference": {"type": "str", "choices": ["blue", "green"], "default": "blue"},
            "tables": {"type": "list", "elements": "str", "default": []},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "max_differences": {"type": "int", "default": 100},
            "timeout": {"type": "float", "default": 3600.0},
            "buckets": {"type": "int", "default": 4096},
            "at_rest": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
