#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts one side into service: cutover to green, rollback to blue."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cutover
short_description: Put one side into service
version_added: "0.1.0"
description:
  - Moves the applications' writes from one side to the other in one critical section with one deadline. It holds
    clients at the routes, fences the old side, waits until the new side has applied everything, carries sequences over,
    commits the fence, opens the new side, and points the routes there.
  - Until the commit of the fence, any failure, timeout, signal or lost connection undoes everything. After it, the
    switch only goes forward. If the switch's process dies, a watchdog process in a session of its own, or the next run,
    finishes or undoes the switch.
  - Before it touches anything, also in check mode, it lists every reason not to switch at once. It checks them again
    once it holds the locks, since facts grow stale during waiting and approval.
  - Afterwards it counts clients that are still connected to the side out of service, and ends their sessions.
  - Does nothing if the side is already in service and the routes lead there.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.acceptance
  - bluegreen.postgresql.routes
  - bluegreen.postgresql.routes.standbys
  - bluegreen.postgresql.conditions
  - bluegreen.postgresql.health_checks
  - bluegreen.postgresql.window
options:
  standbys:
    description:
      - The standbys that readers use, by side. A cutover is refused while one of green's does not answer or is no copy
        of green (BG768), unless that is accepted. A rollback only warns.
  target:
    description: The side to put into service; V(blue) is a rollback.
    type: str
    choices: [green, blue]
    required: true
  deadline:
    description:
      - How long the old side may be fenced, in seconds. The last second, or the last fifth of a short deadline, is
        reserved for undoing.
    type: float
    default: 10.0
  hold_limit:
    description: How long to wait for open transactions and locks while clients are held, in seconds.
    type: float
    default: 3.0
  max_lag_seconds:
    description: How long a marker row may take to reach the new side before the switch.
    type: float
    default: 1.0
  max_transaction_seconds:
    description: How old a transaction on the old side may be before the switch, in seconds.
    type: float
    default: 5.0
  sequence_headroom:
    description:
      - How many values to advance each sequence beyond the old side's, for values that old sessions may still use.
      - It takes at most a tenth of what is left.
    type: int
    default: 100
  accept_absent_standbys:
    description:
      - Physical replication slots of the old side whose standbys may be absent. If such a standby is promoted later, it
        becomes a second side that takes writes.
    type: list
    elements: str
    default: []
  accept_loss_of:
    description:
      - What exists only on green and may stay behind at a rollback, as C(schema.table.column) or C(schema.table),
        quoted where SQL needs it. Other values that were written only there since the switch are a reason not to roll
        back.
    type: list
    elements: str
    default: []
  loss_file:
    description:
      - The file for these values on the host where the module runs, written before the rollback and again after it,
        when nobody can write there any more. It has one JSON object per line; only its owner may read it.
    type: path
  schema_migrations:
    description:
      - Folder of versioned migrations, as for M(bluegreen.postgresql.schema_version), on the host where the module
        runs. Files marked C(at_cutover) that have not been applied run on green within the critical section, in the
        transaction that opens it; a rollback reverts them with their down files.
      - They are tried beforehand in a transaction that is rolled back. Columns or tables that would no longer flow back
        are a reason not to switch.
    type: path
    default: ""
  schema_version:
    description: The version that green gets, V(latest) or the number of a file.
    type: str
    default: latest
  schema_table:
    description: Version table, as schema and name.
    type: str
    default: public.schema_version
  at_cutover_limit:
    description:
      - Seconds that all these files may take together; after that, everything is undone. The rest of O(deadline) is a
        limit as well.
    type: float
    default: 3.0
  accept_one_way:
    description:
      - Versions that a cutover may apply even if a rollback could not revert them, or would lose what was written
        since.
    type: list
    elements: int
    default: []
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.emergency_rollback
  - module: bluegreen.postgresql.prerequisites_info
  - module: bluegreen.postgresql.route_check
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
  - name: Routes
    description: How applications reach the side in service.
    link: docs/routes.md
"""

EXAMPLES = r"""
- name: Cut over to green behind PgBouncer
  bluegreen.postgresql.cutover:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    target: green
    routes:
      - type: pgbouncer
        console: {host: bouncer.example.com, port: 6432, user: operator, password: "{{ console_password }}"}
        databases: [shop]
        live_file: /etc/pgbouncer/databases.ini
        blue_file: /etc/pgbouncer/databases.blue.ini
        green_file: /etc/pgbouncer/databases.green.ini

- name: Roll back to blue, with clients that know both servers
  bluegreen.postgresql.cutover:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    target: blue
    routes:
      - type: multihost
"""

RETURN = r"""
target:
  description: The side that was asked for.
  returned: success
  type: str
  sample: green
in_service:
  description: The side in service.
  returned: success
  type: str
  sample: green
epoch:
  description: The number of the last switch.
  returned: success
  type: int
  sample: 1
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
      sample: fence blue
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
milliseconds:
  description: How long the switch took, from holding the routes to the complete way back; V(null) if none was made.
  returned: success
  type: float
  sample: 38.2
routes:
  description: The side that each route leads to, V(null) for clients that find it by themselves.
  returned: success
  type: dict
ends_way_back:
  description: What no longer flows back after this cutover, as O(accept_one_way) allows; empty if everything does.
  returned: success
  type: list
  elements: str
untried:
  description:
    - By name, versioned migrations that check mode has not tried, and why; a warning says so too. Empty outside check
      mode.
    - Check mode tries those that run within the switch in a transaction on green that is rolled back, as the switch
      does beforehand. It does not try them beside another run, or where code of others could run as a superuser.
  returned: success
  type: list
  elements: str
  sample: ["0004_index.up.sql: it runs once green is in service, without a transaction"]
exported:
  description: How many values that only green has were exported by a rollback, V(null) if there were none.
  returned: success
  type: int
left_behind:
  description:
    - Sessions of clients that were still connected to the side out of service, counted by role, application and
      address, and how many of them were ended. Those of our own role and of superusers are left alone.
    - Ending another role's session takes C(pg_signal_backend).
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.acceptance import accepted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.conditions import conditions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.health_checks import health_checks
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.readers import standbys
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.window import window
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.cutover import Cutover


def main() -> None:
    """Run the module."""
    run_module(
        Cutover,
        {
            "target": {"type": "str", "choices": ["green", "blue"], "required": True},
            "deadline": {"type": "float", "default": 10.0},
            "hold_limit": {"type": "float", "default": 3.0},
            "max_lag_seconds": {"type": "float", "default": 1.0},
            "max_transaction_seconds": {"type": "float", "default": 5.0},
            "sequence_headroom": {"type": "int", "default": 100},
            "accept_absent_standbys": {"type": "list", "elements": "str", "default": []},
            "accept_loss_of": {"type": "list", "elements": "str", "default": []},
            "loss_file": {"type": "path"},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "schema_migrations": {"type": "path", "default": ""},
            "schema_version": {"type": "str", "default": "latest"},
            "schema_table": {"type": "str", "default": "public.schema_version"},
            "at_cutover_limit": {"type": "float", "default": 3.0},
            "accept_one_way": {"type": "list", "elements": "int", "default": []},
            "routes": routes(),
            **standbys(),
            **accepted(),
            **conditions(),
            **health_checks(),
            **window(),
        },
    )


if __name__ == "__main__":
    main()
