# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in the switch to hit its process, and how; `injected/sitecustomize.py` does it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

_INJECTED = Path(__file__).resolve().parent / "injected"
_POLL = 0.001


class Moment(StrEnum):
    """Where in a step: before its action, during a request that is not answered yet, or after its end."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


class Act(StrEnum):
    """What the process does at that point. ASK: it waits until the harness has done its part."""

    KILL = "kill"
    TERMINATE = "terminate"
    FREEZE = "freeze"
    OVERSLEEP = "oversleep"
    ASK = "ask"


@dataclass(frozen=True)
class Stop:
    """One place in one step of the critical section.

    `wait`: for INSIDE, which of the step's waits for a server or a console, from 1; if the step has fewer, its very
    end. `seconds`: how long OVERSLEEP sleeps.
    """

    step: str
    moment: Moment
    act: Act
    wait: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Event:
    """An event of a switch: a step `began`, `ended` or was `hit`, in seconds of the monotonic clock."""

    event: str
    step: str
    at: float
    pid: int


class Ambush:
    """The harness's end: tells a process before its start where to strike, and reads what it did."""

    def __init__(self, stop: Stop) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bluegreen-stop-"))
        (self._folder / "stop.json").write_text(json.dumps(asdict(stop)), encoding="utf-8")

    @property
    def environment(self) -> Mapping[str, str]:
        """What the process needs in its environment."""
        paths = [str(_INJECTED), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"BLUEGREEN_STOP": str(self._folder), "PYTHONPATH": os.pathsep.join(paths)}

    def events(self) -> list[Event]:
        """Return the process's events so far."""
        path = self._folder / "events"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [Event(**json.loads(line)) for line in lines if line.endswith("\n")]

    def await_hit(self, lives: Callable[[], bool]) -> Event | None:
        """Wait for the hit; None if the process ended before reaching it."""
        while True:
            lived = lives()
            hit = next((event for event in self.events() if event.event == "hit"), None)
            if hit is not None or not lived:
                return hit
            time.sleep(_POLL)

    def go_on(self) -> None:
        """Let a process continue that waits for the harness's part."""
        (self._folder / "go").touch()

    def close(self) -> None:
        """Remove the folder that both have used."""
        shutil.rmtree(self._folder)
