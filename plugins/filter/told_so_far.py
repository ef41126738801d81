# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what people were told, from the file that remembers it."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.memory import recall

DOCUMENTATION = r"""
name: told_so_far
short_description: Reads what people were told
version_added: "0.1.0"
description:
  - Reads the text of the file that M(bluegreen.postgresql.notify) keeps as its memory. A damaged one tells nothing.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The text of the file.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show which messages were lost
  ansible.builtin.debug:
    msg: "{{ (lookup('ansible.builtin.file', 'notifications.json') | bluegreen.postgresql.told_so_far).lost }}"
"""

RETURN = r"""
_value:
  description: The failures and alarms that a channel knows (C(known)), and the messages that were C(lost).
  type: dict
"""


def told_so_far(text: str) -> dict[str, Any]:
    """Return the problems that any channel knows, and the messages that were lost."""
    memory = recall(str(text))
    return {
        "known": sorted({name for problems in memory["channels"].values() for name in problems}),
        "lost": memory["lost"],
    }


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """Return the filter by its name."""
        return {"told_so_far": told_so_far}
