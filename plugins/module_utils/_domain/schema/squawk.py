# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON report of the linter squawk."""

from __future__ import annotations

import json
from typing import Any


def findings_of(report: str) -> list[dict[str, Any]]:
    """Return the findings in the order of files and lines; lines are counted from 1, as in an editor.

    :raises ValueError: when it is not a report of squawk's
    """
    found = json.loads(report)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("not a list of findings")
    try:
        findings = [
            {
                "file": str(one["file"]).rpartition("/")[2],
                "line": int(one["line"]) + 1,
                "rule": str(one["rule_name"]),
                "level": str(one["level"]).lower(),
                "message": str(one["message"]),
                "help": one.get("help"),
            }
            for one in found
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"a finding without {error}") from None
    return sorted(findings, key=lambda one: (one["file"], one["line"], one["rule"]))
