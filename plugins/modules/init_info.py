#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at both sides for the first time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: init_info
short_description: Look at both sides for the first time, and say what to write for a migration
version_added: "0.1.0"
description:
  - Reads blue in a read-only transaction, and green, and returns the text of an inventory, and for either side two
    files of SQL, which a superuser or the cloud's admin runs with C(psql). One grants what the migration needs, the
    other takes it back afterwards.
  - Any role that can connect to both servers will do. Green's database may be missing; the file for green then makes
    it, with the roles that blue's objects name.
  - No text holds a password. The inventory names the environment variable E(BLUEGREEN_PASSWORD), and C(psql) reads it.
  - Changes nothing.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  role:
    description: The role that is to run the migration, which need not exist yet.
    type: str
    default: bluegreen_migrator
  host:
    description: The migration's name in the inventory. If empty, it is made from the name of blue's database.
    type: str
    default: ""
  pg_bindir:
    description: Folder of C(pg_dump) of green's major version. If empty, it is looked for.
    type: path
    default: ""
  maintenance_database:
    description: Another database of green's server, to connect to while green's own does not exist.
    type: str
    default: postgres
seealso:
  - module: bluegreen.postgresql.preflight_info
  - module: bluegreen.postgresql.green_database
  - module: bluegreen.postgresql.green_roles
  - name: Privileges
    description: What the role of the migration needs, and why.
    link: docs/privileges.md
"""

EXAMPLES = r"""
- name: Look at both sides
  bluegreen.postgresql.init_info:
    migration: shop
    blue: {dsn: "{{ lookup('ansible.builtin.env', 'BLUEGREEN_BLUE_DSN') }}"}
    green: {dsn: "{{ lookup('ansible.builtin.env', 'BLUEGREEN_GREEN_DSN') }}"}
  register: look

- name: Write the inventory, unless there is one
  ansible.builtin.copy:
    content: "{{ look.files[0].content }}"
    dest: ./inventory.yml
    mode: "0640"
    force: false
"""

RETURN = r"""
files:
  description: What to write. The inventory is the first, then each side's file to grant and to take back.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The file's name.
      type: str
      returned: success
      sample: before_blue.sql
    content:
      description: The text.
      type: str
      returned: success
sides:
  description: Both sides, by V(blue) and V(green).
  returned: success
  type: dict
  sample:
    blue: {version: "17.6", database: shop, exists: true}
    green: {version: "18.1", database: shop, exists: false}
owners:
  description: Roles that own blue's database or something in it.
  returned: success
  type: list
  elements: str
  sample: [shop_owner]
application_roles:
  description: Roles that can log in and write to blue's tables.
  returned: success
  type: list
  elements: str
  sample: [shop_app]
left_behind:
  description: Tables that no link carries, or that could not be written to once they are published, each with why.
  returned: success
  type: list
  elements: str
  sample: ["public.page_cache is unlogged"]
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.init.look import InitInfo


def main() -> None:
    """Run the module."""
    run_probe(
        InitInfo,
        {
            "role": {"type": "str", "default": "bluegreen_migrator"},
            "host": {"type": "str", "default": ""},
            "pg_bindir": {"type": "path", "default": ""},
            "maintenance_database": {"type": "str", "default": "postgres"},
        },
    )


if __name__ == "__main__":
    main()
