# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each channel has been told, so that only a change tells it something. Pure.

A channel remembers the problems it knows: a failed phase, an alarm, a wait for approval, until a later phase ends them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..phase_names import PHASES
from .message import ALARM, BEGINS, DONE, FAILED, LAG, RECOVERED, Message

_ASIDE = ("monitor", LAG)  # no phase of the migration ends these, and they end none
_PROBLEMS = (FAILED, ALARM)
_LOST = ("at", "phase", "state", "channel", "why")
Problems = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Telling:
    """What a message is to one channel. ``states``: as what it counts; none if it is no change.

    ``ends``: the problems that are over with it. ``problems``: those that the channel knows afterwards.
    """

    states: frozenset[str]
    ends: tuple[str, ...]
    problems: Problems


def judge(message: Message, problems: Problems) -> Telling:
    """Return what a message is to a channel that knows these problems."""
    subject = message.subject
    if message.state in (BEGINS, RECOVERED):
        ends: tuple[str, ...] = (subject,) if message.state == RECOVERED else ()
        return Telling(frozenset({message.state}), ends, _without(problems, ends))
    if message.state == DONE:
        over = tuple(name for name in problems if _ends(subject, name))
        ends = tuple(name for name in over if problems[name]["state"] in _PROBLEMS)
        states = {DONE} if message.changed else set()
        return Telling(frozenset(states | ({DONE, RECOVERED} if ends else set())), ends, _without(problems, over))
    known = {"state": message.state, "told": _fingerprint(message.text)}
    news = problems.get(subject) != known
    return Telling(frozenset({message.state} if news else ()), (), {**problems, subject: known})


def recall(text: str) -> dict[str, Any]:
    """Return what was written down, by channel, and what was lost.

    A text that is damaged remembers nothing, so that people are told: twice rather than never.
    """
    try:
        found = json.loads(text)
        channels = {str(name): dict(problems) for name, problems in found["channels"].items()}
        known = all({"state", "told"} <= set(one) for problems in channels.values() for one in problems.values())
        lost = [{key: str(one[key]) for key in _LOST} for one in found["lost"]]
        return {"channels": channels if known else {}, "lost": lost}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {"channels": {}, "lost": []}


def _ends(done: str, problem: str) -> bool:
    """Tell whether a phase that is done ends a problem: its own one, and that of a phase before it."""
    if done == problem:
        return True
    if done in _ASIDE or problem in _ASIDE or problem not in PHASES or done not in PHASES:
        return False
    return PHASES.index(done) > PHASES.index(problem)


def _without(problems: Problems, over: tuple[str, ...]) -> Problems:
    return {name: problem for name, problem in problems.items() if name not in over}


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
