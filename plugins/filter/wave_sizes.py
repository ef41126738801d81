# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads how many migrations each wave of a fleet has."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.waves import Size
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.waves import wave_sizes as read_sizes

DOCUMENTATION = r"""
name: wave_sizes
short_description: Reads how many migrations each wave of a fleet has
version_added: "0.1.0"
description:
  - Returns what a play's C(serial) takes.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description:
      - Numbers from 1 on and percentages, as a list or with commas between them. The last one repeats until every
        migration has its wave.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Move a canary first, then five at a time
  hosts: migrations
  serial: "{{ [1, 5] | bluegreen.postgresql.wave_sizes }}"
  gather_facts: false
  tasks: []
"""

RETURN = r"""
_value:
  description: The sizes.
  type: list
  elements: raw
"""


def wave_sizes(value: object) -> list[Size]:
    """Return the sizes."""
    try:
        return read_sizes(value)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[[Any], list[Size]]]:
        """Return the filter by its name."""
        return {"wave_sizes": wave_sizes}
