# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers that never stop: processes that write through the application's route, and their results."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from demo.commands import PROJECT
from demo.gaps import longest_gap
from demo.ledger import ERROR, SUFFIX, Outcome, WriterError, read_records
from demo.writer_process import WriterSettings

PROBE = "probe"
# Still running; done; told to stop before it began.
_ENDED_WELL = (None, 0, -signal.SIGTERM)
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02


class WriterPoolError(Exception):
    """Writers did not start writing, or ended by themselves; the text holds their last output."""


@dataclass(frozen=True)
class WriterResults:
    """The writers' results. Times are seconds of the monotonic clock, which all processes share.

    `commits`: for each writer the times of its acknowledged commits, ascending; the probe is one of the writers.
    """

    commits: Mapping[str, Sequence[float]]
    errors: Sequence[WriterError]

    def longest_gap(self, start: float, end: float) -> float:
        """Return the longest time between two successive commits of the probe, in seconds."""
        return longest_gap(self.commits[PROBE], start, end)

    def errors_between(self, start: float, end: float) -> list[WriterError]:
        """Return the failed attempts in a window of time."""
        return [error for error in self.errors if start <= error.at < end]

    @property
    def fatal_errors(self) -> list[WriterError]:
        """Return the errors that no retry cures."""
        return [error for error in self.errors if error.fatal]


class WriterPool:
    """Processes that write, and one that probes with the smallest transaction at a short interval.

    `rate`: transactions per second of all writers together, None for as fast as possible; `probe_interval`: seconds.
    Stop the pool before comparing its ledger with a database.
    """

    def __init__(
        self,
        dsn: str,
        ledger_folder: Path,
        writers: int = 4,
        rate: float | None = 200.0,
        probe_interval: float = 0.005,
    ) -> None:
        self._dsn = dsn
        self._folder = ledger_folder
        self._run = secrets.token_hex(4)
        interval = None if rate is None else writers / rate
        self._intervals: dict[str, float | None] = {str(number): interval for number in range(writers)}
        self._intervals[PROBE] = probe_interval
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def start(self) -> None:
        """Start every process. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in self._intervals:
            self._start_writer(name)

    def wait_until_writing(self, timeout: float = 20.0) -> None:
        """Wait until every writer has an acknowledged commit. Raises WriterPoolError when one has none in time."""
        deadline = time.monotonic() + timeout
        waiting = set(self._intervals)
        while waiting:
            waiting = {name for name in waiting if not self._has_written(name)}
            if waiting and time.monotonic() > deadline:
                names = ", ".join(sorted(waiting))
                raise WriterPoolError(f"No commit of writer {names} in {timeout} s.{self._last_error()}")
            self._raise_for_dead_writers()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End every process after its current transaction; one that hangs is killed, and the outcome of its last commit
        is unknown.

        Raises WriterPoolError when a writer had ended by itself.
        """
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        hung = {name for name, process in self._processes.items() if not _ends(process, deadline)}
        try:
            self._raise_for_dead_writers(hung)
        finally:
            self._processes.clear()

    def results(self) -> WriterResults:
        """Read the results of this pool's writers so far. Raises LedgerError."""
        commits: dict[str, list[float]] = {name: [] for name in self._intervals}
        errors: list[WriterError] = []
        for name in filter(self._has_ledger, self._intervals):
            for record in read_records(self._ledger(name)):
                kind = record.pop("kind")
                if kind == Outcome.ACKNOWLEDGED:
                    commits[name].append(record["at"])
                elif kind == ERROR:
                    errors.append(WriterError(**record))
        return WriterResults(commits, sorted(errors, key=lambda error: error.at))

    def _start_writer(self, name: str) -> None:
        settings = WriterSettings(
            dsn=self._dsn,
            ledger=str(self._ledger(name)),
            writer=f"{self._run}-{name}",
            interval=self._intervals[name],
            heartbeats=name == PROBE,
            parent=os.getpid(),
        )
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "demo.writer_process"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                # Ctrl-C goes to the demo, which then stops its writers in order.
                start_new_session=True,
            )
        self._processes[name] = process
        stream = process.stdin
        assert stream is not None
        json.dump(asdict(settings), stream)
        stream.close()

    def _has_written(self, name: str) -> bool:
        return self._has_ledger(name) and any(
            record["kind"] == Outcome.ACKNOWLEDGED for record in read_records(self._ledger(name))
        )

    def _has_ledger(self, name: str) -> bool:
        return self._ledger(name).exists()

    def _raise_for_dead_writers(self, killed: Collection[str] = ()) -> None:
        for name, process in self._processes.items():
            if process.poll() not in _ENDED_WELL and name not in killed:
                said = self._log(name).read_text(encoding="utf-8", errors="replace").strip()
                raise WriterPoolError(f"Writer {name} ended with status {process.returncode}: {said}")

    def _last_error(self) -> str:
        errors = self.results().errors
        return f" The last error was: {errors[-1].message}" if errors else ""

    def _ledger(self, name: str) -> Path:
        return self._folder / f"{self._run}-{name}{SUFFIX}"

    def _log(self, name: str) -> Path:
        return self._folder / f"{self._run}-{name}.log"


def _ends(process: subprocess.Popen[str], deadline: float) -> bool:
    try:
        process.wait(max(deadline - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
