# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the channels that are told of something."""

from __future__ import annotations

from typing import Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.channels import names_told

DOCUMENTATION = r"""
name: channel_names
short_description: Names the channels of notifications that are told of something
version_added: "0.1.0"
description:
  - Returns the names under which reports know the channels.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The channels, as M(bluegreen.postgresql.notify) takes them.
    type: list
    elements: dict
    required: true
  state:
    description: What has happened, such as V(done).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show who is told when a phase fails
  ansible.builtin.debug:
    msg: "{{ bluegreen_notify | bluegreen.postgresql.channel_names('failed') }}"
"""

RETURN = r"""
_value:
  description: The names, in the order of the channels.
  type: list
  elements: str
"""


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., list[str]]]:
        """Return the filter by its name."""
        return {"channel_names": names_told}
