#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures a switch as a client sees it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: client_probe
short_description: Measure a switch as a client sees it
version_added: "0.1.0"
description:
  - Starts a process that writes rows through the application's own route and with its own role, at a chosen rate. They
    go into a small table of ours that wears the gate and that the links carry. Stopped, it reports what it saw. That is
    the longest time without an acknowledged write, how long writes took, errors by SQLSTATE, and acknowledged writes
    that are missing on the side in service or there twice.
  - While it runs, the application's role may insert into that one table of our schema, on both sides; the right is
    taken back when it stops. The table takes 8 MB at most, and cleanup drops it.
  - It never fails because of what it meets, since a switch goes on without it. RV(why) and a warning say what prevented
    it.
  - The process ends by itself after O(limit) seconds, if nobody stops it.
  - Writes only in our own schema, so this never counts as a change. In check mode nothing is written and nothing
    measured.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.application
options:
  state:
    description: Whether the probe is to run.
    type: str
    required: true
    choices: [started, stopped]
  application:
    required: true
  file:
    description: >-
      Where the probe puts down what it does, on the host where the modules run; the same for start and stop. Nobody
      else can read it, and the stop removes it.
    type: path
    required: true
  rate:
    description: Writes a second.
    type: float
    default: 100.0
  limit:
    description: Seconds after which the probe ends by itself.
    type: float
    default: 600.0
  gap_warning_ms:
    description: Milliseconds without an acknowledged write from which RV(alarm) is set; V(0) for never.
    type: float
    default: 1000.0
seealso:
  - module: bluegreen.postgresql.cutover
  - module: bluegreen.postgresql.route_check
  - name: The client's view
    description: What the probe measures, and what it leaves behind.
    link: docs/client_probe.md
"""

EXAMPLES = r"""
- name: Watch as a client
  bluegreen.postgresql.client_probe:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    application: {host: pooler.example.com, port: "6432", dbname: shop, user: shop_app, password: "{{ app_password }}"}
    file: /var/tmp/shop-probe.jsonl
    state: started
"""

RETURN = r"""
running:
  description: Whether the probe is at work.
  returned: success
  type: bool
  sample: false
why:
  description: Why there is nothing to report, or nothing at work; empty otherwise.
  returned: success
  type: str
  sample: ""
seen:
  description: What it saw, V(null) unless it was stopped.
  returned: success
  type: dict
  contains:
    run:
      description: Tells this run's rows from others.
      returned: always
      type: str
      sample: 5f0c3a7e-9b51-4f0e-8f1c-6f0d1f9a2b3c
    role:
      description: The role that wrote.
      returned: always
      type: str
      sample: shop_app
    began:
      description: When it began, in UTC.
      returned: always
      type: str
      sample: "2026-11-30T21:03:04.112000Z"
    ended:
      description: When it ended, in UTC.
      returned: always
      type: str
      sample: "2026-11-30T21:03:08.234000Z"
    ended_by:
      description: What ended it; V(stop) is this module, V(limit) its own limit, V(death) that its process was killed.
      returned: always
      type: str
      sample: stop
    writes:
      description: How many writes it tried.
      returned: always
      type: int
      sample: 412
    acknowledged:
      description: How many of them were acknowledged.
      returned: always
      type: int
      sample: 412
    failed:
      description: How many were not committed.
      returned: always
      type: int
      sample: 0
    unknown:
      description: How many had no answer, where no side could tell whether they were committed.
      returned: always
      type: int
      sample: 0
    settled:
      description: How many had no answer, but were committed, as the rows on both sides show.
      returned: always
      type: int
      sample: 0
    lost:
      description: Acknowledged writes that are not on the side in service; V(null) if that could not be read.
      returned: always
      type: int
      sample: 0
    doubled:
      description: Writes that are there more than once; V(null) if that could not be read.
      returned: always
      type: int
      sample: 0
    errors:
      description: How often each SQLSTATE, or V(no connection), was the answer.
      returned: always
      type: dict
      sample: {"25006": 2}
    longest_gap_ms:
      description: The longest time between two acknowledged writes, in milliseconds.
      returned: always
      type: float
      sample: 31.2
    gap_began:
      description: When that time began, in UTC.
      returned: always
      type: str
      sample: "2026-11-30T21:03:06.020000Z"
    p50_ms:
      description: Half of the acknowledged writes took no longer; V(null) without any.
      returned: always
      type: float
      sample: 1.1
    p99_ms:
      description: 99 of 100 took no longer; V(null) without any.
      returned: always
      type: float
      sample: 3.9
    sides:
      description: Which side took the acknowledged writes, from when to when, in order.
      returned: always
      type: list
      elements: dict
      sample:
        - {side: blue, began: "2026-11-30T21:03:04.112000Z", ended: "2026-11-30T21:03:06.020000Z", writes: 190}
line:
  description: What it saw, in one line; empty unless it was stopped.
  returned: success
  type: str
  sample: longest gap 31 ms, 0 of 412 writes failed, 0 lost
lines:
  description: All of it in words, or what prevented it.
  returned: success
  type: list
  elements: str
  sample: ["a client saw: longest gap 31 ms, 0 of 412 writes failed, 0 lost"]
alarm:
  description: Why a person should look; empty if there is no reason.
  returned: success
  type: str
  sample: "BG757: a client waited 2031 ms, more than 1000 ms"
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.application import application
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.client.probe import ClientProbe


def main() -> None:
    """Run the module."""
    run_probe(
        ClientProbe,
        {
            "state": {"type": "str", "required": True, "choices": ["started", "stopped"]},
            "application": {**application(), "required": True},
            "file": {"type": "path", "required": True},
            "rate": {"type": "float", "default": 100.0},
            "limit": {"type": "float", "default": 600.0},
            "gap_warning_ms": {"type": "float", "default": 1000.0},
        },
    )


if __name__ == "__main__":
    main()
