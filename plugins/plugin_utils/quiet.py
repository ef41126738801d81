# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure within our own playbooks, whose reasons are shown once, at the end of the run."""

from __future__ import annotations

from typing import Any

WITHIN = "closing_phase"  # our playbooks set it
WHOLE = "_ansible_bluegreen_failure"  # Ansible shows no key that begins with _ansible_, and hands it to a rescue


def quiet(result: dict[str, Any]) -> dict[str, Any]:
    """Return a failed result that Ansible shows in one line; what it was stands under one key, for the rescue."""
    whole = {key: value for key, value in result.items() if not key.startswith("_ansible_")}
    kept = {key: value for key, value in result.items() if key.startswith("_ansible_") or key == "warnings"}
    code = result.get("code") or "This task failed"
    return {
        **kept,
        "failed": True,
        "changed": bool(result.get("changed")),
        "msg": f"{code}: the last lines of the output say why, where things stand and what to do",
        WHOLE: whole,
    }
