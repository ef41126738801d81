# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The databases of a server as hosts, each of them one migration."""

from __future__ import annotations

DOCUMENTATION = r"""
name: databases
short_description: Databases of a server as migrations
version_added: "0.1.0"
description:
  - Asks blue's server for its databases, and makes a host of each, with C(bluegreen_blue), C(bluegreen_green) and
    C(bluegreen_migration). Only reads; green is not connected to.
  - The file's name ends in C(databases.yml) or C(databases.yaml).
  - Needs psycopg2 where Ansible itself runs.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - ansible.builtin.constructed
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [bluegreen.postgresql.databases]
  blue:
    description:
      - How to reach the old server, in libpq's own keywords, as in C(bluegreen_blue) but without C(dbname). Hosts get
        what is written here, so a password in a template stays one, and shows in no inventory. This plugin evaluates it
        before there is any variable of a host or a group, so lookups work there, and extra variables.
    type: dict
    required: true
  green:
    description: How to reach the new server, in the same way. Each database has its name there, too.
    type: dict
    required: true
  ask_in:
    description: The database in which blue's server is asked for the others.
    type: str
    default: postgres
  include:
    description: Patterns, as the shell's, of databases to take.
    type: list
    elements: str
    default: ["*"]
  exclude:
    description: Patterns of databases to leave out. Templates, and databases without connections, are never taken.
    type: list
    elements: str
    default: [postgres, rdsadmin, cloudsqladmin, azure_maintenance, azure_sys, alloydbadmin]
  prefix:
    description:
      - What the names of hosts begin with. What follows is the database's name, with a C(_) for characters that no
        host's name may have.
    type: str
    default: ""
  group:
    description: The group that the hosts belong to.
    type: str
    default: migrations
"""

EXAMPLES = r"""
# db17.databases.yml
plugin: bluegreen.postgresql.databases
blue:
  host: db17.example.com
  user: migrator
  password: "{{ lookup('ansible.builtin.env', 'BLUE_PASSWORD') }}"
green:
  host: db18.example.com
  user: migrator
  password: "{{ lookup('ansible.builtin.env', 'GREEN_PASSWORD') }}"
exclude: [postgres, "test_*"]
"""

from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.databases import Choice
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.fleet.databases import list_migrations

_SIDES = ("blue", "green")


class InventoryModule(BaseInventoryPlugin, Constructable):  # type: ignore[misc]
    """The inventory."""

    NAME = "bluegreen.postgresql.databases"

    def verify_file(self, path: str) -> bool:
        """Tell whether a file is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(("databases.yml", "databases.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        written = {side: self.get_option(side) for side in _SIDES}
        choice = Choice(*(self.get_option(name) for name in ("include", "exclude", "prefix")))
        blue, green = (self._evaluated(written[side]) for side in _SIDES)
        try:
            migrations = list_migrations({**blue, "dbname": self.get_option("ask_in")}, green, choice)
        except MigrationError as error:
            raise AnsibleParserError(str(error)) from None
        inventory.add_group(self.get_option("group"))
        for host, database in migrations.items():
            # The name is a server's word: what looks like a template in it must never be evaluated.
            named = {"dbname": wrap_var(database)}
            self._add(host, {side: {**written[side], **named} for side in _SIDES})

    def _evaluated(self, written: dict[str, Any]) -> dict[str, Any]:
        templar = self.templar.copy_with_new_env(available_variables=self._vars)
        found: dict[str, Any] = templar.template(written)
        return found

    def _add(self, host: str, ends: dict[str, dict[str, Any]]) -> None:
        self.inventory.add_host(host, self.get_option("group"))
        self.inventory.set_variable(host, "bluegreen_migration", host)
        for side, end in ends.items():
            self.inventory.set_variable(host, f"bluegreen_{side}", end)
        variables = self.inventory.get_host(host).get_vars()
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)
