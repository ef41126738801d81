# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the folder of a migration."""

from __future__ import annotations

from typing import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import folder_name

DOCUMENTATION = r"""
name: folder_name
short_description: Names the folder of a migration
version_added: "0.1.0"
description:
  - Two migrations never share one. A name that is no name of a folder is refused.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: Name of the migration.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show where the reports are
  ansible.builtin.debug:
    msg: "{{ bluegreen_report_dir }}/{{ bluegreen_migration | bluegreen.postgresql.folder_name }}"
"""

RETURN = r"""
_value:
  description: The name of its folder.
  type: str
"""


def _folder_name(migration: str) -> str:
    try:
        return folder_name(migration)
    except MigrationError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"folder_name": _folder_name}
