#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads where a migration stands: side in service, fences, links, journal."""

from __future__ import annotations

DOCUMENTATION = r"""
module: migration_info
short_description: Read where a migration stands
version_added: "0.1.0"
description:
  - Reads gates, journals, links and versions of both sides, and says which side is in service.
  - If facts and journals disagree, facts win and RV(contradiction) says so.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.consumers
  - bluegreen.postgresql.routes
options:
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  free_disk_command:
    description: A command and its arguments whose last line is the number of bytes free where blue keeps its WAL.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.phase_info
  - module: bluegreen.postgresql.activity_info
  - module: bluegreen.postgresql.replication_lag_info
  - name: What each playbook does
    description: Each playbook in each situation.
    link: docs/playbooks.md
"""

EXAMPLES = r"""
- name: Read where the migration stands
  bluegreen.postgresql.migration_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
  register: migration

- name: Show the side in service
  ansible.builtin.debug:
    var: migration.in_service
"""

RETURN = r"""
in_service:
  description: The side that accepts application writes, V(null) if none does or if it is unknown.
  returned: success
  type: str
  sample: blue
standing:
  description: >-
    The situation in the table of playbooks (C(docs/playbooks.md)), with its C(name), a description (C(where)), and
      C(lines) that say which playbooks can run, which have nothing to do, and which refuse. C(no_rollback) says why no
      rollback is possible and what helps, and is empty if one is possible.
  returned: success
  type: dict
  sample:
    name: set_up
    where: green is set up and fenced, and there is no link; blue is in service
    lines: ["can run: prepare, setup, replicate, rollback, monitor, status, traffic, rehearse"]
switched:
  description: Whether any switch has passed its point of no return.
  returned: success
  type: bool
pending_target:
  description: The side that an interrupted switch still has to open, V(null) if there is none.
  returned: success
  type: str
contradiction:
  description: How facts and journals disagree, V(null) if they agree.
  returned: success
  type: str
gates:
  description: State of the gate, by side.
  returned: success
  type: dict
versions:
  description: Major version by side.
  returned: success
  type: dict
  sample: {blue: 17, green: 18}
links:
  description: By direction. Facts of each lane by name; a value that is not known is V(null), never zero.
  returned: success
  type: dict
lost:
  description: >-
    The side that cannot be reached, with what the other side knows - what has arrived there and what may be missing
      (C(lines)) - and what to do (C(todo)); V(null) if both answer. Results that need both sides are empty or V(null)
      then.
  returned: success
  type: dict
  sample:
    side: blue
    why: Blue cannot be reached.
    lines: [green answers and refuses application writes]
    todo: Bring blue back.
rollback:
  description:
    - Whether a rollback would lose nothing that was acknowledged on green, with its reasons; V(null) while green is not
      in service. C(safe) is V(null) if that is unknown, and C(unknown) says what is missing. C(green_only) counts what
      was written since the switch to columns and tables that blue lacks.
  returned: success
  type: dict
  sample:
    safe: false
    reasons: [public.users.phone has 3 values that cannot flow back]
    unknown: []
    notes: [0 bytes still have to reach blue]
    green_only: [{name: public.users.phone, values: 3}]
left_behind:
  description: >-
    Sessions of clients on the side out of service, counted by role, application and address, without our own role and
      superusers. Empty before the first switch.
  returned: success
  type: list
  elements: dict
consumers:
  description: >-
    The logical slots of both databases that are not this migration's, with C(plugin), C(two_phase), C(failover), the
      C(reader) (V(null) where nobody reads it now) and how many bytes of WAL it is C(behind) (V(null) for unknown).
      C(leave) is why it stays, empty where it is to move, V(null) where nothing was said. C(line) says it in words.
  returned: success
  type: list
  elements: dict
  sample:
    - side: blue
      slot: orders_cdc
      plugin: pgoutput
      database: shop
      two_phase: false
      failover: true
      reader: {pid: 4711, role: cdc, application: debezium, address: 10.0.0.5}
      behind: 1024
      leave: ""
      line: "orders_cdc (pgoutput, failover), read by debezium as cdc from 10.0.0.5, 1.0 kB behind: it is to move …"
views:
  description: >-
    How many materialized views of the side out of service are populated, how old they are, and which are not populated,
      in words; empty before C(setup), and where there is none.
  returned: success
  type: list
  elements: str
  sample: ["materialized views of green: 3 of 3 populated"]
findings:
  description: >-
    What is wrong. C(BG615) reports clients on the side out of service 30 s or more after a switch; C(BG268) tables
      whose rows do not flow to the other side; C(BG518) what green lacks of blue's schema.
  returned: success
  type: list
  elements: dict
start_again:
  description:
    - When, why and with which slots the circuit breaker ended the migration, which has to start again; V(null) if that
      has not happened since the last C(setup).
  returned: success
  type: dict
  sample:
    at: "2026-05-01T12:00:00.000000Z"
    reason: the link keeps 51.2 GB of WAL on blue, 50.0 GB are allowed
    slots: [bluegreen_shop_forward_1]
journal:
  description: Both sides' entries, ordered by time.
  returned: success
  type: list
  elements: dict
progress:
  description: What is being copied, one line each.
  returned: success
  type: list
  elements: str
first_copy:
  description: The first copy from a snapshot with its progress; V(null) if there is none.
  returned: success
  type: dict
  sample: {phase: copying, attempt: 1, alive: true, bytes: 1048576, bytes_done: 524288, snapshot_seconds: 2.1}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.consumers import consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.status.migration_info import MigrationInfo


def main() -> None:
    """Run the module."""
    run_probe(
        MigrationInfo,
        {
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "free_disk_command": {"type": "list", "elements": "str", "default": []},
            "routes": routes(),
            **consumers(),
        },
    )


if __name__ == "__main__":
    main()
