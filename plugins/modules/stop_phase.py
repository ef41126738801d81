#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops a phase."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stop_phase
short_description: Stop a phase with a message
version_added: "0.1.0"
description:
  - Fails, in check mode as well. Within the playbooks of this collection the message is shown once, at the end of the
    output, and not as the result of the task.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.attributes
attributes:
  diff_mode:
    support: none
    details: Nothing is changed.
options:
  msg:
    description: What happened, where things stand and what to do; it begins with a code.
    type: str
    required: true
seealso:
  - module: bluegreen.postgresql.closing_info
  - name: Troubleshooting
    description: Every code, and what to do.
    link: docs/TROUBLESHOOTING.md
"""

EXAMPLES = r"""
- name: Stop while anything blocks
  bluegreen.postgresql.stop_phase:
    msg: >-
      BG710: Preflight found a reason not to begin. Nothing was changed. Remove it, then run the same command again.
"""

RETURN = r""" # """

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.message import run_message
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.stop import stop_phase


def main() -> None:
    """Run the module."""
    run_message(stop_phase, {"msg": {"type": "str", "required": True}})


if __name__ == "__main__":
    main()
