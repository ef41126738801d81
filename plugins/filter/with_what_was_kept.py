# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Completes one side's journal with an earlier export of both."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import with_what_was_kept

DOCUMENTATION = r"""
name: with_what_was_kept
short_description: Completes what one side's journal tells by what both told before
version_added: "0.1.0"
description:
  - Cleanup leaves one of the two journals. What was exported from both before, and what that one tells since, are one
    story.
  - The result is empty where the two have no row in common.
author: bluegreen contributors (!UNKNOWN)
positional: kept
options:
  _input:
    description: The journal as a module returns it.
    type: list
    elements: dict
    required: true
  kept:
    description: The journals that were exported.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the whole story
  ansible.builtin.debug:
    msg: "{{ recorded.journal | bluegreen.postgresql.with_what_was_kept(exported) }}"
"""

RETURN = r"""
_value:
  description: The rows of both in time, each once.
  type: list
  elements: dict
"""


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., list[dict[str, Any]]]]:
        """Return the filter by its name."""
        return {"with_what_was_kept": with_what_was_kept}
