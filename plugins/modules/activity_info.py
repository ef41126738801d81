#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what both sides are doing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: activity_info
short_description: Read what both sides are doing
version_added: "0.1.0"
description:
  - Reads connections, open transactions, the ten tables with the most writes, errors and sizes of both sides from the
    servers' statistics.
  - A value that cannot be known is V(null), never zero.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  baseline:
    description:
      - RV(counters) of an earlier call. RV(errors_since_baseline) then counts the errors since that call.
    type: dict
    default: {}
seealso:
  - module: bluegreen.postgresql.replication_lag_info
  - module: bluegreen.postgresql.migration_info
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: Read what both sides are doing
  bluegreen.postgresql.activity_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    baseline: "{{ lookup('ansible.builtin.file', 'baseline.json') | from_json }}"
"""

RETURN = r"""
activity:
  description:
    - By side. C(connections) by role, application and address; open C(transactions) with their age in seconds, V(null)
      if our role may not see it; C(tables), the ten with the most writes; C(errors); C(database_bytes); C(wal_bytes),
      V(null) without the privilege to list the folder.
  returned: success
  type: dict
counters:
  description: By side. Rollbacks, deadlocks and conflicts, and since when the server counts them.
  returned: success
  type: dict
  sample: {blue: {rollbacks: 3, deadlocks: 0, conflicts: 0, counted_since: "2026-05-01T00:00:00.000000Z"}}
errors_since_baseline:
  description: By side. How many occurred since O(baseline), V(null) if that cannot be known.
  returned: success
  type: dict
  sample: {blue: {rollbacks: 1, deadlocks: 0, conflicts: 0}}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.status.activity_info import ActivityInfo


def main() -> None:
    """Run the module."""
    run_probe(ActivityInfo, {"baseline": {"type": "dict", "default": {}}})


if __name__ == "__main__":
    main()
