#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records how a phase of a migration ended."""

from __future__ import annotations

DOCUMENTATION = r"""
module: migration_journal
short_description: Record how a phase of a migration ended
version_added: "0.1.0"
description:
  - Appends a row to the journal in schema C(bluegreen) of both databases, with the same run id, so that each journal is
    complete on its own from C(setup) on.
  - Records success if the phase did something, or if its newest row is not a success. Always records a failure.
  - The phase C(prepare) creates green's journal when it has succeeded, and writes nothing on blue. Blue's is created by
    M(bluegreen.postgresql.write_gate), and the next row brings along all phases before it. Any other phase, and any
    failure, is recorded on the sides that have a journal, and creates none.
  - Records a failure even if only one side answers.
  - Replaces passwords of the connections in O(details) before it writes.
  - Afterwards reads where the migration stands, as M(bluegreen.postgresql.migration_info) does.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.consumers
options:
  phase:
    description: The phase that ended.
    type: str
    required: true
    choices:
      [prepare, setup, replicate, sync, verify, reads, cutover, rollback, monitor, cleanup, archive, decommission]
  state:
    description: How it ended.
    type: str
    default: done
    choices: [done, failed]
  steps:
    description: What the phase did, in order, as modules return it; empty if it found nothing to do.
    type: list
    elements: dict
    default: []
    suboptions:
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
  details:
    description: What else to keep with the row, such as observations, an error, or the duration in seconds.
    type: dict
    default: {}
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  free_disk_command:
    description: A command and its arguments whose last line is the number of bytes free where blue keeps its WAL.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.migration_info
  - name: Notifications
    description: Whom a migration tells, and of what.
    link: docs/notifications.md
"""

EXAMPLES = r"""
- name: Record that the links stand
  bluegreen.postgresql.migration_journal:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    phase: replicate
    steps: "{{ link.steps }}"
    details:
      seconds: 12.3
      observations:
        - green is 0 bytes behind

- name: Record a failure
  bluegreen.postgresql.migration_journal:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    phase: sync
    state: failed
    details:
      error: "{{ ansible_failed_result.msg }}"
"""

RETURN = r"""
recorded:
  description: Whether the journal has a row of this phase now.
  type: bool
  returned: success
entry:
  description: The newest row of this phase; V(null) if there is none.
  type: dict
  returned: success
  sample:
    side: blue
    epoch: 0
    event: phase
    target: null
    lsn: 0/1A2B3C8
    at: "2026-01-31T12:00:00.000000Z"
    by_role: migrator
    details:
      run: 5f0c
      phase: replicate
      state: done
      seconds: 12.3
      steps: [{title: publish 12 tables as bluegreen_shop_forward_1, milliseconds: 12.3, changed: true}]
in_service:
  description: The side that applications write to; V(null) if unknown.
  type: str
  returned: success
  sample: blue
complete:
  description:
    - Whether both sides answer and have a journal, blue from C(setup) on, so that RV(journal) is complete.
    - It is V(false) after cleanup, which drops the journal of the side out of service.
  type: bool
  returned: success
journal:
  description: All rows of both journals, ordered by time; a row that is on both sides appears once.
  type: list
  elements: dict
  returned: success
seen:
  description: What M(bluegreen.postgresql.migration_info) returns right after; empty if that could not be read.
  type: dict
  returned: success
unread:
  description: Why it could not be read; empty if it was.
  type: str
  returned: success
  sample: ""
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
      sample: record replicate done on blue
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.phase_names import DONE, FAILED, PHASES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.consumers import consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.status.record_phase import (
    RecordPhase,
    look,
)


def main() -> None:
    """Run the module."""
    run_module(
        RecordPhase,
        {
            "phase": {"type": "str", "required": True, "choices": list(PHASES)},
            "state": {"type": "str", "default": DONE, "choices": [DONE, FAILED]},
            "steps": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "title": {"type": "str", "required": True},
                    "milliseconds": {"type": "float"},
                    "changed": {"type": "bool", "default": True},
                },
            },
            "details": {"type": "dict", "default": {}},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "free_disk_command": {"type": "list", "elements": "str", "default": []},
            **consumers(),
        },
        look=look,
    )


if __name__ == "__main__":
    main()
