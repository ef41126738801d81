# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a text on one line."""

from __future__ import annotations

from typing import Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import one_line

DOCUMENTATION = r"""
name: one_line
short_description: Keeps a text in one line
version_added: "0.1.0"
description:
  - Writes what would begin a new line, or what a terminal obeys, as the number of the character.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show a line of status
  ansible.builtin.debug:
    msg: "{{ table | bluegreen.postgresql.one_line }}: 7 inserts"
"""

RETURN = r"""
_value:
  description: The text in one line.
  type: str
"""


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"one_line": one_line}
