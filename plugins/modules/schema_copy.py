# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies the schema of blue to green."""

from __future__ import annotations

DOCUMENTATION = r"""
module: schema_copy
short_description: Copy blue's schema to green
version_added: "0.1.0"
description:
  - Copies every object of blue's database to an empty green with C(pg_dump) and C(pg_restore), without rows, in one
    transaction. Owners, privileges and default privileges are kept.
  - Brings what stands around the database as well, where green lacks it and our role on green may make it. These are
    the roles that own something or have a right to something, their members and the groups of these, with their
    attributes, memberships and passwords; the settings of the database and of these roles; privileges and comment of
    the database. What green has already keeps its form.
  - Passwords are read by a superuser of blue only; they travel as hashes, and neither they nor values of settings
    appear in results, diffs, arguments or the servers' logs. Superusers are never made.
  - Leaves out what is ours, publications, subscriptions and event triggers, and tells in RV(not_copied) what stays
    behind on blue.
  - Records on green, in schema C(bluegreen), what blue's schema was. From then on it changes nothing; what green gets
    from versioned migrations is green's own, and what changes on blue without green following is an error that names
    the objects.
  - A green that has objects but was not made by this module is taken as it is when it lacks nothing of blue's.
  - Needs no superuser. The role on green is a member of the roles that own blue's objects, and may create objects in
    the database.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
requirements:
  - pg_dump and pg_restore of green's major version on the host where the module runs
options:
  pg_bindir:
    description:
      - Folder of C(pg_dump) and C(pg_restore) of green's major version, on the host where the module runs.
      - Where it is empty they are looked for in E(PATH) and in the folders of Debian's and Red Hat's packages.
    type: path
    default: ""
  include:
    description: The only schemas, or the only tables, that are copied; what is empty includes all.
    type: dict
    suboptions:
      schemas:
        description: Names of schemas, as they are.
        type: list
        elements: str
        default: []
      tables:
        description: Tables, as schema and name; parts that need it are quoted as in SQL. Their partitions are included.
        type: list
        elements: str
        default: []
  exclude:
    description:
      - What stays behind. A table goes with its partitions, its indexes and the sequences that it owns, an extension
        with the schema that it lies in.
      - Whatever else needs what stays behind, such as a view of it or a foreign key to it, makes the copy fail, all of
        it. Tables that stay behind are to be excluded from the links as well.
    type: dict
    suboptions:
      schemas:
        description: Names of schemas, as they are.
        type: list
        elements: str
        default: []
      tables:
        description: Tables, as schema and name; parts that need it are quoted as in SQL.
        type: list
        elements: str
        default: []
      extensions:
        description: Names of extensions, as they are.
        type: list
        elements: str
        default: []
  extension_versions:
    description:
      - The version that green is to have of extensions of blue's, by their names.
      - Of the others green gets the one that is its server's default, whatever blue has.
    type: dict
    default: {}
  application_roles:
    description: Roles that log in, which are brought with their groups although nothing in the database names them.
    type: list
    elements: str
    default: []
notes:
  - Where the role on green may not create roles (C(CREATEROLE)), those that own something on blue, or have privileges
    there, must exist on green; the error names all of them.
seealso:
  - module: bluegreen.postgresql.green_database
  - module: bluegreen.postgresql.schema_version
  - module: bluegreen.postgresql.schema_lint_info
  - name: Privileges
    description: What the role of the migration needs.
    link: docs/privileges.md
"""

EXAMPLES = r"""
- name: Copy the schema
  bluegreen.postgresql.schema_copy:
    migration: orders
    blue:
      host: blue.example.com
      dbname: orders
      user: migrator
      password: "{{ migrator_password }}"
    green:
      host: green.example.com
      dbname: orders
      user: migrator
      password: "{{ migrator_password }}"
    pg_bindir: /usr/lib/postgresql/18/bin
"""

RETURN = r"""
objects:
  description: How many objects of the user's each side has.
  type: dict
  returned: success
  sample: {blue: 212, green: 214}
missing:
  description: Objects of blue that green does not have.
  type: list
  elements: str
  returned: success
  sample: []
different:
  description:
    - Objects that both sides have, with another definition or owner.
    - A column whose type a versioned migration has changed is one.
  type: list
  elements: str
  returned: success
  sample: []
extra:
  description: Objects that only green has, such as those that versioned migrations made.
  type: list
  elements: str
  returned: success
  sample: [column public.users.phone, index public.idx_users_phone]
drift:
  description: What changed on blue since the copy.
  type: dict
  returned: success
  contains:
    unmet:
      description: New or changed on blue, and green has not followed.
      type: list
      elements: str
      returned: success
    dropped:
      description: Gone from blue, still on green.
      type: list
      elements: str
      returned: success
left_aside:
  description: What of blue does not count, by O(include) and O(exclude).
  type: dict
  returned: success
  sample: {schemas: [legacy], tables: [shop.scratch], extensions: []}
extensions:
  description: The version of each of blue's extensions on either side.
  type: dict
  returned: success
  sample: {postgis: {blue: "3.4.0", green: "3.5.2"}}
not_copied:
  description: What stays behind on blue, and why.
  type: list
  elements: dict
  returned: success
  sample:
    - title: event trigger audit_ddl
      reason: only a superuser may create one
    - title: password of reader
      reason: "only a superuser of blue may read it: set it on green by hand"
steps:
  description: What was done, or would be in check mode; empty when there was nothing to do.
  type: list
  elements: str
  returned: success
  sample:
    - copy role reader
    - copy membership reader in readers
    - copy 212 objects of blue's schema to green
    - record the schema that was copied
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.schema.copy import SchemaCopy

_NAMES = {"type": "list", "elements": "str", "default": []}


def main() -> None:
    """Run the module."""
    run_module(
        SchemaCopy,
        {
            "pg_bindir": {"type": "path", "default": ""},
            "application_roles": dict(_NAMES),
            "include": {"type": "dict", "options": {"schemas": dict(_NAMES), "tables": dict(_NAMES)}},
            "exclude": {
                "type": "dict",
                "options": {"schemas": dict(_NAMES), "tables": dict(_NAMES), "extensions": dict(_NAMES)},
            },
            "extension_versions": {"type": "dict", "default": {}},
        },
    )


if __name__ == "__main__":
    main()
