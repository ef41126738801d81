#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Begins a wave of a fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_wave
short_description: Begin a wave of a fleet, unless earlier ones failed
version_added: "0.1.0"
description:
  - Where a play moves many databases in waves (Ansible's C(serial)), refuses to begin the next wave while more
    migrations of earlier ones failed than may. Those that are then not begun are named in the last lines of the run.
  - Always runs on the controller, whichever host the task names, and needs no connection. Check mode refuses as well.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.attributes
attributes:
  diff_mode:
    support: none
    details: Nothing is changed.
options:
  failures_allowed:
    description: How many migrations of earlier waves may have failed.
    type: int
    default: 0
  batch:
    description: Hosts of this wave, which is C(ansible_play_batch).
    type: list
    elements: str
    required: true
  living:
    description: Hosts of the play that have not failed, which is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  begun:
    description: Hosts of earlier waves. Within a playbook they are known.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.cutover
  - name: Fleets
    description: Many databases in one run.
    link: docs/fleets.md
"""

EXAMPLES = r"""
- name: Begin the wave
  bluegreen.postgresql.fleet_wave:
    failures_allowed: 1
    batch: "{{ ansible_play_batch }}"
    living: "{{ ansible_play_hosts }}"
"""

RETURN = r"""
failed_before:
  description: Hosts of earlier waves that failed.
  returned: success
  type: list
  elements: str
  sample: []
later:
  description: Hosts whose wave comes after this one.
  returned: success
  type: list
  elements: str
  sample: [orders, invoices]
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.wave_arguments import ARGUMENTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.message import run_message
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.fleet.wave import begin_wave


def main() -> None:
    """Run the module."""
    run_message(begin_wave, ARGUMENTS)


if __name__ == "__main__":
    main()
