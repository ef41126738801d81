# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the page of a migration from journals and measurements."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.measurements import read_lines
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.page import page_of

DOCUMENTATION = r"""
name: report_page
short_description: Makes the page of a migration from journals and measurements
version_added: "0.1.0"
description:
  - Returns what the template of C(report.html) shows. Each text is escaped for HTML, each drawing is complete.
author: bluegreen contributors (!UNKNOWN)
positional: migration, seen
options:
  _input:
    description: Both journals as one, as modules return them.
    type: list
    elements: dict
    required: true
  migration:
    description: Name of the migration.
    type: str
    required: true
  seen:
    description: What M(bluegreen.postgresql.migration_info) has returned; empty if the sides could not be read.
    type: dict
    required: true
  measurements:
    description: The lines of C(measurements.jsonl).
    type: str
    default: ""
  refresh:
    description: Seconds after which a page of a run that is under way shows itself again.
    type: float
"""

EXAMPLES = r"""
- name: Show how many switches there were
  ansible.builtin.debug:
    msg: "{{ (seen.journal | bluegreen.postgresql.report_page('shop', seen)).switches | length }}"
"""

RETURN = r"""
_value:
  description: The parts of the page by name.
  type: dict
"""


def report_page(
    journal: list[dict[str, Any]],
    migration: str,
    seen: dict[str, Any],
    measurements: str = "",
    refresh: float | None = None,
) -> dict[str, Any]:
    """Return the page."""
    kept, unreadable = read_lines(measurements)
    return page_of(migration, seen, journal, kept, refresh, unreadable)


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """Return the filter by its name."""
        return {"report_page": report_page}
