# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of the backup proof; a doc fragment documents them, and a test compares both."""

from __future__ import annotations

from typing import Any

_PROOF = {
    "command": {"type": "list", "elements": "str"},
    "url": {"type": "str", "no_log": True},
    "file": {"type": "path"},
}


def backup() -> dict[str, Any]:
    """Return the argument spec of the proof, how old the backup may be, and why no proof is needed."""
    proofs = [tuple(_PROOF)]
    return {
        "backup_proof": {"type": "dict", "default": {}, "options": dict(_PROOF), "mutually_exclusive": proofs},
        "backup_max_age_hours": {"type": "float", "default": 24.0},
        "backup_waived": {"type": "str", "default": ""},
    }
