#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manages the link (publication, slot, subscription) of one direction."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_link
short_description: Manage the replication link in one direction
version_added: "0.1.0"
description:
  - Compares the existing publication, slot and subscription with the wanted ones, and changes only the difference.
  - Forward (blue to green) makes a first copy of the tables; green's tables must be empty then.
  - With O(copy=snapshot) a separate process makes that copy, and the module ends as soon as the process has its
    snapshot. The process keeps running when the play ends; M(bluegreen.postgresql.replication_catchup) waits for it,
    and restarts it if it has died. It copies with several streams, builds indexes, keys and foreign keys afterwards,
    and subscribes at the end.
  - Reverse (green to blue) copies nothing. Columns that blue lacks are left out by a column list.
  - If a side is older than 16, both directions cannot be live at once; the reverse link is then only prepared, and
    M(bluegreen.postgresql.cutover) enables it.
  - Lets an existing subscription read from the publisher's present primary when that is another server than before.
    After a failover it refuses where the slot is gone (BG016), where rows would be missing (BG017), and where that
    cannot be told (BG018).
  - Refuses to remove a link while a consumer of O(consumers) is left on the side out of service (BG707), since that
    gets nothing more without it.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.consumers
options:
  direction:
    description: V(forward) is blue to green, V(reverse) is green to blue.
    type: str
    choices: [forward, reverse]
    required: true
  state:
    description:
      - What the link should be.
      - V(connected) changes only from where existing subscriptions read, as V(present) does too. After a failover of
        the publisher that is its present primary, where that one has the slot and nothing can be missing.
    type: str
    choices: [present, absent, enabled, disabled, connected]
    default: present
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  copy:
    description:
      - How green gets blue's existing rows; for the forward link only.
      - V(snapshot) reads all tables from one snapshot with several streams. Until all rows are there, the snapshot
        keeps vacuum on blue from removing dead rows; RV(first_copy) shows for how long.
      - V(native) is PostgreSQL's own table synchronisation, with green's indexes in place.
      - V(none) copies nothing, for a green that has all rows as of the slot's creation, or as of O(start_lsn).
    type: str
    choices: [snapshot, native, none]
    default: snapshot
  start_lsn:
    description:
      - With O(copy=none), the position in blue's WAL up to which green has all rows, such as V(16/B374D848); for a
        green made from a physical copy. Publication and slot have to be older than that position.
      - A publication FOR ALL TABLES of the lane's name is replaced by one that names its tables.
    type: str
  copy_streams:
    description: How many streams copy rows and build indexes at the same time; each is a connection to either side.
    type: int
    default: 4
  lanes:
    description:
      - How many lanes a new link gets. Each is a publication, slot and subscription with its own apply worker. Use
        several if blue writes more than one worker can apply.
      - Tables are spread by the rows written to them so far; partition trees stay together. An existing link keeps its
        lanes, and the link back gets the same ones.
      - Transactions that write to tables of several lanes arrive in parts. That does not violate foreign keys, because
        apply workers do not check them.
    type: int
    default: 1
  lane_tables:
    description: The lane of a table or partition tree, by its name C(schema.table).
    type: dict
  timeout:
    description: How long the whole change may take, including waiting for open transactions, in seconds.
    type: float
    default: 60
seealso:
  - module: bluegreen.postgresql.replication_catchup
  - module: bluegreen.postgresql.replication_lag_info
  - module: bluegreen.postgresql.schema_lint_info
  - name: Physical copy
    description: How to make green from a physical copy of blue.
    link: docs/physical_copy.md
  - name: Glossary
    description: The collection's words, each beside the usual term.
    link: docs/glossary.md
"""

EXAMPLES = r"""
- name: Let rows flow from blue to green
  bluegreen.postgresql.replication_link:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    direction: forward
"""

RETURN = r"""
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
      sample: publish 12 tables as bluegreen_shop_forward_1
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
direction:
  description: The direction of the link.
  returned: success
  type: str
  sample: forward
armed_only:
  description: Whether the link can only be prepared for now, because a side is older than 16.
  returned: success
  type: bool
lanes:
  description: Facts of each lane by name; a value that is not known is V(null), never zero.
  returned: success
  type: dict
  sample: {bluegreen_shop_forward_1: {present: true, enabled: true, lag_bytes: 0, tables: 12, tables_ready: 12}}
first_copy:
  description: The first copy from a snapshot; V(null) if there never was one.
  returned: success
  type: dict
  sample: {phase: copying, attempt: 1, alive: true, bytes: 1048576, bytes_done: 524288, snapshot_seconds: 2.1}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.consumers import consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication.link import ReplicationLink


def main() -> None:
    """Run the module."""
    run_module(
        ReplicationLink,
        {
            "direction": {"type": "str", "choices": ["forward", "reverse"], "required": True},
            "state": {
                "type": "str",
                "choices": ["present", "absent", "enabled", "disabled", "connected"],
                "default": "present",
            },
            "copy": {"type": "str", "choices": ["snapshot", "native", "none"], "default": "snapshot"},
            "start_lsn": {"type": "str"},
            "copy_streams": {"type": "int", "default": 4},
            "lanes": {"type": "int", "default": 1},
            "lane_tables": {"type": "dict"},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 60.0},
            **consumers(),
        },
        exclusive=True,
    )


if __name__ == "__main__":
    main()
