#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until everything written so far has been applied on the other side."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_catchup
short_description: Wait until the other side has caught up
version_added: "0.1.0"
description:
  - Waits for the end of the first copy, then sends a marker row through every lane and waits for its arrival, which
    proves that all that was written before it has been applied.
  - Fails at once when a lane has died. The marker lies in our own schema and is removed, so that this is never a
    change.
  - In check mode nothing is written; the lag is read instead.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  direction:
    description: V(forward) waits for green, V(reverse) for blue.
    type: str
    choices: [forward, reverse]
    default: forward
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  timeout:
    description: How long to wait, in seconds.
    type: float
    default: 3600
"""

EXAMPLES = r"""
- name: Wait for green
  bluegreen.postgresql.replication_catchup:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    timeout: 600
"""

RETURN = r"""
caught_up:
  description: Whether the marker arrived; V(null) in check mode.
  returned: success
  type: bool
seconds:
  description: How long it took.
  returned: when not in check mode
  type: float
  sample: 1.42
lanes:
  description: Facts of each lane.
  returned: in check mode
  type: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication_catchup import (
    ReplicationCatchup,
)


def main() -> None:
    """Run the module."""
    run_module(
        ReplicationCatchup,
        {
            "direction": {"type": "str", "choices": ["forward", "reverse"], "default": "forward"},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 3600.0},
        },
    )


if __name__ == "__main__":
    main()
