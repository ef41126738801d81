# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of ``fleet_wave``: its module takes them, and its action. Pure."""

from __future__ import annotations

from typing import Any

_HOSTS = {"type": "list", "elements": "str", "required": True}
ARGUMENTS: dict[str, Any] = {
    "failures_allowed": {"type": "int", "default": 0},
    "batch": _HOSTS,
    "living": _HOSTS,
    "begun": {"type": "list", "elements": "str", "default": []},
}
