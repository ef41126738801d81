#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills columns of a table in batches."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backfill
short_description: Fill columns of a table in batches by its primary key
version_added: "0.1.0"
description:
  - Fills columns with an SQL expression over each row, as many rows at a time as O(batch_size) says, in the order of
    the primary key. Each batch is a transaction, which records its progress in schema C(bluegreen), so the next run
    resumes after a kill.
  - Waits while a link of the migration is further behind than O(max_lag_bytes), or its lag cannot be read.
  - Shows a line of progress every few seconds.
  - Changes nothing if an earlier run finished and no row meets O(where). If O(where) is set, it fills rows that have
    been added since; RV(left_over) and a warning say that there are some. M(bluegreen.postgresql.cutover) refuses while
    green has any.
  - Fills a side out of service behind its fence. Where the way back exists already (the phase C(sync)), the filled rows
    get a replication origin, so that it does not carry them to the side in service, where they would overwrite newer
    ones; that takes a way back with C(origin = none), from PostgreSQL 16 on, and the privileges of a repair. Fills a
    side in service at any time; its writes flow to the other side if that has the column.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  side:
    description: The side whose table is filled.
    type: str
    choices: [blue, green]
    default: green
  table:
    description: Table with a primary key, as schema and name; parts that need it are quoted as in SQL.
    type: str
    required: true
  columns:
    description:
      - SQL expression for each column to fill, by its name; C(t) is the row.
      - Names are looked for in C(pg_catalog), in the table's schema, then in C(public).
      - It runs as it is, like a versioned migration. Accept it only from people whom you would let run one.
    type: dict
    required: true
  where:
    description:
      - SQL condition that a row meets before it is filled, and no longer meets afterwards; empty for all rows.
      - It runs in the same way as O(columns).
    type: str
    default: ""
  batch_size:
    description: How many rows a batch looks at.
    type: int
    default: 5000
  rest:
    description: Seconds between two batches.
    type: float
    default: 0.0
  max_lag_bytes:
    description: How far a link of the migration may be behind, in bytes of WAL.
    type: int
    default: 67108864
  pause_limit:
    description: How many seconds it waits for a link at most.
    type: float
    default: 600.0
  exclude_tables:
    description: Tables that the links leave out, as for M(bluegreen.postgresql.replication_link).
    type: list
    elements: str
    default: []
  slice:
    description: Seconds after which to return with RV(resume); the action plugin sets it, to show progress.
    type: float
  resume:
    description: RV(resume) of the slice before; the action plugin sets it.
    type: dict
notes:
  - Triggers of the table fire as for any UPDATE.
seealso:
  - module: bluegreen.postgresql.schema_version
  - module: bluegreen.postgresql.replication_lag_info
  - name: Versioned migrations
    description: How the SQL files are named, ordered and marked.
    link: docs/versioned_migrations.md
"""

EXAMPLES = r"""
- name: Fill the new column on green
  bluegreen.postgresql.backfill:
    migration: shop
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    table: public.users
    columns:
      email_folded: lower(t.email)
    where: t.email_folded IS NULL AND t.email IS NOT NULL
    batch_size: 2000
"""

RETURN = r"""
seen:
  description: How many rows were read, by this run and the runs that it continued.
  returned: success
  type: int
  sample: 305000
written:
  description: How many of them were filled.
  returned: success
  type: int
  sample: 304120
finished:
  description: Whether nothing is left.
  returned: success
  type: bool
left_over:
  description: Whether rows meet O(where) although a run has finished, because they were added since.
  returned: success
  type: bool
  sample: false
progress:
  description: How far it is, in words.
  returned: success
  type: list
  elements: str
  sample: ["email_folded of public.users: 120,000 of about 305,000 rows, 119,800 written"]
resume:
  description: Present if a slice is over and another one has to follow.
  returned: when a slice is over
  type: dict
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
      sample: "fill email_folded of public.users on green, 5000 rows at a time, from row 1 on"
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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.copy.backfill import RunBackfill


def main() -> None:
    """Run the module."""
    run_module(
        RunBackfill,
        {
            "side": {"type": "str", "choices": ["blue", "green"], "default": "green"},
            "table": {"type": "str", "required": True},
            "columns": {"type": "dict", "required": True},
            "where": {"type": "str", "default": ""},
            "batch_size": {"type": "int", "default": 5000},
            "rest": {"type": "float", "default": 0.0},
            "max_lag_bytes": {"type": "int", "default": 64 * 2**20},
            "pause_limit": {"type": "float", "default": 600.0},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "slice": {"type": "float"},
            "resume": {"type": "dict"},
        },
        exclusive=True,
    )


if __name__ == "__main__":
    main()
