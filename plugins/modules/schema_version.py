# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one side's schema to a version."""

from __future__ import annotations

DOCUMENTATION = r"""
module: schema_version
short_description: Bring one side's schema to a version with numbered SQL files
version_added: "0.1.0"
description:
  - Runs the files that a side lacks, in the order of their numbers, or reverts those beyond the wanted version.
  - Runs each file through C(psql), so C(COPY), C(\set) and C(\ir) work as usual, in one transaction with its row in the
    version table. A failing file leaves nothing behind.
  - A file waits 2 seconds for a lock, then lets the applications proceed, and tries again, ten times in all.
  - An advisory lock keeps two runs apart.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
requirements:
  - psql on the host where the module runs
options:
  side:
    description: The database to bring to the version.
    type: str
    choices: [blue, green]
    default: green
  directory:
    description:
      - Folder of the files, on the host where the module runs. Subfolders are ignored.
      - C(0001_add_email.up.sql) applies a version and C(0001_add_email.down.sql) reverts it; C(V1__add_email.sql) and
        C(U1__add_email.sql) mean the same.
      - Numbers are 1, 2, 3 and so on without a gap, or timestamps such as C(20260131120000).
    type: path
    required: true
  version:
    description: V(latest), V(0), or the number of a file.
    type: str
    default: latest
  phase:
    description:
      - "Which files run. A file that says nothing runs V(before_copy); the comment C(-- bluegreen: after_cutover) at
        its beginning keeps it until green serves, and C(-- bluegreen: at_cutover) leaves it to
        M(bluegreen.postgresql.cutover)."
      - Files that revert versions run in any phase.
    type: str
    choices: [before_copy, after_cutover]
    default: before_copy
  table:
    description:
      - Version table, as schema and name; parts that need it are quoted as in SQL.
      - The first file creates it. It belongs to the owner of the database if our role may give it to that owner, and
        stays when the migration is over.
    type: str
    default: public.schema_version
  pg_bindir:
    description:
      - Folder of C(psql), on the host where the module runs.
      - If empty, the module searches E(PATH) and the folders of Debian's and Red Hat's packages.
    type: path
    default: ""
notes:
  - On a fenced side each file lifts the fence only for its own transaction. Nobody else sees the side open, and a file
    that tries to commit is refused.
  - "A file that begins with the comment C(-- bluegreen: no-transaction) runs statement by statement, as C(CREATE INDEX
    CONCURRENTLY) demands. It does not lift a fence, so that it cannot write rows on a fenced side. If it fails, its
    earlier statements stay in effect, so make it safe to run again."
  - New objects belong to the role of the connection unless the file says C(SET ROLE).
  - A file for the switch itself has to be plain SQL, since psql does not run it, and must not begin or end a
    transaction.
  - New tables lack the gate's trigger. Run M(bluegreen.postgresql.write_gate) afterwards.
seealso:
  - module: bluegreen.postgresql.schema_copy
  - module: bluegreen.postgresql.write_gate
  - module: bluegreen.postgresql.cutover
  - name: Versioned migrations
    description: How the SQL files are named, ordered and marked.
    link: docs/versioned_migrations.md
"""

EXAMPLES = r"""
- name: Bring green to the newest version
  bluegreen.postgresql.schema_version:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    directory: "{{ inventory_dir }}/migrations"

- name: Take back everything beyond version 7
  bluegreen.postgresql.schema_version:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    directory: "{{ inventory_dir }}/migrations"
    version: "7"
"""

RETURN = r"""
side:
  description: The side that was read.
  type: str
  returned: success
  sample: green
table:
  description: The version table.
  type: str
  returned: success
  sample: public.schema_version
version:
  description: The highest version that the side has; V(0) for none.
  type: int
  returned: success
  sample: 2
applied:
  description: The versions that the side has.
  type: list
  elements: dict
  returned: success
  sample:
    - version: 1
      description: add email
      checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      duration_ms: 12
      applied_at: "2026-01-31T12:00:00.000000Z"
      applied_by: migrator
pending:
  description: The versions that have a file but are not applied.
  type: list
  elements: int
  returned: success
  sample: []
other_tools:
  description:
    - Versions that Flyway, Alembic, golang-migrate and dbmate have recorded on the side, in tables that our role may
      read. They are reported, and never changed.
  type: list
  elements: dict
  returned: success
  sample: [{tool: Flyway, table: public.flyway_schema_history, version: "7.1"}]
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
      sample: "apply version 1: add email (0001_add_email.up.sql) on green"
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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.schema.version import SchemaVersion


def main() -> None:
    """Run the module."""
    run_module(
        SchemaVersion,
        {
            "side": {"type": "str", "choices": ["blue", "green"], "default": "green"},
            "directory": {"type": "path", "required": True},
            "version": {"type": "str", "default": "latest"},
            "phase": {"type": "str", "choices": ["before_copy", "after_cutover"], "default": "before_copy"},
            "table": {"type": "str", "default": "public.schema_version"},
            "pg_bindir": {"type": "path", "default": ""},
        },
    )


if __name__ == "__main__":
    main()
