# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of consumers of changes: each one that follows blue is named, and the user says what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..consumers.said import HOW_TO_SAY
from .facts import Facts
from .reasons import Reason, about


def unsaid(facts: Facts) -> Iterator[Reason]:
    """Find consumers about whom nothing was said: left on blue, they get nothing more after cleanup."""
    for each in facts.consumers.unsaid(facts.blue.consumers):
        yield Reason(
            facts.blue.side,
            f"Logical slot {each.in_words()}, is somebody else's, and nobody has said what becomes of its consumer: "
            "left there it gets green's writes through the way back until cleanup, and nothing after it",
            f"In the inventory {HOW_TO_SAY.format(slot=each.slot)}; docs/consumers.md says how it moves",
            (each.slot,),
        )


def said(facts: Facts) -> Iterator[Reason]:
    """Say what becomes of each consumer that was named."""
    for each in facts.blue.consumers:
        word = facts.consumers.about(each)
        if word is not None:
            fix = "Nothing to do now" if word.leave else "Move it after the cutover, as docs/consumers.md says"
            yield Reason(facts.blue.side, f"Logical slot {each.in_words()}: {word.in_words()}", fix, (each.slot,))


def without_a_slot(facts: Facts) -> Iterator[Reason]:
    """Find entries of the user's that no slot bears, on neither side."""
    found = {each.slot for one in facts.sides for each in one.consumers}
    yield from about(
        facts.blue.side,
        [word.slot for word in facts.consumers if word.slot not in found],
        "{n} logical slot{s} of bluegreen_consumers {are} on neither side",
        "Correct the name {}, or remove the entry",
    )


def without_a_publication(facts: Facts) -> Iterator[Reason]:
    """Find publications of entries that blue does not have, so that green could not get them."""
    there = {each.name for each in facts.blue.publications}
    yield from about(
        facts.blue.side,
        [name for name in facts.consumers.publications() if name not in there],
        "{n} publication{s} of bluegreen_consumers {are} not on blue, and setup would have nothing to copy",
        "Correct the name {}, or create it on blue",
    )
