#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words how a phase ended."""

from __future__ import annotations

DOCUMENTATION = r"""
module: closing_info
short_description: Word how a phase ended, where the migration stands, and what comes next
version_added: "0.1.0"
description:
  - Reads gates, journals and links of both sides, and words the closing lines of a phase. ansible-playbook shows them
    last, below its recap, without C(-v) and without a callback. Writes nothing.
  - With O(failure) the task fails after it has handed over its lines, so that ansible-playbook ends with status 2.
  - If the sides cannot be read, the lines say so, and the phase's own end is shown all the same.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  phase:
    description: The playbook that has ended.
    type: str
    required: true
    choices: [prepare, setup, replicate, sync, verify, cutover, rollback, monitor, status, traffic, reads, rehearse,
              cleanup, archive, decommission]
  seconds:
    description: How long it took, if that is known.
    type: float
  idle:
    description: Why it had nothing to do; empty if it did its work.
    type: str
    default: ""
  steps:
    description: What the phase did, in order, as modules return it.
    type: list
    elements: dict
    default: []
    suboptions: &step
      title:
        description: What the step did.
        type: str
        required: true
      milliseconds:
        description: How long it took, if that is known.
        type: float
      changed:
        description: Whether it changed something; V(false) for a step that only looked or waited.
        type: bool
        default: true
  observations:
    description: What the phase found, one line each.
    type: list
    elements: str
    default: []
  untold:
    description: Who was not told of it, and why, one line each.
    type: list
    elements: str
    default: []
  switched:
    description: What a switch tells, if there was one.
    type: dict
    suboptions:
      steps:
        description: Its steps, in order.
        type: list
        elements: dict
        required: true
        suboptions: *step
      milliseconds:
        description: How long the switch took.
        type: float
        required: true
      sessions:
        description: How many sessions were left on the side that it left.
        type: int
        default: 0
      ended:
        description: How many of them were ended.
        type: int
        default: 0
      client:
        description: What a client of our own saw, in one line.
        type: str
        default: ""
  failure:
    description: Where and why the phase failed, if it did.
    type: dict
    suboptions:
      task:
        description: The name of the task that failed.
        type: str
      error:
        description: Its message, complete.
        type: str
        required: true
  command:
    description: What to type before a playbook's name; the action that runs this module fills it in.
    type: str
    default: ansible-playbook
  report:
    description: >-
      Folder of the runbook and the page. The run's custom statistics name it, under C(bluegreen_outcome) and the
      migration, beside what is in service; AWX shows them as artifacts of the job.
    type: str
    default: ""
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  free_disk_command:
    description: A command whose last line is the number of bytes free on blue's disk.
    type: list
    elements: str
    default: []
  seen:
    description:
      - What M(bluegreen.postgresql.migration_info) has just returned. Nothing is read then, and the lines are worded on
        the controller. The sides are read if it is anything else.
    type: dict
    default: {}
seealso:
  - module: bluegreen.postgresql.phase_info
  - module: bluegreen.postgresql.migration_info
  - name: What each playbook does
    description: Each playbook in each situation.
    link: docs/playbooks.md
"""

EXAMPLES = r"""
- name: Say how sync ended
  bluegreen.postgresql.closing_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    phase: sync
    seconds: 8.7
    observations: [7 tables hold the same rows]
"""

RETURN = r"""
lines:
  description: What the phase did, or why it failed.
  returned: success
  type: list
  elements: str
  sample: [sync is done in 8.7 s]
outlook:
  description: Where the migration stands, and what to type next.
  returned: success
  type: list
  elements: str
  sample: ["  next      ansible-playbook -i inventory.yml bluegreen.postgresql.cutover"]
standing:
  description: The situation in the table of playbooks; V(null) if it could not be read.
  returned: success
  type: str
  sample: synced
in_service:
  description: The side that accepts application writes, V(null) if none does or if it is unknown.
  returned: success
  type: str
  sample: blue
row:
  description: This migration's line in the table of a fleet, by column.
  returned: success
  type: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.closing_arguments import ARGUMENTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.status.closing_info import ClosingInfo


def main() -> None:
    """Run the module."""
    run_probe(ClosingInfo, ARGUMENTS)


if __name__ == "__main__":
    main()
