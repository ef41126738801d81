#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens blue while green, which is in service, is out of reach."""

from __future__ import annotations

DOCUMENTATION = r"""
module: emergency_rollback
short_description: Open blue while green is out of reach
version_added: "0.1.0"
description:
  - For emergencies only. After a cutover green is in service; when its server is gone, no side takes writes. This
    module opens blue, although green's last commits may not have arrived there.
  - Green has to be provably out of reach. Attempts from here fail for O(patience) seconds, and so does one by blue's
    server. Any answer, even a rejected password, makes the module refuse. A green that answers here but not to blue's
    server, so that no row can flow back, is fenced at the moment of the opening.
  - Before it opens blue, it stops the links from green for good, and writes a file that says, table by table, from
    which time and position in green's WAL writes may be missing. The file may name too much, never too little, and says
    what is unknown.
  - It advances blue's sequences a hundred times O(sequence_headroom) beyond the farthest value that is visible.
  - A green that does not answer cannot be fenced. Its journal is behind blue's, so every later run refuses to call it
    the side in service, and C(rollback) fences it as soon as it is back. Until then you have to cut applications off
    from it.
  - Without O(accept_loss) the module fails, and says what would be lost.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.routes
options:
  accept_loss:
    description: Accept that writes may be missing on blue.
    type: bool
    default: false
  file:
    description: The file that lists what may be missing, on the host where the module runs. Only its owner may read it.
    type: path
    required: true
  patience:
    description: How many seconds attempts to reach green must fail; at least three attempts are made.
    type: float
    default: 10.0
  sequence_headroom:
    description: A hundredth of how many values each sequence is advanced, at most half of what it has left.
    type: int
    default: 100
seealso:
  - module: bluegreen.postgresql.cutover
  - module: bluegreen.postgresql.migration_info
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: Serve from blue again, whatever is missing there
  bluegreen.postgresql.emergency_rollback:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    accept_loss: true
    file: /var/lib/bluegreen/shop-may-be-missing.json
    routes:
      - type: multihost
"""

RETURN = r"""
in_service:
  description: The side in service.
  returned: success
  type: str
  sample: blue
may_be_missing:
  description: The time and position in green's WAL from which writes may be missing; empty if blue is already in
    service.
  returned: success
  type: list
  elements: str
not_known:
  description: What cannot be known while green is out of reach.
  returned: success
  type: list
  elements: str
how_known:
  description: How green is known to be out of reach.
  returned: success
  type: list
  elements: str
file:
  description: The file that lists every table with its time; V(null) if blue is already in service.
  returned: success
  type: str
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
      sample: open blue
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
routes:
  description: The side that each route leads to, V(null) for clients that find it by themselves.
  returned: success
  type: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.emergency.rollback import (
    EmergencyRollback,
)


def main() -> None:
    """Run the module."""
    run_module(
        EmergencyRollback,
        {
            "accept_loss": {"type": "bool", "default": False},
            "file": {"type": "path", "required": True},
            "patience": {"type": "float", "default": 10.0},
            "sequence_headroom": {"type": "int", "default": 100},
            "routes": routes(),
        },
    )


if __name__ == "__main__":
    main()
