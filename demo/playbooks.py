# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks as a user would, and reads what they report."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.commands import COLLECTIONS, PROJECT
from demo.processes import ProcessRegister

INVENTORY = PROJECT / "docs" / "examples" / "inventory.yml"
_RECAP = re.compile(r"^\S+\s*: ok=\d+\s+changed=(?P<changed>\d+)", re.MULTILINE)
_TAIL_LINES = 40


@dataclass(frozen=True)
class PlaybookResult:
    """One run of a playbook. `started` and `ended`: seconds of the monotonic clock."""

    name: str
    status: int
    started: float
    ended: float
    log: Path

    @property
    def succeeded(self) -> bool:
        """Whether every task succeeded."""
        return self.status == 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started

    @property
    def output(self) -> str:
        """The whole output of ansible-playbook."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def tail(self) -> str:
        """The end of ansible-playbook's output."""
        return "\n".join(self.output.splitlines()[-_TAIL_LINES:])

    @property
    def changed(self) -> int | None:
        """How many tasks changed something, None if ansible-playbook did not reach its recap."""
        recaps = _RECAP.findall(self.output)
        return sum(int(changed) for changed in recaps) if recaps else None


class PlaybookRunner:
    """Runs playbooks of the collection with the example inventory. `environment` is what that inventory reads."""

    def __init__(
        self, environment: Mapping[str, str], arguments: Sequence[str], logs: Path, register: ProcessRegister
    ) -> None:
        self._environment = environment
        self._arguments = arguments
        self._logs = logs
        self._register = register

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command line of a playbook; it holds no password."""
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        # The demo ends earlier, and compares its writers with the ledger anyway.
        sooner = ["-e", "bluegreen_canary_duration=2"]
        return [program, "-i", str(INVENTORY), *sooner, *self._arguments, f"bluegreen.postgresql.{name}", *arguments]

    def run(self, name: str, *arguments: str) -> PlaybookResult:
        """Run a playbook to its end; its output goes to a log file. When interrupted it ends the playbook first."""
        self._logs.mkdir(parents=True, exist_ok=True)
        number = 1 + sum(1 for _log in self._logs.glob("*.log"))
        log = self._logs / f"{number:02}-{name}.log"
        with log.open("wb") as stream:
            started = time.monotonic()
            playbook = self._register.start(self.command(name, *arguments), stream, self._full_environment())
            try:
                status = playbook.wait()
            except BaseException:
                playbook.end()
                raise
        return PlaybookResult(name, status, started, time.monotonic(), log)

    def _full_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            **self._environment,
        }
