# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules one after the other, each in a fork that can be killed, in a folder that they may fill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from demo.commands import PROJECT

_OFFLINE = {"PIP_NO_INDEX": "1"}  # an empty cache of servers is not filled
_GRACE = 5.0


@dataclass(frozen=True)
class Outcome:
    """How a run ended: what it wrote, whether it had to be killed, how many processes it left running."""

    output: str
    errors: str
    hung: bool
    left: int
    seconds: float

    @property
    def result(self) -> Any:
        """Return the result, None where none can be read."""
        try:
            return json.loads(self.output)
        except ValueError:
            return None


class Workshop:
    """Modules run in ``home``, so deep in ``folder`` that ``..`` does not lead out of it."""

    def __init__(self, folder: Path) -> None:
        self._outputs = folder / "outputs"
        home = folder / "home" / "of" / "nobody"
        for each in (home, self._outputs):
            each.mkdir(parents=True)
        self._bench = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.bench", str(self._outputs)],
            cwd=home,
            env={**os.environ, "HOME": str(home), "PYTHONPATH": str(PROJECT), **_OFFLINE},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, module: str, parameters: dict[str, Any], limit: float, *, check: bool, leaves: bool) -> Outcome:
        """Run a module; processes that it started are ended if they still run after a while, or at once if it
        ``leaves`` them."""
        began = time.monotonic()
        assert self._bench.stdin is not None
        assert self._bench.stdout is not None
        request = {"module": module, "parameters": parameters, "check": check, "limit": limit}
        self._bench.stdin.write(json.dumps({**request, "grace": 0.0 if leaves else _GRACE}) + "\n")
        self._bench.stdin.flush()
        ended = json.loads(self._bench.stdout.readline())
        seconds = time.monotonic() - began
        output, errors = ((self._outputs / name).read_text(encoding="utf-8", errors="replace") for name in ("1", "2"))
        return Outcome(output, errors, ended["hung"], ended["left"], seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bench.communicate()
