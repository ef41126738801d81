#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches how long a row takes to the other side."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_watch
short_description: Measure how long a row takes to reach the other side
version_added: "0.1.0"
description:
  - Sends a marker row through every lane of the link from the side in service, and of the link back if it is live, and
    measures the time until the row can be read on the other side.
  - Ends when the time is over, or at once when the delay crosses O(warning_seconds) in either direction, so that the
    caller can notify people and call it again for RV(seconds_left).
  - A link that does not deliver the marker is late, whatever the reason; its seconds are V(null), never zero.
  - Also ends at once when a limit of the circuit breaker is exceeded; M(bluegreen.postgresql.circuit_breaker) acts on
    that.
  - With O(metrics_file) each reading is also written for Prometheus.
  - In check mode no marker is sent, and nothing is measured.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.breaker
options:
  duration:
    description: How long to watch, in seconds; V(0) is one reading.
    type: float
    default: 0.0
  interval:
    description: Seconds from the start of one reading to the next.
    type: float
    default: 5.0
  warning_seconds:
    description: A row that takes longer than this many seconds is late. The module waits one second longer than this
      for a marker.
    type: float
    default: 5.0
  late:
    description: Whether a direction was late at the end of the previous call.
    type: bool
    default: false
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  metrics_file:
    description: >-
      A file for node_exporter's textfile collector, whose name ends in C(.prom); it is replaced in one step at each
      reading. A value that is not known is left out. In check mode it is not written. C(docs/metrics.md) lists the
      metrics.
    type: path
  slice:
    description: >-
      End after one reading unless the watch ends anyway, and return RV(resume). The action plugin sets it, to show and
      keep each reading; without it the module returns when the watch ends.
    type: float
  resume:
    description: RV(resume) of the previous slice.
    type: dict
seealso:
  - module: bluegreen.postgresql.replication_lag_info
  - module: bluegreen.postgresql.canary
  - module: bluegreen.postgresql.circuit_breaker
  - name: Notifications
    description: Whom a migration tells, and of what.
    link: docs/notifications.md
"""

EXAMPLES = r"""
- name: Watch for an hour, or until replication is late
  bluegreen.postgresql.replication_watch:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    duration: 3600

- name: Read once, and tell node_exporter
  bluegreen.postgresql.replication_watch:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    metrics_file: /var/lib/prometheus/node-exporter/bluegreen_shop.prom
"""

RETURN = r"""
lag:
  description:
    - The last reading by direction. C(seconds) is V(null) where the row did not arrive, and C(reason) says why.
    - Empty when there is no link yet, and in check mode.
  returned: success
  type: dict
  sample: {forward: {seconds: 0.004, reason: ""}, reverse: {seconds: 0.003, reason: ""}}
late:
  description: Whether any direction is late.
  returned: success
  type: bool
crossed:
  description: Whether RV(late) has changed, which ended the watch.
  returned: success
  type: bool
readings:
  description: How many readings were made.
  returned: success
  type: int
seconds_left:
  description: What is left of O(duration).
  returned: success
  type: float
reading:
  description:
    - What was read last, with its time C(at) in seconds since 1970. The side in service, which sides are fenced, the
      lag by direction, each lane's state, and what is free on blue's disk. What could not be read is missing or
      V(null).
    - C(way_back_safe) is whether a rollback would lose nothing, judged once a minute while green is in service; V(null)
      if unknown, and while there is nothing to roll back. RV(bluegreen.postgresql.migration_info#module:rollback) has
      the reasons.
    - V(null) in check mode.
  returned: success
  type: dict
  sample: {at: 1796000000.25, in_service: blue, fenced: {blue: false, green: true}, lag: {forward: 0.004}, lanes: {},
           free_disk: null, way_back_safe: null}
journal:
  description: Both sides' entries at that reading, ordered by time.
  returned: success
  type: list
  elements: dict
progress:
  description: The reading in words, if the watch goes on.
  returned: success
  type: list
  elements: str
  sample: ["a row takes: forward 4 ms; about 55 s left"]
resume:
  description: State for the next slice.
  returned: when a slice is over
  type: dict
reasons_to_break:
  description: By side, why the circuit breaker has to drop the slots there; empty if it does not.
  returned: success
  type: dict
  sample: {blue: "the link keeps 51.2 GB of WAL on blue, 50.0 GB are allowed"}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.breaker import breaker_arguments
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.replication.watch import ReplicationWatch


def main() -> None:
    """Run the module."""
    run_probe(
        ReplicationWatch,
        {
            "duration": {"type": "float", "default": 0.0},
            "interval": {"type": "float", "default": 5.0},
            "warning_seconds": {"type": "float", "default": 5.0},
            "late": {"type": "bool", "default": False},
            "metrics_file": {"type": "path"},
            "slice": {"type": "float"},
            "resume": {"type": "dict"},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            **breaker_arguments(),
        },
    )


if __name__ == "__main__":
    main()
