# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that do the same as the code as it is."""

from __future__ import annotations

from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "equivalent.yml"


def named_as_equivalent() -> list[dict[str, str]]:
    """Return the mutants that somebody has named: the file, the line before and after, and why they do the same."""
    return list(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
