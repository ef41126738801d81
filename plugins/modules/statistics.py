#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Analyzes tables of the side out of service that lack statistics."""

from __future__ import annotations

DOCUMENTATION = r"""
module: statistics
short_description: Analyze what lacks statistics on the side out of service
version_added: "0.1.0"
description:
  - Runs C(ANALYZE), on the side out of service, for tables of more than ten pages that have no statistics at all; for
    tables with partitions or children of which the side in service has statistics as a whole, and this side has none
    (autovacuum never makes them); and for tables whose extended statistics were computed on the side in service, and
    here were not.
  - M(bluegreen.postgresql.cutover) refuses to put green into service while it lacks any of these (V(BG525)).
  - A tree with a foreign table in it is left alone, since its server would be asked for rows.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  timeout:
    description: Seconds that all tables may take together.
    type: float
    default: 3600.0
notes:
  - PostgreSQL lets the owner of a table, its members, and from 17 on whoever has C(MAINTAIN) analyze it; a warning
    names what our role may not.
seealso:
  - module: bluegreen.postgresql.materialized_views
  - module: bluegreen.postgresql.cutover
  - name: Operating a switch
    description: How to approve, postpone and undo a switch, and what to do in an emergency.
    link: docs/operations.md
"""

EXAMPLES = r"""
- name: Give the side out of service the statistics that it lacks
  bluegreen.postgresql.statistics:
    migration: shop
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
"""

RETURN = r"""
side:
  description: The side out of service.
  returned: success
  type: str
  sample: green
lacking:
  description: Tables that still lack statistics.
  returned: success
  type: list
  elements: str
  sample: []
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
      sample: analyze public.events as a whole on green
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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.plans.statistics import AnalyzeTables


def main() -> None:
    """Run the module."""
    run_module(AnalyzeTables, {"timeout": {"type": "float", "default": 3600.0}}, exclusive=True)


if __name__ == "__main__":
    main()
