# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that writes to a rehearsal's pair, to the side that accepts writes, and records what was acknowledged."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterable
from pathlib import Path

from ..._domain.errors import ConnectionLost, DatabaseError, MigrationError
from ..._domain.rehearsal.writes import Ledger
from ..._domain.sides import Side
from ..._postgres.rehearsal.writes import Shape, delete, insert, touch
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..detached import detach

STOP, RESULT = "writes.stop", "writes.json"
_FENCED = "25006"
_KEPT_AT_MOST = 200  # its own rows in a table; older ones are deleted
_REST = 0.005
_AGAIN = 0.001


def start_writer(sides: Sides, shapes: list[Shape], folder: Path) -> None:
    """Fork a writer, which outlives this process until it is told to stop or its folder is gone."""
    if os.fork() == 0:
        status = 1
        try:
            detach()
            _Writer(sides, shapes, folder).run()
            status = 0
        finally:
            os._exit(status)


class _Writer:
    """One client that writes without a pause."""

    def __init__(self, sides: Sides, shapes: list[Shape], folder: Path) -> None:
        self._sides = sides
        self._shapes = shapes
        self._folder = folder
        self._ledgers = {shape.name: Ledger() for shape in shapes}
        self._moments: list[float] = []
        self._side = Side.BLUE
        self._random = random.Random(0)  # noqa: S311

    def run(self) -> None:
        """Write until told to stop, then report what was written."""
        while self._folder.exists() and not (self._folder / STOP).exists():
            for shape in self._shapes:
                self._write(shape)
                time.sleep(_REST)
        if self._folder.exists():
            self._tell()

    def _write(self, shape: Shape) -> None:
        ledger = self._ledgers[shape.name]
        while self._folder.exists():
            try:
                self._do(self._sides.session(self._side), shape, ledger)
            except ConnectionLost:
                ledger.unknown += 1
                self._side = self._side.other
            except DatabaseError as error:
                if error.sqlstate is not None and error.sqlstate != _FENCED:
                    ledger.refused = error.what
                    return
                self._side = self._side.other
            except MigrationError:
                self._side = self._side.other
            else:
                return
            time.sleep(_AGAIN)

    def _do(self, session: Session, shape: Shape, ledger: Ledger) -> None:
        place = self._random.randrange(shape.rows)
        full = len(ledger.kept) >= _KEPT_AT_MOST
        if shape.values is None or ledger.refused is not None or (full and shape.referenced):
            if touch(session, shape, place):
                self._acknowledge(ledger)
            return
        if full:
            key = self._random.choice(sorted(ledger.kept))
            ledger.kept.discard(key)  # as long as the outcome is unknown, the row proves nothing
            if delete(session, shape, key):
                ledger.deleted.add(key)
                self._acknowledge(ledger)
            return
        made = insert(session, shape, place)
        if made is not None:
            ledger.kept.add(made)
            ledger.deleted.discard(made)
            self._acknowledge(ledger)
        if touch(session, shape, place):
            self._acknowledge(ledger)

    def _acknowledge(self, ledger: Ledger) -> None:
        ledger.acknowledged += 1
        self._moments.append(time.time())

    def _tell(self) -> None:
        written = self._folder / f"{RESULT}.part"
        written.write_text(json.dumps({"moments": self._moments, "tables": list(self._tables())}), encoding="utf-8")
        written.rename(self._folder / RESULT)

    def _tables(self) -> Iterable[dict[str, object]]:
        for shape in self._shapes:
            ledger = self._ledgers[shape.name]
            yield {
                "schema": shape.name.schema,
                "name": shape.name.name,
                "key": shape.key,
                "kept": sorted(ledger.kept),
                "deleted": sorted(ledger.deleted),
                "unknown": ledger.unknown,
                "acknowledged": ledger.acknowledged,
                "refused": ledger.refused,
            }
