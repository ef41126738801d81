# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what is wrong with the channels of notifications, so that a phase stops before it changes anything."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.channels import channel_fault

DOCUMENTATION = r"""
name: channel_fault
short_description: Says what is wrong with channels of notifications
version_added: "0.1.0"
description:
  - Returns the error with which M(bluegreen.postgresql.notify) would refuse the channels, or nothing.
  - It names places and never values, which may be secrets.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The channels, as M(bluegreen.postgresql.notify) takes them.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show what is wrong with the channels
  ansible.builtin.debug:
    msg: "{{ bluegreen_notify | bluegreen.postgresql.channel_fault }}"
"""

RETURN = r"""
_value:
  description: What is wrong with them, empty if nothing is.
  type: str
"""


def fault_of(channels: Any) -> str:
    """Return what is wrong with them, empty if nothing is."""
    return channel_fault(channels, "bluegreen_notify")


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"channel_fault": fault_of}
