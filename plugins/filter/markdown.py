# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a text unchanged in Markdown."""

from __future__ import annotations

from typing import Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.printable import markdown

DOCUMENTATION = r"""
name: markdown
short_description: Shows a text in Markdown as it is
version_added: "0.1.0"
description:
  - Quotes what Markdown would take for its own, and writes what begins a new line as C(\n), so that the name of a
    table can forge neither a heading nor a row.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Name a table in a list
  ansible.builtin.debug:
    msg: "- {{ table | bluegreen.postgresql.markdown }}"
"""

RETURN = r"""
_value:
  description: The text, quoted, in one line.
  type: str
"""


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"markdown": markdown}
