# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the folder of versioned migrations."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Facts
from .reasons import Reason


def refused(facts: Facts) -> Iterator[Reason]:
    """Find files that setup or cutover would refuse."""
    for error in facts.refused_files:
        yield Reason(facts.green.side, f"{error.what} ({error.code})", error.todo)
