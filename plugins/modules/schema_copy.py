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
  - Also copies what surrounds the database, if green lacks it and our role on green may create it. These are the roles
    that own objects or have privileges on them, their members and the groups of these, with their attributes,
    memberships and passwords; the settings of the database and of these roles; privileges and comment of the database.
    It does not change what green already has.
  - Only a superuser on blue can read passwords; they are copied as hashes, and neither they nor values of settings
    appear in results, diffs, arguments or the servers' logs. The module never creates superusers.
  - Leaves out our own objects, publications, subscriptions and event triggers; RV(not_copied) lists what stays behind
    on blue.
  - Records blue's schema on green, in schema C(bluegreen). From then on it changes nothing. Objects that versioned
    migrations add are green's own; a change on blue that green does not have is an error that names the objects.
  - If green has objects that this module did not create, it is accepted as it is if it lacks nothing of blue's.
  - Needs no superuser. The role on green has to be a member of the roles that own blue's objects, and needs the right
    to create objects in the database.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.schema_part
requirements:
  - pg_dump and pg_restore of green's major version on the host where the module runs
options:
  extension_versions:
    description:
      - Versions of blue's extensions to install on green, by name.
      - Of the others green gets its server's default version, whatever blue has.
    type: dict
    default: {}
  application_roles:
    description: Roles that log in; they are copied with their groups even if nothing in the database names them.
    type: list
    elements: str
    default: []
notes:
  - If the role on green may not create roles (C(CREATEROLE)), all roles that own objects or have privileges on blue
    must exist on green; the error names all that are missing.
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
  description: How many user objects each side has.
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
      description: New or changed on blue, and missing on green.
      type: list
      elements: str
      returned: success
    dropped:
      description: Gone from blue, still on green.
      type: list
      elements: str
      returned: success
left_aside:
  description: What O(include) and O(exclude) leave out of blue.
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
  description: What was done, in order, or would be done in check mode; empty if there was nothing to do.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: What the step does.
      returned: always
      type: str
      sample: copy 212 objects of blue's schema to green
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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.schema_part import schema_part
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.schema.copy import SchemaCopy


def main() -> None:
    """Run the module."""
    run_module(
        SchemaCopy,
        {
            **schema_part(),
            "application_roles": {"type": "list", "elements": "str", "default": []},
            "extension_versions": {"type": "dict", "default": {}},
        },
    )


if __name__ == "__main__":
    main()
