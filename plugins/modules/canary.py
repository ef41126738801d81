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
  - Writes a row into every lane of each live direction, measures its way to the other side, and removes it.
  - The row lies in our own schema, so that this is never a change. In check mode the directions are named, and
    nothing is written.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
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
  description: Milliseconds of the way, by live direction; V(null) in check mode.
  returned: success
  type: dict
  sample: {forward: {milliseconds: 4.1}, reverse: {milliseconds: 3.7}}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.canary import Canary


def main() -> None:
    """Run the module."""
    run_module(
        Canary,
        {
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 10.0},
        },
    )


if __name__ == "__main__":
    main()
