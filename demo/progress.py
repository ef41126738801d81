# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows progress, one line per step."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_REFRESH_SECONDS = 0.2


class Progress:
    """Lines on a stream; on a terminal with the running seconds of the current step."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, text: str) -> None:
        """Write a separate line of text."""
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while it runs, and how long it took."""
        started = time.monotonic()
        if not self._stream.isatty():
            print(f"  {title} …", end="", file=self._stream, flush=True)
        done = threading.Event()
        clock = threading.Thread(target=self._run_along, args=(title, started, done), daemon=True)
        clock.start()
        mark = "failed"
        try:
            yield
            mark = ""
        finally:
            done.set()
            clock.join()
            self._end_line(title, started, mark)

    def _run_along(self, title: str, started: float, done: threading.Event) -> None:
        while self._stream.isatty():
            print(f"\r  {title} … {time.monotonic() - started:5.1f} s", end="", file=self._stream, flush=True)
            if done.wait(_REFRESH_SECONDS):
                return

    def _end_line(self, title: str, started: float, mark: str) -> None:
        beginning = f"\r  {title} …" if self._stream.isatty() else ""
        print(f"{beginning} {time.monotonic() - started:5.1f} s {mark}".rstrip(), file=self._stream, flush=True)
