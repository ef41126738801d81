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
    proves that everything written before it has been applied.
  - Fails at once when a lane has died. The marker is in our own schema and is removed, so this never counts as a
    change.
  - Restarts a first copy whose worker has died. Shows a line of progress every few seconds while it waits.
  - In check mode nothing is written; the lag is read instead.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
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
  max_seconds:
    description: Wait until a marker row takes no longer than this.
    type: float
  max_bytes:
    description: Wait until at most this many bytes of WAL are still to be applied.
    type: int
  lsn:
    description: Wait until everything up to this position of the publisher's WAL is applied, such as V(0/3000060).
    type: str
  slice:
    description: End after this many seconds in any case, with RV(progress) and RV(resume) for the next call.
    type: float
  resume:
    description: RV(resume) of the slice before.
    type: dict
seealso:
  - module: bluegreen.postgresql.replication_link
  - module: bluegreen.postgresql.replication_lag_info
  - name: Glossary
    description: The collection's words, each beside the usual term.
    link: docs/glossary.md
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
  description:
    - Whether the marker arrived within the limits.
    - V(false) if the slice ended first, V(null) in check mode.
  returned: success
  type: bool
seconds:
  description: How long it took.
  returned: when not in check mode
  type: float
  sample: 1.42
progress:
  description: What is being copied, how much of how much, how fast, and when it is expected to finish.
  returned: when not in check mode
  type: list
  elements: str
  sample: ["first copy: 1.2 GB of 4.0 GB, 85.3 MB/s, about 33 s left; public.orders"]
first_copy:
  description: The first copy from a snapshot with its progress; V(null) if there is none.
  returned: when not in check mode
  type: dict
  sample: {phase: copying, attempt: 1, alive: true, bytes: 1048576, bytes_done: 524288}
resume:
  description: State for the next slice.
  returned: when a slice is over
  type: dict
lanes:
  description: Facts of each lane.
  returned: in check mode
  type: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication.catchup import (
    ReplicationCatchup,
)


def main() -> None:
    """Run the module."""
    run_probe(
        ReplicationCatchup,
        {
            "direction": {"type": "str", "choices": ["forward", "reverse"], "default": "forward"},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 3600.0},
            "max_seconds": {"type": "float"},
            "max_bytes": {"type": "int"},
            "lsn": {"type": "str"},
            "slice": {"type": "float"},
            "resume": {"type": "dict"},
        },
    )


if __name__ == "__main__":
    main()
