#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the checklist before a cutover."""

from __future__ import annotations

DOCUMENTATION = r"""
module: prerequisites_info
short_description: Read what must be true before a cutover
version_added: "0.1.0"
description:
  - Lists access to both sides, a completed backup, a rehearsal, a way back, the consumers that follow blue, dashboards,
    the team and the maintenance window, and says for each whether it is fulfilled and how that is known.
  - Reads facts where it can. For what only people know, a signature counts, as C(name, YYYY-MM-DD).
  - An unknown item is V(null), and counts as missing.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.backup
  - bluegreen.postgresql.consumers
  - bluegreen.postgresql.window
options:
  rehearsal:
    description: Contents of the file C(rehearsal.json) that C(rehearse) wrote; empty if there is none.
    type: dict
    default: {}
  confirmed:
    description:
      - Signatures for C(dashboards) and C(team), and for C(rehearsal) and C(window) if no fact is known.
    type: dict
    default: {}
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.preflight_info
  - module: bluegreen.postgresql.cutover
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: Read the checklist
  bluegreen.postgresql.prerequisites_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    backup_proof:
      command: [/usr/local/bin/last-backup, shop]
    window: {start: "2026-05-02T20:00:00Z", end: "2026-05-02T23:00:00Z"}
    confirmed:
      dashboards: Ada, 2026-05-02
      team: Ada, 2026-05-02
"""

RETURN = r"""
prerequisites:
  description: Each with C(name), C(fulfilled) (V(null) if unknown), C(known_by) and C(detail).
  returned: success
  type: list
  elements: dict
  sample: [{name: access, fulfilled: true, known_by: connecting, detail: both sides answer}]
lines:
  description: All of them, each as one line for people.
  returned: success
  type: list
  elements: str
missing:
  description: Those that are not fulfilled or not known.
  returned: success
  type: list
  elements: str
switch_ahead:
  description: Whether a cutover would start a switch to green, V(null) if a side does not answer.
  returned: success
  type: bool
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.backup import backup
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.consumers import consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.window import window
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.go_no_go.prerequisites_info import (
    PrerequisitesInfo,
)


def main() -> None:
    """Run the module."""
    run_probe(
        PrerequisitesInfo,
        {
            **backup(),
            **consumers(),
            "rehearsal": {"type": "dict", "default": {}},
            **window(),
            "confirmed": {"type": "dict", "default": {}},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
        },
    )


if __name__ == "__main__":
    main()
