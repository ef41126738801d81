#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a canary row through every live link."""

from __future__ import annotations

DOCUMENTATION = r"""
module: canary
short_description: Send a canary row through every live link
version_added: "0.1.0"
description:
  - Writes a row into every lane of each live direction, measures how long it takes to reach the other side, and
    removes it.
  - If both directions are live, it reads counters of subscriptions and slots before and after, and fails if they show a
    row that could not be applied, a conflict, or rows that came back as an echo.
  - The newest row of each side stays in each lane; if a side is lost, that row tells up to when everything arrived.
  - Shows a line of progress every few seconds.
  - The row is in our own schema, so this never counts as a change. In check mode it names the directions and writes
    nothing.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  timeout:
    description: How long a canary may take, in seconds.
    type: float
    default: 10
  duration:
    description: How many seconds to keep sending canaries; V(0) sends one in each direction.
    type: float
    default: 0.0
  interval:
    description: Seconds from the start of one canary to the next.
    type: float
    default: 5.0
  slice:
    description: Seconds after which to return with RV(resume); the action plugin sets it, to show progress.
    type: float
  resume:
    description: RV(resume) of the slice before; the action plugin sets it.
    type: dict
seealso:
  - module: bluegreen.postgresql.replication_watch
  - module: bluegreen.postgresql.replication_catchup
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: Prove that both directions flow
  bluegreen.postgresql.canary:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
"""

RETURN = r"""
canaries:
  description: Milliseconds that the last canary and the slowest one took, by live direction; V(null) in check mode.
  returned: success
  type: dict
  sample: {forward: {milliseconds: 4.1, slowest: 6.0, sent: 12}, reverse: {milliseconds: 3.7, slowest: 5.2, sent: 12}}
traffic:
  description: >-
    What the counters showed, V(null) unless both directions are live. C(written) counts transactions of
    the side in service, C(come_back) those sent by the other side, which takes no writes.
  returned: success
  type: dict
  sample:
    seconds: 60.0
    written: 12034
    come_back: 0
    line: "no conflict and no echo in 60 s: 12034 transactions of blue, 0 of green"
waits_for_switch:
  description: The parts of the way back that only the switch creates, if a side is older than 16.
  returned: success
  type: list
  elements: str
progress:
  description: How the canaries do so far, in words.
  returned: success
  type: list
  elements: str
  sample: ["canaries: forward 4.1 ms, the slowest of 12 6 ms; about 20 s left"]
resume:
  description: Present if a slice is over and another one has to follow.
  returned: when a slice is over
  type: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication.canary import Canary


def main() -> None:
    """Run the module."""
    run_probe(
        Canary,
        {
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 10.0},
            "duration": {"type": "float", "default": 0.0},
            "interval": {"type": "float", "default": 5.0},
            "slice": {"type": "float"},
            "resume": {"type": "dict"},
        },
    )


if __name__ == "__main__":
    main()
