#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves a write through the application's own route."""

from __future__ import annotations

DOCUMENTATION = r"""
module: route_check
short_description: Prove that the application's own route reaches the side in service
version_added: "0.1.0"
description:
  - Connects as the application does and takes a transaction id, as writes do and standbys cannot. Checks that neither
    fence nor read-only setting would refuse a write to a table that the application's role may write to, and compares
    the server that it reached with the side in service. Sends no statement to your tables.
  - Fails if a write would be refused, or if the route leads to another database.
  - In check mode no write is tried.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.application
options:
  application:
    required: true
  timeout:
    description: How long connecting and writing may take, in seconds.
    type: float
    default: 10.0
seealso:
  - module: bluegreen.postgresql.route_files
  - module: bluegreen.postgresql.cutover
  - name: Routes
    description: How applications reach the side in service.
    link: docs/routes.md
"""

EXAMPLES = r"""
- name: Prove that the application can write
  bluegreen.postgresql.route_check:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    application: {host: pooler.example.com, port: "6432", dbname: shop, user: shop_app, password: "{{ app_password }}"}
"""

RETURN = r"""
in_service:
  description: The side in service; in check mode V(null) if there is none.
  returned: success
  type: str
  sample: green
reached:
  description: The side that the route leads to, V(null) in check mode.
  returned: success
  type: str
  sample: green
table:
  description: A table that the application may write to, V(null) in check mode.
  returned: success
  type: str
  sample: public.users
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.application import application
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.routes.check import RouteCheck


def main() -> None:
    """Run the module."""
    run_probe(
        RouteCheck,
        {
            "application": {**application(), "required": True},
            "timeout": {"type": "float", "default": 10.0},
        },
    )


if __name__ == "__main__":
    main()
