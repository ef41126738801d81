#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads into the buffers of the side out of service what lies in those of the side in service."""

from __future__ import annotations

DOCUMENTATION = r"""
module: warm_cache
short_description: Warm the cache of the side out of service
version_added: "0.1.0"
description:
  - Looks by C(pg_buffercache) which parts of tables, their TOAST and indexes lie in the shared buffers of the side in
    service, and reads the same parts by C(pg_prewarm) on the side out of service, what is used most first.
  - A relation is looked at in 64 slices; one is read if half of it lies in the buffers. Rows lie in other blocks on the
    other side, so that this is a guess for tables of which only a part is used.
  - Without C(pg_buffercache) on the side in service or C(pg_prewarm) on the other it reads nothing and says so; it
    creates no extension.
  - Reads at most three quarters of the side's C(shared_buffers). Check mode tells how much it would read.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  timeout:
    description: Seconds after which it reads no further.
    type: float
    default: 60.0
  max_bytes:
    description: How many bytes to read at most.
    type: int
  slice:
    description: Seconds after which to return with RV(resume); the action plugin sets it, to show progress.
    type: float
  resume:
    description: RV(resume) of the slice before; the action plugin sets it.
    type: dict
notes:
  - On the side in service it takes the lock of each buffer's header for an instant, once, and some 40 bytes of memory
    for each buffer.
seealso:
  - module: bluegreen.postgresql.plan_comparison_info
  - module: bluegreen.postgresql.cutover
  - name: Plans
    description: What queries meet on the side that takes over.
    link: docs/plans.md
"""

EXAMPLES = r"""
- name: Read into green's cache what lies in blue's
  bluegreen.postgresql.warm_cache:
    migration: shop
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    timeout: 30
"""

RETURN = r"""
side:
  description: The side out of service.
  returned: success
  type: str
  sample: green
read_bytes:
  description: How much was read.
  returned: success
  type: int
  sample: 1073741824
left_bytes:
  description: How much of what is wanted was not; in check mode, what would be read.
  returned: success
  type: int
  sample: 0
seconds:
  description: How long it took.
  returned: success
  type: float
  sample: 2.7
lines:
  description: The same in words, or why nothing was read.
  returned: success
  type: list
  elements: str
  sample: ["read 1.0 GB into the cache of green in 3 s"]
progress:
  description: How far it is.
  returned: when a slice is over
  type: list
  elements: str
resume:
  description: Present if a slice is over and another one has to follow.
  returned: when a slice is over
  type: dict
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.plans.cache import WarmCache


def main() -> None:
    """Run the module."""
    run_probe(
        WarmCache,
        {
            "timeout": {"type": "float", "default": 60.0},
            "max_bytes": {"type": "int"},
            "slice": {"type": "float"},
            "resume": {"type": "dict"},
        },
    )


if __name__ == "__main__":
    main()
