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
  - Hashes each table by ranges and buckets, inside both servers at the same time, and reads only rows of buckets that
    differ.
  - Reads a row that looks different again, after the other side has applied everything that the side in service had
    committed by then, until the row agrees or is proven different. So both sides may take writes all the while.
  - Leaves out what the link's publications leave out (row filters, column lists). Columns that only one side has are
    not compared but named in the result.
  - Splits a table into ranges of its key if every server sorts that key alike (integers, numeric, date, timestamps,
    uuid) and the rows are stored roughly in that order. Splits any other table, or one without a key, into at most
    eight slices by the rows' hashes; each slice reads the whole table.
  - Changes nothing in the databases' contents. It records its progress in green's schema C(bluegreen), and removes it
    at the end; if a run was killed or ran out of time, the next run with the same parameters continues it. The schema
    keeps the result and its time, for go/no-go. A clean one also keeps which tables it compared, by oid and column.
  - Shows a line of progress every few seconds.
  - Rests most of the time (O(busy_percent)) while other processes need the CPU that it uses.
  - In check mode it records nothing and shows no progress. The result is the same.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.comparison
options:
  slice:
    description:
      - End after so many seconds, between two ranges, with RV(resume) for the next call.
      - Without effect in check mode and with O(mode=count).
    type: float
  resume:
    description: RV(resume) of the slice before.
    type: dict
seealso:
  - module: bluegreen.postgresql.consistency_repair
  - module: bluegreen.postgresql.prerequisites_info
  - name: Glossary
    description: The collection's words, each beside the usual term.
    link: docs/glossary.md
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

- name: Compare a tenth of the rows, gently, and see the values of what differs
  bluegreen.postgresql.consistency_check:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    mode: sample
    mapping:
      - {table: public.users, to: public.people, columns: {name: full_name}}
    show_values: true
    secret_columns: [password_hash]
    max_megabytes_per_second: 50
    pause_query: SELECT count(*) > 40 FROM pg_catalog.pg_stat_activity WHERE state = 'active'
"""

RETURN = r"""
consistent:
  description: Whether every table is proven to hold the same rows on both sides. Undecided is not consistent.
  returned: success
  type: bool
  sample: false
agrees:
  description:
    - Whether everything that O(mode) looks at was found equal.
    - The same as RV(consistent) in mode V(full). In the other modes nothing is proven, so RV(consistent) is V(false).
  returned: success
  type: bool
  sample: false
mode:
  description: What was looked at, as asked.
  returned: success
  type: str
  sample: full
started:
  description: When the comparison began, in UTC by green's clock; for a continued run, when the earlier run began.
  returned: success
  type: str
  sample: "2026-11-25T07:30:00Z"
resumed:
  description: Whether this run continued an earlier, unfinished one.
  returned: success
  type: bool
  sample: false
paused_seconds:
  description: How long the limits held the comparison back.
  returned: success
  type: float
  sample: 0.0
progress:
  description: Progress, speed and expected remaining time; bytes of both sides together.
  returned: success
  type: list
  elements: str
  sample: ["compared 1.2 GB of 4.0 GB, 85.3 MB/s, about 33 s left"]
resume:
  description: State for the next slice; the other results cover what has been compared so far.
  returned: when a slice is over
  type: dict
reference:
  description: The side that the other one is compared with.
  returned: success
  type: str
  sample: blue
objects:
  description: >-
    For each kind of O(objects), C(consistent) and the names of objects that the other side lacks
    (C(missing)), has in another form (C(different)) or has in addition (C(extra)).
  returned: success
  type: dict
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
    other_table:
      description: Its name on the other side.
      type: str
      sample: public.people
    consistent:
      description: V(true), V(false) or the string V(undecided); test it with C(is true).
      type: raw
      sample: false
    agrees:
      description: Whether everything that O(mode) looks at was found equal.
      type: bool
      sample: false
    reason:
      description: Why it is undecided; empty otherwise.
      type: str
    rows:
      description: Rows on V(blue) and on V(green) at the moment of hashing; V(null) where they were not read.
      type: dict
      sample: {blue: 20000, green: 19999}
    bytes:
      description: Size of the compared ranges on each side, estimated from the servers' size of the whole table.
      type: dict
      sample: {blue: 4210688, green: 4202496}
    ranges:
      description: Into how many ranges or slices the table was cut.
      type: int
      sample: 1
    ranges_compared:
      description: How many of them have been hashed.
      type: int
      sample: 1
    condition:
      description: The row filter of the link's publication, V(null) without one.
      type: str
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
          description: >-
            The key's columns as text, V((secret\)) for O(secret_columns); C(row_hash) for a table without a key; empty
            for a missing table.
          type: dict
          sample: {id: "4711"}
        kind:
          description: >-
            C(missing) on the other side, C(extra) there, C(changed), or C(missing_table) where it lacks the table.
          type: str
          sample: changed
        columns:
          description: The columns whose values differ; V(null) unless it is one row against one.
          type: list
          elements: str
          sample: [email]
        shown:
          description:
            - With O(show_values), for each of these columns its text on V(blue) and V(green), at most 200 characters.
            - For a row that one side lacks, all columns as on the other side. Never those in O(secret_columns).
          returned: with O(show_values)
          type: dict
    undecided_count:
      description: How many rows kept changing until O(timeout) or O(row_timeout).
      type: int
      sample: 0
    undecided:
      description: Keys of the first O(max_differences) of them.
      type: list
      elements: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.comparison import comparison_options
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.comparison.check import ConsistencyCheck


def main() -> None:
    """Run the module."""
    run_probe(ConsistencyCheck, {**comparison_options(), "slice": {"type": "float"}, "resume": {"type": "dict"}})


if __name__ == "__main__":
    main()
