#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells whether rows still flow although the schemas differ."""

from __future__ import annotations

DOCUMENTATION = r"""
module: schema_lint_info
short_description: Judge whether rows still flow although the schemas differ
version_added: "0.1.0"
description:
  - Compares both catalogs and judges every difference by its effect on logical replication, from blue to green and from
    green to blue, before any row is replicated.
  - Compares tables, columns, types, keys, uniqueness, CHECK constraints and labels of enums. Foreign keys and ordinary
    triggers do not act on replicated rows, so they do not count here.
  - Judges the present schemas. Run it after M(bluegreen.postgresql.schema_version) and before
    M(bluegreen.postgresql.replication_link).
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  exclude_tables:
    description: Tables that are not replicated, as schema and name; parts that need it are quoted as in SQL.
    type: list
    elements: str
    default: []
  directory:
    description:
      - Folder of versioned migrations on the host where the module runs, for squawk, a linter for migrations. The
        module runs squawk if it is in that host's E(PATH); squawk finds its own configuration (C(.squawk.toml)) in the
        folder.
      - If empty, squawk is not run.
    type: path
    default: ""
seealso:
  - module: bluegreen.postgresql.schema_version
  - module: bluegreen.postgresql.preflight_info
  - module: bluegreen.postgresql.replication_link
  - name: Versioned migrations
    description: How the SQL files are named, ordered and marked.
    link: docs/versioned_migrations.md
"""

EXAMPLES = r"""
- name: Judge the differences between the schemas
  bluegreen.postgresql.schema_lint_info:
    migration: shop
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
  register: lint

- name: Stop where no row would arrive on green
  ansible.builtin.assert:
    that: lint.verdicts.forward != 'stops'
"""

RETURN = r"""
verdicts:
  description:
    - The most serious verdict of each direction. V(flows); V(left_behind), if rows flow without some of their values;
      V(value_dependent), if the first value that does not fit stops the link; V(stops).
  returned: success
  type: dict
  sample: {forward: flows, reverse: left_behind}
squawk:
  description: What squawk reports about the files.
  returned: success
  type: dict
  contains:
    version:
      description: The version of squawk that was run, V(null) if none was.
      returned: success
      type: str
      sample: "2.70.0"
    findings:
      description: Its findings, in the order of files and lines.
      returned: success
      type: list
      elements: dict
      sample:
        - file: 0001_add_phone.up.sql
          line: 2
          rule: require-concurrent-index-creation
          level: warning
          message: During normal index creation, table updates are blocked, but reads are still allowed.
          help: Use `concurrently` to avoid blocking writes.
differences:
  description: Every difference, with its verdict in one direction, the reason and a way out.
  returned: success
  type: list
  elements: dict
  sample:
    - direction: reverse
      table: public.users
      column: phone
      difference: column missing at the target
      verdict: left_behind
      reason: rows flow without its values
      way_out: Add it to blue as well where a rollback has to carry its values
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.schema.lint_info import SchemaLintInfo


def main() -> None:
    """Run the module."""
    run_probe(
        SchemaLintInfo,
        {
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "directory": {"type": "path", "default": ""},
        },
    )


if __name__ == "__main__":
    main()
