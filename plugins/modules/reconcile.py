#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings to blue what green took before an emergency and blue never received."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reconcile
short_description: Bring over what green took before an emergency
version_added: "0.1.0"
description:
  - After M(bluegreen.postgresql.emergency_rollback), once green is back and fenced. Reads from the slots of the way
    back, which green still keeps, every row that green changed and blue never received, and reads each of them on both
    sides by its primary key.
  - A row that blue has not changed since the emergency becomes what it is on green, and goes if it went there. A row
    that blue changed as well (or deleted), is decided by O(rule) or O(decisions). As long as one is undecided, nothing
    is written but O(file).
  - All rows are written in one transaction, or none. While it lasts, the tables that are written, and those that
    foreign keys connect with them, take no other writes. A row that blue's server refuses (uniqueness, a check), a
    row that would refer to nothing, and a table without a primary key or emptied by C(TRUNCATE) on green, are named,
    and nothing is written.
  - As with replication, no trigger of the application fires, because what it did on green is among the rows. Foreign
    keys are therefore checked by the module, over the whole of each table that one connects with a written one. Every
    row is written as the owner of its table. Consumers of blue's logical slots receive the rows as any other write.
  - Sequences of blue that green has drawn farther from go on behind green's value; none goes back.
  - The same transaction records in blue's journal how far green's changes are dealt with, so that a second run changes
    nothing, whatever applications have written since.
  - Values in columns that only green has, large objects, and tables that no link carries (RV(not_carried)) are not
    brought over. No link between the two sides is made again; a new attempt is a new migration to an empty green.
  - Needs C(SET) on the parameter C(session_replication_role) on blue and the attribute C(REPLICATION) on green; or a
    superuser.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  file:
    description: >-
      The report, on the host where the module runs: every row with the values of both sides (the first characters of
      long ones). Only its owner may read it. Check mode does not write it.
    type: path
    required: true
  rule:
    description: >-
      What becomes of rows that both sides changed. V(ask) refuses them, V(ours) keeps blue's, V(theirs) takes green's,
      V(newest) the one with the larger value in O(newest_by); where that cannot be told, the row stays undecided.
    type: str
    choices: [ask, ours, theirs, newest]
    default: ask
  newest_by:
    description: The column that V(rule=newest) compares, an integer, a date or a timestamp.
    type: str
  decisions:
    description: Decisions about single rows, which come before O(rule).
    type: list
    elements: dict
    default: []
    suboptions:
      table:
        description: The table, as the report names it.
        type: str
        required: true
      key:
        description: The row's key, as the report names it.
        type: dict
        required: true
      take:
        description: Which side's row stays; V(ours) is blue's, V(theirs) is green's.
        type: str
        choices: [ours, theirs]
        required: true
  exclude_tables:
    description: Tables, as C(schema.table), whose changes are left on green.
    type: list
    elements: str
    default: []
  max_rows:
    description: If green changed more rows, nothing is written.
    type: int
    default: 100000
  timeout:
    description: How many seconds everything may take.
    type: float
    default: 3600.0
seealso:
  - module: bluegreen.postgresql.emergency_rollback
  - name: Operating a switch
    description: What to do in an emergency, and on the day after.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: See what green took and blue lacks
  bluegreen.postgresql.reconcile:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    file: /var/lib/bluegreen/shop-reconciled.json
    rule: newest
    newest_by: updated_at
  check_mode: true

- name: Bring it over
  bluegreen.postgresql.reconcile:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    file: /var/lib/bluegreen/shop-reconciled.json
    decisions:
      - {table: public.orders, key: {id: "4711"}, take: theirs}
"""

RETURN = r"""
brought:
  description: How many rows of green were brought to blue, or would be in check mode.
  returned: success
  type: int
  sample: 12
kept:
  description: How many rows that both sides changed stay as they are on blue.
  returned: success
  type: int
  sample: 1
equal:
  description: How many rows that green changed are the same on both sides.
  returned: success
  type: int
  sample: 3
undecided:
  description: Always V(0); a row that nobody has decided about fails the module.
  returned: success
  type: int
  sample: 0
rows:
  description: >-
    Every row that is not equal, without values other than the key's: C(table), C(key), C(fate) and C(both_changed).
  returned: success
  type: list
  elements: dict
sequences:
  description: The sequences that were moved on.
  returned: success
  type: list
  elements: str
not_carried:
  description: Tables that no link carries; what green took there is not known and stays there.
  returned: success
  type: list
  elements: str
file:
  description: The report; V(null) if green took nothing that blue did not receive.
  returned: success
  type: str
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
      sample: bring 12 rows of green to blue
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.emergency import merge
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.emergency.reconcile import Reconcile


def main() -> None:
    """Run the module."""
    decision = {
        "table": {"type": "str", "required": True},
        "key": {"type": "dict", "required": True, "no_log": False},
        "take": {"type": "str", "choices": [merge.OURS, merge.THEIRS], "required": True},
    }
    run_module(
        Reconcile,
        {
            "file": {"type": "path", "required": True},
            "rule": {"type": "str", "choices": list(merge.RULES), "default": merge.ASK},
            "newest_by": {"type": "str"},
            "decisions": {"type": "list", "elements": "dict", "default": [], "options": decision},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
            "max_rows": {"type": "int", "default": 100000},
            "timeout": {"type": "float", "default": 3600.0},
        },
        exclusive=True,
        required_if=[("rule", "newest", ["newest_by"])],
    )


if __name__ == "__main__":
    main()
