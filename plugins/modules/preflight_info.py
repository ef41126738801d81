#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for every reason not to begin a migration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Find every reason not to begin a migration
version_added: "0.1.0"
description:
  - Reads both servers and both schemas, and reports at once every reason why a migration would do harm or fail.
  - Each finding has a stable code, a severity (V(blocks), V(warns) or V(informs)), the objects by name and the fix, as
    text or as SQL to paste. Every code is explained in C(docs/TROUBLESHOOTING.md).
  - Works before anything else of the collection has run, with an empty green database, and at any later time. Objects
    of the migration itself are not findings.
  - Changes nothing. The servers themselves test whether they reach each other, with the extension C(dblink) if it is
    installed, otherwise with a subscription that is rolled back in the same statement. Check mode skips the latter, and
    the finding BG123 says so.
  - With O(trial_restore) it restores blue's schema on an empty green as M(bluegreen.postgresql.schema_copy) would, with
    the roles and settings around it, in one transaction that it rolls back, with savepoints. Every statement that
    green's server refuses is a finding (BG270 to BG276), sorted by cause. What failed only because an object before it
    was refused is left out. Check mode tries it as well.
  - While blue is in service it also tries what later phases need besides both databases (BG289 to BG299), and writes
    nothing. It looks at each route as if its files were prepared, reads the backup proof and the window, asks
    O(health_checks) and O(log_check), and begins a write through the application's own route, as
    M(bluegreen.postgresql.route_check) does. Check mode does not try the latter, and the finding BG296 says so.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
  - bluegreen.postgresql.acceptance
  - bluegreen.postgresql.consumers
  - bluegreen.postgresql.schema_part
  - bluegreen.postgresql.routes
  - bluegreen.postgresql.routes.readers
  - bluegreen.postgresql.routes.standbys
  - bluegreen.postgresql.application
  - bluegreen.postgresql.backup
  - bluegreen.postgresql.health_checks
  - bluegreen.postgresql.window
requirements:
  - for O(trial_restore), pg_dump, pg_restore and psql of green's major version on the host where the module runs
options:
  application_roles:
    description: Roles that applications connect with.
    type: list
    elements: str
    default: []
  exclude_tables:
    description: Tables that the links leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  free_disk_command:
    description:
      - A command and its arguments whose last line is the number of bytes free where blue keeps its WAL, for the
        forecast of when that disk is full. It runs where the module runs, for 30 seconds at most.
    type: list
    elements: str
    default: []
  extension_versions:
    description: Versions of extensions on green, by name, as in M(bluegreen.postgresql.schema_copy).
    type: dict
    default: {}
  lanes:
    description: How many lanes a new link gets, as in M(bluegreen.postgresql.replication_link).
    type: int
    default: 1
  copy:
    description: How green gets the rows that blue has, as in M(bluegreen.postgresql.replication_link).
    type: str
    choices: [snapshot, native, none]
    default: snapshot
  copy_streams:
    description: How many streams copy rows at the same time, as in M(bluegreen.postgresql.replication_link).
    type: int
    default: 4
  migrations_at_once:
    description:
      - How many migrations use these two servers at the same time, including this one. Slots, workers and connections
        are counted for all of them; a migration that already has its links is counted once.
    type: int
    default: 1
  forks:
    description:
      - How many of them work at the same time, which is C(ansible_forks); 0 for all. Connections are counted for these.
    type: int
    default: 0
  trial_restore:
    description:
      - Whether to try to restore blue's schema on an empty green, and roll it back.
      - It takes as long as copying the schema does, and as many locks on green for that time.
    type: bool
    default: true
  log_check:
    description:
      - Command and arguments with which the switch will check the application's log, on the host where the module runs.
        It is run as O(health_checks) are asked.
    type: list
    elements: str
    default: []
  log_check_timeout:
    description: How long it may take, in seconds.
    type: float
    default: 30.0
  schema_migrations:
    description:
      - Folder of versioned migrations on the host where the module runs. Every file that a later phase would refuse is
        a finding.
      - If empty, none are read.
    type: path
    default: ""
seealso:
  - module: bluegreen.postgresql.prerequisites_info
  - module: bluegreen.postgresql.route_files
  - module: bluegreen.postgresql.schema_lint_info
  - name: Preflight
    description: What preflight looks at, and how.
    link: docs/preflight.md
  - name: Troubleshooting
    description: "Every error code: what happened, where things stand, what to do."
    link: docs/TROUBLESHOOTING.md
"""

EXAMPLES = r"""
- name: Find every reason not to begin
  bluegreen.postgresql.preflight_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    application_roles: [shop_app]
    routes:
      - {type: multihost}
    backup_proof: {file: /var/backups/shop/completed}
    accepted:
      - code: BG151
        object: public.page_cache
        reason: The cache fills itself again
        expires: "2027-01-31"
  register: preflight

- name: Show it to a person
  ansible.builtin.debug:
    msg: "{{ preflight.table.splitlines() }}"

- name: Stop while anything blocks
  ansible.builtin.assert:
    that: not preflight.blocked
"""

RETURN = r"""
findings:
  description: What stands in the way, the gravest first.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: Stable code.
      type: str
      returned: success
    severity:
      description: V(blocks), V(warns) or V(informs).
      type: str
      returned: success
    side:
      description: Where it was found, V(blue) or V(green).
      type: str
      returned: success
    what:
      description: What was found, and what it would lead to.
      type: str
      returned: success
    fix:
      description: Text, or SQL to paste.
      type: str
      returned: success
    objects:
      description: The objects concerned, by name.
      type: list
      elements: str
      returned: success
    line:
      description: All of it in one line.
      type: str
      returned: success
  sample:
    - code: BG145
      severity: blocks
      side: blue
      what: "1 table has no replica identity: once published, UPDATE and DELETE there fail"
      fix: ALTER TABLE public.visits ADD PRIMARY KEY (…);
      objects: [public.visits]
      line: "BG145 blue: 1 table has no replica identity: once published, UPDATE and DELETE there fail …"
accepted:
  description: What was found and is accepted, with O(accepted[].reason) and O(accepted[].expires).
  returned: success
  type: list
  elements: dict
  sample:
    - code: BG151
      severity: blocks
      side: blue
      what: "1 unlogged table: rows there are not replicated"
      fix: ALTER TABLE public.page_cache SET LOGGED; -- or accept it
      objects: [public.page_cache]
      reason: The cache fills itself again
      expires: "2027-01-31"
      line: "Accepted because: The cache fills itself again (until 2027-01-31). BG151 blue: 1 unlogged table …"
blocked:
  description: Whether a finding that is not accepted blocks.
  returned: success
  type: bool
  sample: true
forecast:
  description: Expected sizes and times, with the arithmetic. A value that was not measured is V(null), never zero.
  returned: success
  type: dict
  sample:
    size_bytes: 12884901888
    copy_seconds_at_least: 151.6
    wal_bytes_per_second: 1258291.2
    retained_wal_bytes_after_copy: 190756946.0
    slot_lost_after_seconds: null
    wraparound_after_seconds: 10000000.0
    disk_full_after_seconds: 85197.9
    arithmetic: ["size: blue has 12.0 GB"]
table:
  description: Findings, acceptances and forecast for a person, with line breaks.
  returned: success
  type: str
  sample: "1 finding: 1 block, 0 warn, 0 inform; 0 accepted"
sarif:
  description: The same as SARIF 2.1.0, for CI pipelines. An accepted finding is a suppressed result.
  returned: success
  type: dict
  sample: {version: "2.1.0", runs: []}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.acceptance import accepted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.application import application
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.backup import backup
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.consumers import consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.health_checks import health_checks
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.readers import readers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.schema_part import schema_part
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.window import window
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.preflight.check import PreflightInfo


def main() -> None:
    """Run the module."""
    run_probe(
        PreflightInfo,
        {
            "application_roles": {"type": "list", "elements": "str", "default": []},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "free_disk_command": {"type": "list", "elements": "str", "default": []},
            "lanes": {"type": "int", "default": 1},
            "copy": {"type": "str", "choices": ["snapshot", "native", "none"], "default": "snapshot"},
            "copy_streams": {"type": "int", "default": 4},
            "migrations_at_once": {"type": "int", "default": 1},
            "forks": {"type": "int", "default": 0},
            "trial_restore": {"type": "bool", "default": True},
            "schema_migrations": {"type": "path", "default": ""},
            "extension_versions": {"type": "dict", "default": {}},
            **schema_part(),
            **backup(),
            **health_checks(),
            **window(),
            "log_check": {"type": "list", "elements": "str", "default": []},
            "log_check_timeout": {"type": "float", "default": 30.0},
            "routes": routes(),
            **readers(),
            "application": application(),
            **accepted(),
            **consumers(),
        },
    )


if __name__ == "__main__":
    main()
