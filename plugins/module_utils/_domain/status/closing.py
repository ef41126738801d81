# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a phase ended, in the lines that a person reads last. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..go_no_go.way_home import WayHome
from ..progress import duration
from ..switch.longest_gap import longest_gap
from ..texts import one_line
from .next_step import again, next_steps
from .playbooks import REFUSE, TABLE
from .standing import Standing

_TOLD_IN_FULL = ("status", "monitor", "rollback")
_MOST = 8
_LABEL = 10
_NOTHING_FOUND = {"prepare": ["no obstacle"]}
_NEXT_REASON = re.compile(r" (?:\| (?=BG\d{3} )|(?=\(\d+\) BG\d{3} ))")
_REFUSALS = {cell.code for row in TABLE.values() for cell in row.values() if cell.does == REFUSE}
_SAFE = {True: "safe, nothing would be lost", False: "not safe", None: "not known to be safe"}


@dataclass(frozen=True)
class Switched:
    """What a switch tells: its steps, its time, and how many sessions it found on the side that it left.

    ``client``: what a client of our own saw, in words.
    """

    steps: Sequence[Mapping[str, Any]]
    milliseconds: float
    sessions: int = 0
    ended: int = 0
    client: str = ""


@dataclass(frozen=True)
class Ending:
    """What a phase did. ``idle``: why it had nothing to do. ``task`` and ``error``: where and why it failed.

    ``untold``: who was not told of it.
    """

    phase: str
    seconds: float | None = None
    check: bool = False
    idle: str = ""
    steps: Sequence[Mapping[str, Any]] = ()
    observations: Sequence[str] = ()
    switched: Switched | None = None
    task: str = ""
    error: str = ""
    untold: Sequence[str] = ()


@dataclass(frozen=True)
class Stand:
    """Where the migration stands afterwards; ``unknown``: why that could not be read."""

    standing: Standing | None
    where: str = ""
    way_home: WayHome | None = None
    unknown: str = ""


def closing_lines(ending: Ending, stand: Stand, command: str) -> tuple[list[str], list[str]]:
    """Return the lines about the phase, and those about what follows: where things stand, and what to type next.

    :param command: what comes before a playbook's name on the command line
    """
    body = _failure(ending) if ending.error else _success(ending)
    untold = ("not told", [one_line(line) for line in ending.untold])
    return [_headline(ending), *_rows((*body, untold))], list(
        _rows((*_where(ending, stand), *_next(ending, stand, command)))
    )


def _headline(ending: Ending) -> str:
    took = "" if ending.seconds is None else f" in {_time(ending.seconds)}"
    if ending.error:
        place = f', at the task "{one_line(ending.task)}"' if ending.task else ""
        after = "" if ending.seconds is None else f" after {_time(ending.seconds)}"
        return f"{ending.phase} failed{after}{place}{'; nothing was changed (check mode)' if ending.check else ''}"
    if ending.idle:
        return f"{ending.phase} has nothing to do here: {ending.idle}"
    if ending.check:
        return f"{ending.phase} would go through; nothing was changed (check mode)"
    return f"{ending.phase} is done{took}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def _failure(ending: Ending) -> Iterator[tuple[str, Sequence[str]]]:
    lines = [line for text in ending.error.splitlines() for line in _NEXT_REASON.split(text)]
    yield "why", [one_line(line) for line in lines if line.strip()]
    yield "found", _found(ending)


def _success(ending: Ending) -> Iterator[tuple[str, Sequence[str]]]:
    switched = ending.switched
    if switched is None:
        yield "would do" if ending.check else "did", _few(ending, [_step(step) for step in ending.steps])
    else:
        yield "steps", [f"{step['milliseconds'] or 0.0:8.1f} ms  {one_line(step['title'])}" for step in switched.steps]
        yield "clients", [one_line(switched.client) or _gap(switched)]
        left = f"{switched.sessions} were left on the side out of service, {switched.ended} of them ended"
        yield "sessions", [left if switched.sessions else "none was left on the side out of service"]
    yield "found", _found(ending) or _NOTHING_FOUND.get(ending.phase, [])


def _gap(switched: Switched) -> str:
    gap = longest_gap(switched.steps, switched.milliseconds)
    return "waited for an unknown time" if gap is None else f"waited for {gap:.1f} ms at most"


def _found(ending: Ending) -> list[str]:
    return _few(ending, [one_line(line) for line in ending.observations])


def _step(step: Mapping[str, Any]) -> str:
    title, milliseconds = one_line(step["title"]), step.get("milliseconds")
    if milliseconds is None:
        return title
    return f"{title}, {milliseconds:.1f} ms" if milliseconds < 1000 else f"{title}, {_time(milliseconds / 1000)}"


def _few(ending: Ending, lines: list[str]) -> list[str]:
    if ending.phase in _TOLD_IN_FULL or len(lines) <= _MOST:
        return lines
    return [*lines[:_MOST], f"and {len(lines) - _MOST} more, in the reports"]


def _where(ending: Ending, stand: Stand) -> Iterator[tuple[str, Sequence[str]]]:
    way = stand.way_home
    if way is not None:
        yield "way back", [_SAFE[way.safe], *(one_line(line) for line in (*way.reasons, *way.unknown))]
    told = stand.unknown and stand.unknown in ending.error
    unknown = "not known, for the same reason" if told else f"not known: {stand.unknown}"
    yield "stands", [one_line(stand.where or unknown)]


def _next(ending: Ending, stand: Stand, command: str) -> Iterator[tuple[str, Sequence[str]]]:
    if ending.error and ending.error[:5] not in _REFUSALS:
        yield "then", [again(ending.phase).command(command)]
    elif ending.check and not ending.error:
        yield "next", [again(ending.phase).command(command)]
    elif stand.standing is not None:
        yield "next", [step.command(command) for step in next_steps(stand.standing, ending.phase)]


def _rows(labelled: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    for label, texts in labelled:
        for number, text in enumerate(texts):
            yield f"  {label if number == 0 else '':<{_LABEL}}{text}"
