#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drops the slots of a migration before they cost their server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: circuit_breaker
short_description: Drop a migration's slots before they fill their server's disk
version_added: "0.1.0"
description:
  - A replication slot whose reader is slow, stopped or gone keeps WAL on the publisher until its disk is full. Beyond
    the limits that you set here, the module drops every slot of the migration on that side and stops its reader.
  - The changes that the link still had to carry are lost, so the migration has to start again. The journal of that side
    keeps the reason, and RV(bluegreen.postgresql.migration_info#module:start_again) returns it.
  - Checks each side on its own. The other side may be out of reach, which is when a slot keeps the most WAL.
  - A slot also keeps WAL for an open transaction on its server, however fast its reader is. Such a slot stays, and
    RV(held_up) names the session. It is dropped only when less than O(free_disk) is left.
  - A slot that a killed switch has left carries nothing. Beyond a limit it is dropped alone, and no link ends.
  - An unknown value drops nothing; RV(unknown) names it.
  - Without a limit it never drops anything.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.breaker
seealso:
  - module: bluegreen.postgresql.replication_watch
  - module: bluegreen.postgresql.replication_lag_info
  - name: Troubleshooting
    description: "Every error code: what happened, where things stand, what to do."
    link: docs/TROUBLESHOOTING.md
"""

EXAMPLES = r"""
- name: Let no slot keep more than 50 GB, nor blue's disk have less than 10 GB left
  bluegreen.postgresql.circuit_breaker:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    retained_wal: 50GB
    free_disk: 10GB
    free_disk_command: [ssh, db17.example.com, "df --output=avail --block-size=1 /var/lib/postgresql"]
"""

RETURN = r"""
retained_bytes:
  description:
    - Bytes of WAL that each slot of the migration keeps afterwards, by side. V(null) is unknown.
    - A side that did not answer is missing.
  returned: success
  type: dict
  sample: {blue: {bluegreen_shop_forward_1: 4096}, green: {}}
free_bytes:
  description: Free bytes on blue's disk, V(null) if unknown or if no limit needs it.
  returned: success
  type: int
reasons:
  description: By side, why its slots were dropped, or would be in check mode. Empty if nothing had to be dropped.
  returned: success
  type: dict
  sample: {blue: "the link keeps 51.2 GB of WAL on blue, 50.0 GB are allowed"}
held_up:
  description:
    - Slots that keep more than O(retained_wal) although their readers are not behind, each in one line with the open
      transaction that holds their WAL. They are not dropped for that reason.
  returned: success
  type: list
  elements: str
unknown:
  description: Values that a limit needs but that are unknown, one line each.
  returned: success
  type: list
  elements: str
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
      sample: drop bluegreen_shop_forward_1 on blue
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.breaker import breaker_arguments
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication.circuit_breaker import (
    CircuitBreaker,
)


def main() -> None:
    """Run the module."""
    run_module(CircuitBreaker, breaker_arguments())


if __name__ == "__main__":
    main()
