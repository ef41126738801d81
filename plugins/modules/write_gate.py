#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the write gate on both sides and fences green."""

from __future__ import annotations

DOCUMENTATION = r"""
module: write_gate
short_description: Install or remove the write gate on both sides
version_added: "0.1.0"
description:
  - Creates schema C(bluegreen) with the journal on both sides, and puts a statement trigger on every table and
    partition. Application writes pass this gate, which refuses them once the side is fenced. On the side in service the
    gate is wide open, and the trigger calls no function.
  - Unlogged and foreign tables, tables of extensions, and views with INSTEAD OF triggers get it as well. A different
    trigger with our trigger's name is replaced.
  - From then on the side out of service is fenced; replication passes.
  - Creates the triggers in one transaction per table, with a short C(lock_timeout) and retries, so no writer waits
    long.
  - Never fences the side in service; only M(bluegreen.postgresql.cutover) does.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.acceptance
options:
  state:
    description:
      - V(present) installs what is missing, also on tables that are newer than the last run.
      - V(absent) removes the gate from the side in service and leaves the other side fenced.
    type: str
    choices: [present, absent]
    default: present
  ddl_guard:
    description:
      - What happens when somebody changes the schema of the side in service while the migration is under way. V(block)
        refuses it with the SQLSTATE C(BG267); V(warn) lets it pass with a warning and a row C(ddl) in that side's
        journal; V(off) does nothing. The schema of the other side may be changed.
      - It ignores temporary objects, our own sessions, and statements that do not change the schema, such as C(REINDEX)
        and C(REFRESH MATERIALIZED VIEW).
      - A guard of another version of the collection is replaced.
      - It needs event triggers, which only a superuser may create. With another role there is no guard, as RV(gates)
        shows; the switch compares the schema in any case.
    type: str
    choices: [block, warn, "off"]
    default: warn
  keep_journal:
    description:
      - With O(state=absent), keep the journal of the side in service. Turn it off to leave no trace of an aborted
        migration.
    type: bool
    default: true
seealso:
  - module: bluegreen.postgresql.cutover
  - module: bluegreen.postgresql.schema_version
  - name: Security
    description: Who is trusted with what, and what cannot be promised.
    link: docs/security.md
  - name: Glossary
    description: The collection's words, each beside the usual term.
    link: docs/glossary.md
"""

EXAMPLES = r"""
- name: Gate both sides and fence green
  bluegreen.postgresql.write_gate:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    state: present
"""

RETURN = r"""
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
      sample: gate blue public.orders
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
in_service:
  description: The side that accepts application writes, V(null) if unknown.
  returned: success
  type: str
  sample: blue
switched:
  description: Whether any switch has passed its point of no return.
  returned: success
  type: bool
pending_target:
  description: The side that an interrupted switch still has to open, V(null) if there is none.
  returned: success
  type: str
contradiction:
  description: How facts and journals disagree, V(null) if they agree.
  returned: success
  type: str
gates:
  description: State of the gate, by side.
  returned: success
  type: dict
  sample:
    blue: {fenced: false, wide_open: true, gated_tables: 12, ungated: []}
    green: {fenced: true, wide_open: false, gated_tables: 12, ungated: []}
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.acceptance import accepted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.write_gate import WriteGate


def main() -> None:
    """Run the module."""
    run_module(
        WriteGate,
        {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "ddl_guard": {"type": "str", "choices": ["block", "warn", "off"], "default": "warn"},
            "keep_journal": {"type": "bool", "default": True},
            **accepted(),
        },
        exclusive=True,
    )


if __name__ == "__main__":
    main()
