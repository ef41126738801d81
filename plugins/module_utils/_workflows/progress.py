# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of long work in one module call: measured beside it, and kept where its action looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

from .._domain.errors import MigrationError
from .._domain.progress import Amount, work_line, work_name
from .._files.progress import remove_line, write_line

_EVERY_SECONDS = 2.0


class Progress:
    """Keeps a line while work is under way. ``shown`` is false in check mode, which writes nothing."""

    def __init__(self, migration: str, module: str, warn: Callable[[str], None], shown: bool) -> None:
        self._name = work_name(migration, module)
        self._warn = warn
        self._shown = shown

    @contextmanager
    def of(self, verb: str, read: Callable[[], Amount]) -> Iterator[None]:
        """Measure while the block runs.

        :param read: called in a thread of its own; what it cannot read at a moment is not told then
        """
        if not self._shown:
            yield
            return
        ended = threading.Event()
        teller = threading.Thread(target=self._tell, args=(verb, read, ended), daemon=True)
        teller.start()
        try:
            yield
        finally:
            ended.set()
            teller.join()

    @contextmanager
    def counting(self, verb: str, kind: str = "") -> Iterator[Callable[[float, float], None]]:
        """Give the block a function by which it says how much is done, of how much: bytes, or pieces of a kind."""
        newest: list[Amount] = []

        def tell(done: float, total: float) -> None:
            newest[:] = [Amount(done, total, kind)]

        with self.of(verb, lambda: newest[0]):
            yield tell

    def _tell(self, verb: str, read: Callable[[], Amount], ended: threading.Event) -> None:
        began = time.monotonic()
        try:
            remove_line(self._name)  # of a killed run
            while not ended.wait(_EVERY_SECONDS):
                amount = _measured(read)
                if amount is not None:
                    write_line(self._name, work_line(verb, amount, time.monotonic() - began))
            remove_line(self._name)
        except OSError as error:
            self._warn(f"Progress is not shown: {error.strerror or error}; the work goes on")


def _measured(read: Callable[[], Amount]) -> Amount | None:
    """Return what is done, ``None`` where that cannot be told now, such as before the first file is there."""
    try:
        return read()
    except (OSError, MigrationError, IndexError):
        return None
