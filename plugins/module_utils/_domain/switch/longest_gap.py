# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a switch can have kept a client waiting, from its own steps. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LEAD_THE_ROUTES = "lead the routes"  # the last step that a client waits for


def longest_gap(steps: Sequence[Mapping[str, Any]], milliseconds: float) -> float | None:
    """Return the longest wait in milliseconds; ``None`` where the routes were not led in this run.

    Steps before that one may run beside each other, those after it run alone: so these are taken from the whole.
    """
    titles = [step["title"] for step in steps]
    if LEAD_THE_ROUTES not in titles:
        return None
    later = [step["milliseconds"] for step in steps[titles.index(LEAD_THE_ROUTES) + 1 :]]
    return None if None in later else milliseconds - sum(later)
