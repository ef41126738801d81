#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to a throw-away pair through every phase of a rehearsal."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearsal_writes
short_description: Write to a throw-away pair while a migration is rehearsed on it
version_added: "0.1.0"
description:
  - Starts a process that writes to the side in service without a pause until it is told to stop. It derives its writes
    from the tables themselves, so it needs no knowledge of the application. It inserts copies of existing rows with new
    keys, rewrites rows unchanged, and deletes its own rows.
  - At the end it looks for every acknowledged write on the side in service; a missing one is an error.
  - Both sides must be on throw-away servers of M(bluegreen.postgresql.embedded_server).
  - The process stops by itself if O(folder) is removed.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  state:
    description: Whether to start or stop the writes.
    type: str
    choices: [started, stopped]
    default: started
  folder:
    description: Folder on the host where the module runs, for communication with the process.
    type: path
    required: true
  phases:
    description: Phases, each with C(name), C(began) and C(ended) in seconds since 1970, for RV(longest_gaps).
    type: list
    elements: dict
    default: []
  exclude_tables:
    description: Tables that are not written to, each as C(schema.table).
    type: list
    elements: str
    default: []
notes:
  - A table without a key or without rows gets no writes. If no new row can be made, because a unique column is not a
    number, text, UUID or timestamp, or refers to another table, the process only rewrites rows.
seealso:
  - module: bluegreen.postgresql.rehearsal_side
  - module: bluegreen.postgresql.embedded_server
  - name: Rehearsal
    description: What the playbook C(rehearse) tries, and what it cannot.
    link: docs/rehearse.md
"""

EXAMPLES = r"""
- name: Write while the phases run
  bluegreen.postgresql.rehearsal_writes:
    migration: rehearsal
    blue: "{{ pair.blue }}"
    green: "{{ pair.green }}"
    folder: /var/tmp/rehearsal
"""

RETURN = r"""
started:
  description: Whether the writes are running.
  returned: success
  type: bool
tables:
  description: What was written, by table, and what its schema refused.
  returned: when the writes have been started or stopped
  type: dict
  sample: {public.users: {acknowledged: 1240, unknown: 0, missing: 0, returned: 0, refused: null}}
acknowledged:
  description: How many writes were acknowledged.
  returned: when the writes have been stopped
  type: int
  sample: 5312
longest_gaps:
  description: The longest time without an acknowledged write, in milliseconds, by phase; V(null) where it is unknown.
  returned: when the writes have been stopped
  type: dict
  sample: {cutover: 38.2, rollback: 41.0}
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
      sample: start writes to the pair
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.rehearsal.writes import RehearsalWrites


def main() -> None:
    """Run the module."""
    run_module(
        RehearsalWrites,
        {
            "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
            "folder": {"type": "path", "required": True},
            "phases": {"type": "list", "elements": "dict", "default": []},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
        },
    )


if __name__ == "__main__":
    main()
