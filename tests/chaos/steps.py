# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the switch, as the matrix of kill tests knows them."""

from __future__ import annotations

FENCE = "fence {old}"
COMMIT = "commit the fence"
OPEN = "open {new}"
STEPS = (
    "hold the routes",
    FENCE,
    "prove that {old} refuses writes",
    "carry the sequences over",
    "read again what may have gone stale",
    "drain into {new}",
    "prepare the way back",
    "prepare the opening of {new}",
    COMMIT,
    "close {old} behind its clients",
    "wait for standbys",
    OPEN,
    "lead the routes",
    "prove that {new} accepts writes",
    "complete the way back",
)
# Only where a side is older than 16; test_early_slot.py kills it there.
_WITH_EARLY_SLOTS = "make the slots of the way back"


def other(side: str) -> str:
    """Return the other one of blue and green."""
    return "green" if side == "blue" else "blue"


def named(step: str, target: str) -> str:
    """Return the step as a switch to `target` names it."""
    return step.format(old=other(target), new=target)


def unknown_steps(result: dict[str, list[dict[str, str]]], target: str) -> set[str]:
    """Return the steps of a switch's result that the matrix does not know, and known steps that are missing."""
    titles = {step["title"] for step in result["steps"]} - {_WITH_EARLY_SLOTS}
    return titles ^ {named(step, target) for step in STEPS}
