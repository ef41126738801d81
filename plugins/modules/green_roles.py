#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates on green the roles that blue's objects name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: green_roles
short_description: Create on green the roles that blue's objects name
version_added: "0.1.0"
description:
  - Creates on green's server the roles that own something in blue's database or are named in a privilege or a policy
    there, their members and the roles that they are members of, with blue's attributes and memberships.
  - A role that green has already stays as it is, and gets no membership. A superuser is never created.
  - Passwords are carried over where the role on blue may read them, which only a superuser may; they show in no log.
  - The role on green needs the right to create roles. Green's database need not exist.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  role:
    description: The role that is to run the migration, which is left out.
    type: str
    default: bluegreen_migrator
  maintenance_database:
    description: Another database of green's server, to connect to while green's own does not exist.
    type: str
    default: postgres
seealso:
  - module: bluegreen.postgresql.green_database
  - module: bluegreen.postgresql.init_info
  - name: Privileges
    description: What the role of the migration needs.
    link: docs/privileges.md
"""

EXAMPLES = r"""
- name: Create the roles that blue's objects name
  bluegreen.postgresql.green_roles:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green:
      host: green.example.com
      dbname: orders
      user: creator
      password: "{{ creator_password }}"
"""

RETURN = r"""
lacking:
  description: Roles and memberships that green lacks now, or still would after a run outside check mode.
  type: list
  elements: str
  returned: success
  sample: []
superusers:
  description: Superusers of blue that green lacks, and that a person has to create where green is to have them.
  type: list
  elements: str
  returned: success
  sample: []
without_password:
  description: Roles that can log in, and that were created, or would be, without the password that they have on blue.
  type: list
  elements: str
  returned: success
  sample: [orders_app]
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
      sample: create role orders_owner on green
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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.init.green_roles import GreenRoles


def main() -> None:
    """Run the module."""
    run_module(
        GreenRoles,
        {
            "role": {"type": "str", "default": "bluegreen_migrator"},
            "maintenance_database": {"type": "str", "default": "postgres"},
        },
    )


if __name__ == "__main__":
    main()
