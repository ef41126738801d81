# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the rows of a fleet's page from the summaries in the folders of its migrations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.fleet import PAGE, SUMMARY, rows_of

DOCUMENTATION = r"""
name: report_index
short_description: Makes the rows of a fleet's page
version_added: "0.1.0"
description:
  - Reads the summary that each migration's page has left beside it. Each text is escaped for HTML.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The folder on the controller that has a folder for each migration.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Show how many migrations have a page
  ansible.builtin.debug:
    msg: "{{ bluegreen_report_dir | bluegreen.postgresql.report_index | length }}"
"""

RETURN = r"""
_value:
  description: A row for each migration; those that need a person come first.
  type: list
  elements: dict
"""


def report_index(report_dir: str) -> list[dict[str, Any]]:
    """Return the rows."""
    files = [file for file in Path(report_dir).glob(f"*/{SUMMARY}") if not file.is_symlink()]
    return rows_of({f"{quote(file.parent.name)}/{PAGE}": _read(file) for file in files})


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[[str], list[dict[str, Any]]]]:
        """Return the filter by its name."""
        return {"report_index": report_index}
