#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files of a migration's report."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report_files
short_description: Write files of a migration's report
version_added: "0.1.0"
description:
  - Makes the folder, and writes each file that differs from what is there, whole and in one step.
  - Always runs on the controller, whichever host the task names, and needs no connection.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.attributes
options:
  folder:
    description: The folder; nobody else can read it if this makes it.
    type: path
    required: true
  files:
    description: What to write there.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The file's name, without a folder.
        type: str
        required: true
      content:
        description: A text, or anything else, which is written as JSON.
        type: raw
        required: true
      keep:
        description: Whether a file that is there already stays as it is.
        type: bool
        default: false
seealso:
  - module: bluegreen.postgresql.migration_journal
  - name: Reports
    description: What is written where, and when.
    link: docs/report.md
"""

EXAMPLES = r"""
- name: Write the journals to a file
  bluegreen.postgresql.report_files:
    folder: /var/lib/bluegreen/reports/shop
    files:
      - name: journal.json
        content: "{{ recorded.journal }}"
        keep: "{{ not recorded.complete }}"
"""

RETURN = r""" # """

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.file_arguments import ARGUMENTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.message import run_message
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.report_files import report_files


def main() -> None:
    """Run the module."""
    run_message(report_files, ARGUMENTS)


if __name__ == "__main__":
    main()
