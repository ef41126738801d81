# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says why reports of a migration cannot be written, so that it can be told together with other findings."""

from __future__ import annotations

from typing import Callable

from ansible_collections.bluegreen.postgresql.plugins.filter.report_folder import fault_of

DOCUMENTATION = r"""
name: report_folder_fault
short_description: Says why reports of a migration cannot be written
version_added: "0.1.0"
description:
  - Returns the error with which P(bluegreen.postgresql.report_folder#filter) would refuse the folder, or nothing.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The folder on the controller that has a folder for each migration.
    type: path
    required: true
  migration:
    description: Name of the migration.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show what is wrong with the folder of the reports
  ansible.builtin.debug:
    msg: "{{ bluegreen_report_dir | bluegreen.postgresql.report_folder_fault(bluegreen_migration) }}"
"""

RETURN = r"""
_value:
  description: What is wrong with it, empty if nothing is.
  type: str
"""


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"report_folder_fault": fault_of}
