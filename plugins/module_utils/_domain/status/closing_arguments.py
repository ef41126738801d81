# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of ``closing_info``: its module takes them, and its action where nothing has to be read. Pure."""

from __future__ import annotations

from typing import Any

from .playbooks import PLAYBOOKS

_STEP = {
    "title": {"type": "str", "required": True},
    "milliseconds": {"type": "float"},
    "changed": {"type": "bool", "default": True},
}
_SWITCHED = {
    "steps": {"type": "list", "elements": "dict", "required": True, "options": _STEP},
    "milliseconds": {"type": "float", "required": True},
    "sessions": {"type": "int", "default": 0},
    "ended": {"type": "int", "default": 0},
    "client": {"type": "str", "default": ""},
}
ARGUMENTS: dict[str, Any] = {
    "phase": {"type": "str", "required": True, "choices": list(PLAYBOOKS)},
    "seconds": {"type": "float"},
    "idle": {"type": "str", "default": ""},
    "steps": {"type": "list", "elements": "dict", "default": [], "options": _STEP},
    "observations": {"type": "list", "elements": "str", "default": []},
    "untold": {"type": "list", "elements": "str", "default": []},
    "switched": {"type": "dict", "options": _SWITCHED},
    "failure": {"type": "dict", "options": {"task": {"type": "str"}, "error": {"type": "str", "required": True}}},
    "command": {"type": "str", "default": "ansible-playbook"},
    "report": {"type": "str", "default": ""},
    "exclude_tables": {"type": "list", "elements": "str", "default": []},
    "free_disk_command": {"type": "list", "elements": "str", "default": []},
    "seen": {"type": "dict", "default": {}},
}
