#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the lag and the health of both links."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_lag_info
short_description: Read lag and health of both links
version_added: "0.1.0"
description:
  - Reads lag in bytes, retained WAL, copy state and apply errors of every lane in both directions.
  - A value that cannot be read is V(null), never zero. Seconds are known only while a marker row of
    M(bluegreen.postgresql.replication_catchup), M(bluegreen.postgresql.canary) or
    M(bluegreen.postgresql.replication_watch) is on its way. PostgreSQL 18 and later count conflicts by kind.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.replication_watch
  - module: bluegreen.postgresql.replication_catchup
  - module: bluegreen.postgresql.circuit_breaker
  - name: Glossary
    description: The collection's words, each beside the usual term.
    link: docs/glossary.md
"""

EXAMPLES = r"""
- name: Read the lag
  bluegreen.postgresql.replication_lag_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
"""

RETURN = r"""
links:
  description: By direction. Facts of each lane by name; a value that is not known is V(null), never zero.
  returned: success
  type: dict
  sample: {forward: {bluegreen_shop_forward_1: {lag_bytes: 0, seconds_behind: null, problems: []}}, reverse: {}}
progress:
  description: What is being copied, one line each.
  returned: success
  type: list
  elements: str
first_copy:
  description: The first copy from a snapshot with its progress; V(null) if there is none.
  returned: success
  type: dict
  sample: {phase: copying, attempt: 1, alive: true, bytes: 1048576, bytes_done: 524288, snapshot_seconds: 2.1}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication.lag_info import (
    ReplicationLagInfo,
)


def main() -> None:
    """Run the module."""
    run_probe(
        ReplicationLagInfo,
        {"exclude_tables": {"type": "list", "elements": "str", "default": []}},
    )


if __name__ == "__main__":
    main()
