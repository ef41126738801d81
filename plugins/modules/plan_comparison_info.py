#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the plans of the top statements of the side in service with those of the other side."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_comparison_info
short_description: Compare plans of the top statements on both sides
version_added: "0.1.0"
description:
  - Reads the statements that take most time from C(pg_stat_statements) on the side in service, and runs C(EXPLAIN) for
    each on both sides. C(EXPLAIN) without C(ANALYZE) executes no statement.
  - PostgreSQL 16 and later explain the plan that serves any value of a parameter. Below, the server finds the type of
    each parameter, and a subquery whose value the planner does not know stands for it; the result names these sides.
  - Finds statements whose estimated cost grows by O(cost_factor) (V(BG216)) or that the other side refuses (V(BG248)),
    indexes that are used on the side in service and missing on the other (V(BG218)), and statistics of what these
    statements read (V(BG219)). What it could not compare is V(BG217), and never counts as equal.
  - Explains each statement as the role that ran it, which cannot become another role meanwhile, in a transaction that
    cannot write and is rolled back. If our role is no member of that role, it explains as the owner of the tables,
    provided that he would run no function of others.
  - No text of a statement, and no value, is in the result. A statement whose text in C(pg_stat_statements) still holds
    a value is not explained.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  top:
    description: How many statements, by their total time.
    type: int
    default: 20
  cost_factor:
    description: By how much the estimated cost of a statement may grow.
    type: float
    default: 2.0
  timeout:
    description: Seconds after which no further statement is explained; planning one takes at most five.
    type: float
    default: 60.0
notes:
  - Our role reads other roles' statements with C(pg_read_all_stats) or C(pg_monitor).
seealso:
  - module: bluegreen.postgresql.statistics
  - module: bluegreen.postgresql.cutover
  - name: Plans
    description: What queries meet on the side that takes over.
    link: docs/plans.md
"""

EXAMPLES = r"""
- name: Compare the plans of the top statements
  bluegreen.postgresql.plan_comparison_info:
    migration: shop
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    top: 50
"""

RETURN = r"""
side:
  description: The side out of service, whose plans are judged.
  returned: success
  type: str
  sample: green
statements:
  description: The statements, the one that takes most time first.
  returned: success
  type: list
  elements: dict
  contains:
    queryid:
      description: The statement's C(queryid) in C(pg_stat_statements) of the side in service.
      returned: always
      type: str
      sample: "-4193841203841203"
    role:
      description: Who ran it.
      returned: always
      type: str
      sample: shop
    calls:
      description: How often it was run.
      returned: always
      type: int
      sample: 48122
    total_milliseconds:
      description: How long that took in total.
      returned: always
      type: float
      sample: 91234.5
    verdict:
      description: V(same), V(changed), V(worse), V(fails) on the side out of service, or V(unknown).
      returned: always
      type: str
      sample: same
    why:
      description: Why it fails or is not known; otherwise empty.
      returned: always
      type: str
      sample: ""
    cost_before:
      description: Estimated cost on the side in service; V(null) if it was not explained there.
      returned: always
      type: float
      sample: 8.3
    cost_after:
      description: Estimated cost on the side out of service; V(null) if it was not explained there.
      returned: always
      type: float
      sample: 8.3
    sequential:
      description: Tables that only the side out of service reads from end to end.
      returned: always
      type: list
      elements: str
      sample: []
    indexes_before:
      description: Indexes that the plan on the side in service reads.
      returned: always
      type: list
      elements: str
      sample: [users_pkey]
    indexes_after:
      description: Indexes that the plan on the side out of service reads.
      returned: always
      type: list
      elements: str
      sample: [users_pkey]
findings:
  description: What speaks against the side out of service, and what could not be compared.
  returned: success
  type: list
  elements: dict
  sample: []
differences:
  description: Settings of the planner, extensions and the database's collation in which the sides differ.
  returned: success
  type: list
  elements: dict
  sample: [{kind: setting, name: random_page_cost, blue: "1.1", green: "4"}]
unknown_values_by_subquery:
  description: Sides below PostgreSQL 16, where a subquery stands for each parameter.
  returned: success
  type: list
  elements: str
  sample: []
lines:
  description: The same in words.
  returned: success
  type: list
  elements: str
  sample: ["plans of the top 20 statements of blue: 20 compared, 20 same"]
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.plans.comparison import (
    PlanComparisonInfo,
)


def main() -> None:
    """Run the module."""
    run_probe(
        PlanComparisonInfo,
        {
            "top": {"type": "int", "default": 20},
            "cost_factor": {"type": "float", "default": 2.0},
            "timeout": {"type": "float", "default": 60.0},
        },
    )


if __name__ == "__main__":
    main()
