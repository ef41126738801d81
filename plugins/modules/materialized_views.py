#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refreshes the materialized views of the side out of service."""

from __future__ import annotations

DOCUMENTATION = r"""
module: materialized_views
short_description: Refresh the materialized views of the side out of service
version_added: "0.1.0"
description:
  - No link carries the rows of materialized views. This module refreshes, on the side out of service, those that hold
    rows on either side; each after the views that it reads, also through plain views.
  - A view that we have refreshed since the last switch is left as it is, unless it is older than O(max_age). A view
    follows whenever one that it reads is refreshed.
  - Refreshes C(CONCURRENTLY) where a view holds rows and has a unique index that allows it, so that nobody who reads it
    waits. Gives each view statistics, and records it in schema C(bluegreen) in the same transaction, so the next run
    resumes after a kill.
  - PostgreSQL runs the query as the view's owner, with his C(search_path). Our role may refresh a view if it is a
    member of its owner, or has C(MAINTAIN) on it (17 and later).
  - Does not refresh a view of a superuser that calls functions which others can write.
  - Tries every view, and fails in the end if some could not be refreshed; M(bluegreen.postgresql.cutover) refuses to
    put a side into service while a view that holds rows on the other side holds none there (V(BG560)).
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.acceptance
options:
  max_age:
    description: Refresh also what we refreshed that many seconds ago or more; by default no age is too old.
    type: float
  timeout:
    description: Seconds that all views may take together.
    type: float
    default: 3600.0
  exclude_tables:
    description: Views that are left alone, as C(schema.view), quoted where SQL needs it; other names do not matter.
    type: list
    elements: str
    default: []
  slice:
    description: >-
      Seconds after which to return with RV(resume), once a view is refreshed; the action plugin sets it, to show
      progress.
    type: float
  resume:
    description: RV(resume) of the slice before; the action plugin sets it.
    type: dict
notes:
  - A view that is accepted by O(accepted) with V(BG560) is left alone.
seealso:
  - module: bluegreen.postgresql.cutover
  - module: bluegreen.postgresql.consistency_check
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: Refresh what is older than an hour
  bluegreen.postgresql.materialized_views:
    migration: shop
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    max_age: 3600
"""

RETURN = r"""
side:
  description: The side out of service, whose views these are.
  returned: success
  type: str
  sample: green
views:
  description: The materialized views that hold rows on either side, each after those that it reads.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Schema and name.
      returned: always
      type: str
      sample: public.sales_by_day
    populated:
      description: Whether it holds rows on this side.
      returned: always
      type: bool
      sample: true
    concurrently:
      description: Whether it can be refreshed while it is read.
      returned: always
      type: bool
      sample: true
    age_seconds:
      description: How long ago we refreshed it; V(null) if we did not, and in check mode.
      returned: always
      type: float
      sample: 12.4
    seconds:
      description: How long that took; V(null) if we did not, and in check mode.
      returned: always
      type: float
      sample: 3.21
lines:
  description: The same in words, empty if there is no such view.
  returned: success
  type: list
  elements: str
  sample: ["materialized views of green: 3 of 3 populated; 3 refreshed by us, the oldest 12 s ago (public.sales_by_day),
    the slowest in 3.2 s (public.sales_by_day)"]
progress:
  description: How far it is, in words.
  returned: when a slice is over
  type: list
  elements: str
  sample: ["refreshed 3 of 12 materialized views of green in 14 s, about 40 s left; next public.sales_by_day"]
resume:
  description: State for the next slice.
  returned: when a slice is over
  type: dict
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
      sample: refresh public.sales_by_day on green concurrently
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.acceptance import accepted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.plans.views import RefreshViews


def main() -> None:
    """Run the module."""
    run_module(
        RefreshViews,
        {
            **accepted(),
            "slice": {"type": "float"},
            "resume": {"type": "dict"},
            "max_age": {"type": "float"},
            "timeout": {"type": "float", "default": 3600.0},
            "exclude_tables": {"type": "list", "elements": "str", "default": []},
        },
        exclusive=True,
    )


if __name__ == "__main__":
    main()
