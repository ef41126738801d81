# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the migrations of one run that share a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible.errors import AnsibleError

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.neighbours import (
    migrations_at_once as count,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.neighbours import server_of

DOCUMENTATION = r"""
name: migrations_at_once
short_description: Counts the migrations of one run that share a server
version_added: "0.1.0"
description:
  - Counts by host how many of the run use its C(bluegreen_blue) or its C(bluegreen_green), by address and port. One
    whose server is not known, as behind a C(service) or a C(dsn), counts for all.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the run.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show how many migrations each server has to bear
  ansible.builtin.debug:
    msg: "{{ hostvars | bluegreen.postgresql.migrations_at_once(ansible_play_hosts) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: A number for each host.
  type: dict
"""
_SIDES = ("bluegreen_blue", "bluegreen_green")


def migrations_at_once(hostvars: Mapping[str, Any], hosts: list[str]) -> dict[str, int]:
    """Return the numbers."""
    sides = {host: [_side(hostvars, host, name) for name in _SIDES] for host in hosts}
    return count({host: (server_of(blue), server_of(green)) for host, (blue, green) in sides.items()})


def _side(hostvars: Mapping[str, Any], host: str, name: str) -> dict[str, Any] | None:
    """Return a side of a host, ``None`` where another host's variables cannot be evaluated: its own run says why."""
    try:
        return {key: hostvars[host][name].get(key) for key in ("host", "hostaddr", "port", "dsn", "service")}
    except (AnsibleError, KeyError, AttributeError):
        return None


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., dict[str, int]]]:
        """Return the filter by its name."""
        return {"migrations_at_once": migrations_at_once}
