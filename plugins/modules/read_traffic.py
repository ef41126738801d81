#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves readers to the standbys of a side, and back by itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: read_traffic
short_description: Move readers to the standbys of a side
version_added: "0.1.0"
description:
  - Leads every route in O(read_routes) to the standbys of O(target), without holding anybody. Writers and their routes
    stay as they are.
  - First, every server that readers would use must show within half of O(max_lag_seconds) what was just written to the
    side in service, again and again for O(settle) seconds. The module writes marker rows into our own tables for that,
    and removes them. Every named standby must answer, be a copy of its side, and have a C(max_connections) no smaller
    than the servers that readers come from. Smaller memory settings are a warning.
  - Afterwards it watches the same for O(watch) seconds, and how long clients wait for a server in PgBouncer. If one of
    both passes half of O(max_lag_seconds), it leads the readers back at once, before the limit itself, and fails
    (BG767). They stay if the servers of the
    other side are no better. A run that is cancelled while it watches leads them back as well.
  - If readers are there already, it watches them alone, and leads them back in the same way. On the side in service
    there is nothing to do then.
  - In check mode it writes no marker, and goes by what each standby says of its own lag. It then refuses what a real
    run would wait for.
  - Readers can leave a side that does not answer for one that accepts writes.
  - Without O(target) it only reads where readers are, and asks neither side.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.routes
  - bluegreen.postgresql.routes.readers
  - bluegreen.postgresql.routes.standbys
options:
  routes:
    description:
      - The routes of writers, which a switch uses and this module leaves alone. An entry or file that both have is
        refused (BG764).
  target:
    description: The side whose standbys readers move to. Without it they stay where they are.
    type: str
    choices: [green, blue]
  max_lag_seconds:
    description:
      - How old may be what readers see while they are moved and watched, in seconds.
      - Half of it is the alarm, for what a server shows and for how long readers wait for one.
    type: float
    default: 5.0
  settle:
    description: For how long every server must keep that before readers move, in seconds.
    type: float
    default: 10.0
  timeout:
    description: How long to wait for that, in seconds.
    type: float
    default: 300.0
  watch:
    description: For how long readers are watched afterwards, in seconds; with V(0) there is one look.
    type: float
    default: 60.0
  interval:
    description: How long to rest between two looks, in seconds; at most a quarter of O(max_lag_seconds).
    type: float
    default: 1.0
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.route_files
  - module: bluegreen.postgresql.cutover
  - name: Readers
    description: Readers that move to standbys before the writers.
    link: docs/readers.md
"""

EXAMPLES = r"""
- name: Move readers to green's standby
  bluegreen.postgresql.read_traffic:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    target: green
    standbys:
      blue: [{host: db17-standby.example.com}]
      green: [{host: db18-standby.example.com}]
    read_routes:
      - type: pgbouncer
        console: {host: pool1.example.com, port: 6432, user: operator, password: "{{ console_password }}"}
        databases: [shop_ro]
        live_file: /etc/pgbouncer/readers.ini
        blue_file: /etc/pgbouncer/readers.blue.ini
        green_file: /etc/pgbouncer/readers.green.ini
"""

RETURN = r"""
side:
  description: The side that all readers are on, V(null) if they are on several or that is unknown.
  returned: success
  type: str
  sample: green
readers:
  description: The side that each read route leads to, V(null) if that is unknown.
  returned: success
  type: dict
in_service:
  description: The side in service; V(null) if O(target) is not given.
  returned: success
  type: str
  sample: blue
lost:
  description: The side that did not answer, V(null) if both did, or if O(target) is not given.
  returned: success
  type: str
servers:
  description: >-
    What each server that readers use says of itself, with C(side), C(server), C(problem), and C(behind), the seconds
    that it says it lags.
  returned: success
  type: list
  elements: dict
seen:
  description: >-
    After how many seconds at most each server showed what was written, with C(side), C(server) and C(seconds); empty in
    check mode.
  returned: success
  type: list
  elements: dict
problems:
  description: What stands against a move, or should be looked at, one line each.
  returned: success
  type: list
  elements: str
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
      sample: "lead readers of pgbouncer pool1.example.com:6432 to green"
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.readers import readers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.readers.traffic import ReadTraffic


def main() -> None:
    """Run the module."""
    run_module(
        ReadTraffic,
        {
            **readers(),
            "routes": routes(),
            "target": {"type": "str", "choices": ["green", "blue"]},
            "max_lag_seconds": {"type": "float", "default": 5.0},
            "settle": {"type": "float", "default": 10.0},
            "timeout": {"type": "float", "default": 300.0},
            "watch": {"type": "float", "default": 60.0},
            "interval": {"type": "float", "default": 1.0},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
        },
    )


if __name__ == "__main__":
    main()
