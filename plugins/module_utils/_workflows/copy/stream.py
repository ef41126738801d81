# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stream of the first copy: a process, connected to both sides, that takes one piece of work after the other."""

from __future__ import annotations

import json
import os
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._domain.copy.first_copy import ROWS
from ..._domain.errors import ConnectionLost, DatabaseError, MigrationError
from ..._domain.lanes.link import LaneSpec
from ..._domain.names import copy_session_name
from ..._domain.refusal import way_out
from ..._domain.secrets import masked
from ..._domain.sides import Side
from ..._postgres.copy import first_copy as state
from ..._postgres.copy.snapshot import copy_rows, open_reader, open_writer, speak_alike
from ..._postgres.session import Session
from ..._postgres.sides import Sides

_POLL = 0.05
_NO_SNAPSHOT = ("42704", "22023")  # the latter below 17, where servers call an expired snapshot invalid
_CONFLICTS = ("40P01", "40001")  # another stream held a lock that this one needs: repeated
LOST, SUPERSEDED, DIED = "lost", "superseded", "died"
_OUT_OF_REACH = ("BG003",)


@dataclass(frozen=True)
class CopyJob:
    """What to copy, and with how many streams."""

    sides: Sides
    lanes: tuple[LaneSpec, ...]
    streams: int

    @property
    def migration(self) -> str:
        """Return the migration's name."""
        return self.sides.migration

    @property
    def session_name(self) -> str:
        """Return the name of the copy's sessions."""
        return copy_session_name(self.migration)

    def connect(self, side: Side) -> Session:
        """Return a session for the worker itself."""
        session = Session(self.sides.endpoints[side], self.session_name)
        state.no_time_limits(session)
        return session


class Superseded(Exception):
    """A newer attempt has begun, or the copy was undone: nothing belongs to this stream any more."""


class StreamDied(Exception):
    """A stream had an unexpected error, given in the text."""


def is_out_of_reach(error: MigrationError) -> bool:
    """Tell whether a server was out of reach, which may be temporary."""
    return isinstance(error, ConnectionLost) or error.code in _OUT_OF_REACH


def reason_of(job: CopyJob, error: BaseException) -> str:
    """Return an unexpected error as text, with its place in the code and without a secret."""
    if isinstance(error, StreamDied):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"
    return str(masked(words, job.sides.secrets))


def be_stream(stream: Stream, tell: int) -> None:
    """Take pieces of work until nothing is left; an error goes to the worker as its code or its text."""
    try:
        stream.run()
    except Superseded:
        _say(tell, {"kind": SUPERSEDED})
    except MigrationError as error:
        _say(tell, {"kind": LOST} if is_out_of_reach(error) else {"kind": "failed", "error": error.as_result()})
    except BaseException as error:
        _say(tell, {"kind": DIED, "reason": reason_of(stream.job, error)})
        raise


def _say(pipe: int, words: dict[str, Any]) -> None:
    os.write(pipe, json.dumps(words).encode("utf-8"))


class Stream:
    """One connection to each side, in a separate process that ends soon after its worker."""

    def __init__(self, job: CopyJob, attempt: int, snapshot: str | None, worker: int) -> None:
        self.job = job
        self._attempt = attempt
        self._snapshot = snapshot
        self._worker = worker
        self._blue: Session | None = None

    def run(self) -> None:
        """Work until nothing is left for this stream."""
        endpoints, name = self.job.sides.endpoints, self.job.session_name
        green = open_writer(endpoints[Side.GREEN], name)
        if self._snapshot is not None:
            self._blue = self._reader(green, self._snapshot)
        if self._blue is not None:
            speak_alike(self._blue, green)
        while os.getppid() == self._worker:
            if self._try_one(green):
                continue
            if not state.is_anything_left(green):
                return
            if self._blue is not None and not state.is_anything_left(green, ROWS):
                self._blue.close()
                self._blue = None
            time.sleep(_POLL)

    def _reader(self, green: Session, snapshot: str) -> Session | None:
        """Return the session that sees the snapshot, ``None`` when other streams have copied the last row meanwhile."""
        try:
            return open_reader(self.job.sides.endpoints[Side.BLUE], self.job.session_name, snapshot)
        except DatabaseError as error:
            if error.sqlstate not in _NO_SNAPSHOT or state.is_anything_left(green, ROWS):
                raise
            return None

    def _try_one(self, green: Session) -> bool:
        try:
            return self._do_one(green)
        except DatabaseError as error:
            if error.sqlstate not in _CONFLICTS:
                raise
            return True

    def _do_one(self, green: Session) -> bool:
        with green.transaction():
            if not state.is_current(green, self.job.migration, self._attempt):
                raise Superseded
            item = state.next_item(green)
            if item is None:
                return False
            if item.stage == ROWS:
                self._copy(green, item)
            else:
                state.perform(green, item)
            state.mark_done(green, item)
        return True

    def _copy(self, green: Session, item: state.Item) -> None:
        if self._blue is None:
            raise Superseded
        try:
            copy_rows(self._blue, green, item)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            raise MigrationError(
                "BG321",
                f"{item.table} could not be copied: {error.what}",
                "",
                f"{way_out(error.sqlstate)}; then run replicate again",
                {"table": str(item.table), "sqlstate": error.sqlstate},
            ) from error
