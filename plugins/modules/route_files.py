#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares the files that lead routers to either side."""

from __future__ import annotations

DOCUMENTATION = r"""
module: route_files
short_description: Prepare the files that point PgBouncer at either side
version_added: "0.1.0"
description:
  - For each PgBouncer in O(routes), writes the two prepared files beside the live one. The file of the side in service
    equals the live one; the other file has the other side's addresses for the entries in C(databases). Every other
    setting, entry and comment is kept, including C(auth_query) and C(auth_user).
  - Does not touch a live file that PgBouncer includes, so a reload or restart of PgBouncer changes nothing. The switch
    makes a prepared file the live one.
  - Where the entries lie in PgBouncer's own configuration, moves them into the live file if the route has
    C(convert_inline), and refuses with BG616 if not.
  - Reads and writes files on another host over SSH, as the switch does (C(ssh) of the route).
  - Keeps an address in an existing prepared file, unless the route has C(blue_address) or C(green_address).
  - At the end, or in check mode right away as if the files were written, checks every route, and returns what would
    prevent a switch through it. The module does not fail because of that.
  - Does the same for readers in O(read_routes). Their files lead to the standbys of each side that O(standbys) names,
    or to its primary. The live file tells on which side readers are, which need not be the one in service.
  - Warns of every other entry of these PgBouncers, and of every other backend of these HAProxys, that leads to one of
    the two servers or their named standbys, and that no route names (BG751). A switch would leave it behind.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.routes
  - bluegreen.postgresql.routes.readers
  - bluegreen.postgresql.routes.standbys
seealso:
  - module: bluegreen.postgresql.route_check
  - module: bluegreen.postgresql.cutover
  - name: Routes
    description: How applications reach the side in service.
    link: docs/routes.md
"""

EXAMPLES = r"""
- name: Prepare two bouncers, each on a host of its own
  bluegreen.postgresql.route_files:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    routes:
      - type: pgbouncer
        console: {host: pool1.example.com, port: 6432, user: operator, password: "{{ console_password }}"}
        databases: [shop, shop_jobs]
        live_file: /etc/pgbouncer/databases.ini
        blue_file: /etc/pgbouncer/databases.blue.ini
        green_file: /etc/pgbouncer/databases.green.ini
        ssh: {host: postgres@pool1.example.com}
      - type: pgbouncer
        console: {host: pool2.example.com, port: 6432, user: operator, password: "{{ console_password }}"}
        databases: [shop, shop_jobs]
        live_file: /etc/pgbouncer/databases.ini
        blue_file: /etc/pgbouncer/databases.blue.ini
        green_file: /etc/pgbouncer/databases.green.ini
        ssh: {host: postgres@pool2.example.com}
        green_address: {host: 10.0.2.18}
"""

RETURN = r"""
in_service:
  description: The side in service, which the live files lead to.
  returned: success
  type: str
  sample: blue
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
      sample: write /etc/pgbouncer/databases.green.ini
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
routes:
  description: The state of every route, with C(name), C(side), C(held), C(follows) and C(problems).
  returned: success
  type: list
  elements: dict
readers:
  description: The side that each read route leads to, V(null) if that is unknown.
  returned: success
  type: dict
problems:
  description: What would prevent a switch through a route, or would be left behind by it, one line each.
  returned: success
  type: list
  elements: str
blocked:
  description: Whether one of the problems would stop a switch.
  returned: success
  type: bool
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.readers import readers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.routes.files import RouteFiles


def main() -> None:
    """Run the module."""
    run_module(RouteFiles, {"routes": routes(), **readers()}, exclusive=True)


if __name__ == "__main__":
    main()
