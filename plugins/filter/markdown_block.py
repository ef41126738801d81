# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a text of several lines unchanged in Markdown."""

from __future__ import annotations

from typing import Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.printable import markdown_block

DOCUMENTATION = r"""
name: markdown_block
short_description: Shows a text of several lines in Markdown as it is
version_added: "0.1.0"
description:
  - Makes a fenced block that nothing in the text ends.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The text.
    type: str
    required: true
  language:
    description: What the block is said to be.
    type: str
    default: text
"""

EXAMPLES = r"""
- name: Show an error
  ansible.builtin.debug:
    msg: "{{ error | bluegreen.postgresql.markdown_block }}"
"""

RETURN = r"""
_value:
  description: The block with its fences.
  type: str
"""


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"markdown_block": markdown_block}
