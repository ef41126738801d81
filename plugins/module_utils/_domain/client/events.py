# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe puts down while it writes: one line before each write, one with its answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

DONE = "done"
STOPPED, LIMIT, DIED = "stop", "limit", "death"
NO_CONNECTION = "no connection"
# Connection lost, server shut down or crashed, internal errors: whether the commit happened is not known.
_LEAVES_OPEN = ("08", "57", "58", "XX")


@dataclass(frozen=True)
class Header:
    """The first line. ``run`` tells its rows from others; ``clock`` and ``wall`` are the same moment, in seconds."""

    run: str
    role: str
    clock: float
    wall: float


@dataclass(frozen=True)
class Write:
    """One attempt. Times are seconds of the monotonic clock.

    ``answered``: when its outcome was known, ``None`` if the probe died before. ``sqlstate``: why it failed, in the
    server's or our own words; ``None`` if it was acknowledged or has no answer. ``certain``: it was not committed.
    """

    number: int
    sent: float
    answered: float | None = None
    acknowledged: bool = False
    sqlstate: str | None = None
    certain: bool = False


@dataclass(frozen=True)
class Record:
    """All that one run of the probe put down; ``ended``: seconds of the monotonic clock, by ``ended_by``."""

    header: Header
    writes: tuple[Write, ...]
    ended: float
    ended_by: str


def header_line(header: Header) -> str:
    """Return the first line."""
    return _line(vars(header))


def sent_line(number: int, at: float) -> str:
    """Return the line before a write."""
    return _line([number, at])


def answer_line(number: int, at: float, outcome: str, *, certain: bool) -> str:
    """Return the line after it; ``outcome``: ``DONE``, a SQLSTATE or ``NO_CONNECTION``."""
    return _line([number, at, outcome, certain])


def end_line(at: float, by: str) -> str:
    """Return the last line."""
    return _line({"ended": at, "by": by})


def is_certain(sqlstate: str | None, connected: bool) -> bool:
    """Tell whether a failed write was certainly not committed: only a server that is still there has refused it."""
    return connected and sqlstate is not None and sqlstate[:2] not in _LEAVES_OPEN


def read_record(lines: Iterable[str]) -> Record:
    """Return what a run of the probe put down; a last line that was cut short does not count.

    :raises ValueError: when that is not what these lines are
    """
    told = list(_told(lines))
    if not told or not isinstance(told[0], dict) or set(told[0]) != {"run", "role", "clock", "wall"}:
        raise ValueError("the probe's file does not begin as it should")
    header = Header(**told[0])
    writes: dict[int, Write] = {}
    ended, by = header.clock, DIED
    for one in told[1:]:
        if isinstance(one, dict):
            ended, by = one["ended"], one["by"]
        else:
            ended = one[1]
            writes[one[0]] = _write(one, writes)
    return Record(header, tuple(writes[number] for number in sorted(writes)), ended, by)


def _write(one: list[Any], before: dict[int, Write]) -> Write:
    if len(one) == 2:
        return Write(one[0], one[1])
    number, at, outcome, certain = one
    done = outcome == DONE
    return Write(number, before[number].sent, at, done, None if done else outcome, certain)


def _told(lines: Iterable[str]) -> Iterator[Any]:
    for line in lines:
        if not line.endswith("\n"):
            return
        yield json.loads(line)


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"
