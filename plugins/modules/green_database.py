# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates green's database on a given server, like blue's."""

from __future__ import annotations

DOCUMENTATION = r"""
module: green_database
short_description: Create green's database with blue's encoding, locale and owner
version_added: "0.1.0"
description:
  - Creates the database that O(green) names, with blue's encoding, locale and owner, if it does not exist.
  - Gives an existing database blue's owner. Refuses one with another encoding or locale, which only a new database
    could change.
  - The role on green needs the right to create databases, and membership in the role that owns blue's database.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  maintenance_database:
    description: Another database of green's server, to connect to while green's own does not exist.
    type: str
    default: postgres
notes:
  - The module copies neither privileges on the database nor its settings.
seealso:
  - module: bluegreen.postgresql.green_roles
  - module: bluegreen.postgresql.schema_copy
  - name: Privileges
    description: What the role of the migration needs.
    link: docs/privileges.md
"""

EXAMPLES = r"""
- name: Create green's database
  bluegreen.postgresql.green_database:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green:
      host: green.example.com
      dbname: orders
      user: creator
      password: "{{ creator_password }}"
"""

RETURN = r"""
database:
  description: The name of green's database.
  type: str
  returned: success
  sample: orders
exists:
  description: Whether it exists, or would in check mode.
  type: bool
  returned: success
encoding:
  description: Its encoding.
  type: str
  returned: success
  sample: UTF8
collate:
  description: Its LC_COLLATE.
  type: str
  returned: success
  sample: de_DE.UTF-8
ctype:
  description: Its LC_CTYPE.
  type: str
  returned: success
  sample: de_DE.UTF-8
provider:
  description: Its locale provider. V(c) is libc, V(i) ICU, V(b) the server itself.
  type: str
  returned: success
  sample: c
locale:
  description: Its locale if libc is not the provider, V(null) otherwise.
  type: str
  returned: success
icu_rules:
  description: Its ICU collation rules, V(null) if it has none.
  type: str
  returned: success
owner:
  description: Its owner.
  type: str
  returned: success
  sample: orders_owner
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
      sample: create database orders on green
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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.schema.green_database import GreenDatabase


def main() -> None:
    """Run the module."""
    run_module(GreenDatabase, {"maintenance_database": {"type": "str", "default": "postgres"}})


if __name__ == "__main__":
    main()
