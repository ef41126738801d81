# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy's worker: a process in its own session that fills green from a snapshot and finally subscribes.

It forks streams, each connected to both sides, which take pieces of work from a table on green; a stream's work and its
mark as done commit together there. Whatever dies, the rows and the pieces marked as done agree. A new attempt, which
empties the tables, waits for the previous attempt's streams or ends them.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

from ..._domain.copy.first_copy import COPIED, COPYING, ROWS, CopyFacts
from ..._domain.errors import ConnectionLost, MigrationError
from ..._domain.names import SCHEMA
from ..._domain.sides import Side
from ..._postgres.copy import first_copy as state
from ..._postgres.copy.snapshot import Keeper, slots_stand_at
from ..._postgres.lanes import flow, link
from ..._postgres.schema.identity import keep_copied, read_identities
from ..._postgres.session import Session
from ..detached import detach
from .stream import (
    DIED,
    LOST,
    SUPERSEDED,
    CopyJob,
    Stream,
    StreamDied,
    Superseded,
    be_stream,
    is_out_of_reach,
    reason_of,
)

_POLL = 0.05
_PING = 1.0
_RETRY = 1.0
_LOCK_SECONDS = 5.0
_AWAY_SECONDS = 600.0  # for a server to come back; after that the next run starts again


def start_worker(job: CopyJob) -> int:
    """Fork the worker and return its process id; it outlives this process."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            detach()
            worker = _Worker(job)
            try:
                worker.run()
            except BaseException as error:
                worker.note_death(reason_of(job, error))
                raise
            status = 0
        finally:
            os._exit(status)
    return pid


class _Worker:
    """Holds the lock on green and the snapshot on blue, and keeps its streams working."""

    def __init__(self, job: CopyJob) -> None:
        self._job = job
        self._attempt = 0
        self._last = ""
        self._green: Session | None = None
        self._seen = time.monotonic()
        self._keeper: Keeper | None = None
        self._streams: dict[int, int] = {}  # process id: the end of its pipe

    def run(self) -> None:
        """Work until the copy is complete, has failed, or belongs to another worker."""
        while time.monotonic() < self._seen + _AWAY_SECONDS:
            try:
                green = self._green_with_lock()
                if green is not None:
                    self._fill(green)
                return
            except Superseded:
                return
            except MigrationError as error:
                self._last = str(error)
                self._end_streams()
                if not is_out_of_reach(error) and self._give_up(error):
                    return
            time.sleep(_RETRY)
        self.note_death(f"gave up after {_AWAY_SECONDS:.0f} s: {self._last}")

    def note_death(self, reason: str) -> None:
        """Record why the copy is abandoned, if green can be reached; the next worker starts again."""
        self._end_streams()
        try:
            green = self._green_with_lock()
            if green is not None:
                lanes, streams = [spec.name for spec in self._job.lanes], self._job.streams
                state.note_death(green, self._job.migration, lanes, streams, f"attempt {self._attempt}: {reason}")
        except MigrationError:
            return  # even so, others can see that the worker is gone

    def _green_with_lock(self) -> Session | None:
        """Return the session that holds the lock, ``None`` when another process is the worker.

        If the session broke, the server may notice it a moment later than we do.
        """
        if self._green is not None and not self._green.closed:
            return self._green
        self._green = green = self._job.connect(Side.GREEN)
        end = time.monotonic() + _LOCK_SECONDS
        while not state.take_worker_lock(green, self._job.migration):
            if time.monotonic() >= end:
                green.close()
                return None
            time.sleep(_POLL)
        return green

    def _fill(self, green: Session) -> None:
        """Continue the copy on a session that holds the lock."""
        facts = state.read_copy(green, self._job.migration)
        if self._attempt and (facts is None or facts.attempt != self._attempt):
            raise Superseded
        if self._goes_on(green, facts):
            self._work(green)
            self._end(green)

    def _goes_on(self, green: Session, facts: CopyFacts | None) -> bool:
        """Make sure that there is an attempt to continue, a new one if necessary; false when everything is done."""
        job = self._job
        if facts is not None and facts.phase == COPYING and self._holds_snapshot():
            state.end_sessions(green, job.migration)
            return True
        if facts is not None and facts.phase == COPIED and self._slots_stand(green):
            self._attempt = facts.attempt
            state.end_sessions(green, job.migration)
            return True
        if all(link.has_subscription(green, spec.name) for spec in job.lanes):
            return False
        self._begin(green)
        return True

    def _holds_snapshot(self) -> bool:
        if self._keeper is None:
            return False
        try:
            self._keeper.ping()
        except ConnectionLost:
            self._keeper = None
            return False
        return True

    def _slots_stand(self, green: Session) -> bool:
        blue = self._job.connect(Side.BLUE)
        try:
            position = state.read_position(green, self._job.migration)
            return slots_stand_at(blue, [spec.name for spec in self._job.lanes], position)
        finally:
            blue.close()

    def _begin(self, green: Session) -> None:
        """Take a snapshot and start on empty tables; earlier attempts no longer count."""
        job = self._job
        names = [spec.name for spec in job.lanes]
        state.end_sessions(green, job.migration)
        self._attempt = state.begin_attempt(green, job.migration, names, job.streams)
        self._drop_lanes(green)
        self._keeper = Keeper.take(job.sides.endpoints[Side.BLUE], job.session_name, names)
        published = [one for spec in job.lanes for one in spec.tables if one.table.schema != SCHEMA]
        found = {Side.BLUE: self._keeper.read_identities(), Side.GREEN: read_identities(green)}
        keep_copied(green, job.migration, found, {one.table for one in published}, copied=True)
        sources = self._keeper.read_sources(green, published)
        state.own_tables(green, job.migration, self._attempt, sources, self._keeper.lsn)

    def _drop_lanes(self, green: Session) -> None:
        blue = self._job.connect(Side.BLUE)
        try:
            flow.require_may_flow(blue, self._job.lanes[0].name)
            state.end_sessions(blue, self._job.migration)
            for spec in self._job.lanes:
                left = link.drop_subscription(green, spec.name)
                link.drop_slots(blue, [link.like(spec.name), *left])
        finally:
            blue.close()

    def _work(self, green: Session) -> None:
        """Keep the streams working until nothing is left."""
        next_ping = 0.0
        while True:
            for pid in self._ended():
                self._take_in(pid)
            left = state.is_anything_left(green)
            if not left and not self._streams:
                self._end_snapshot(green)
                return
            while left and len(self._streams) < self._job.streams:
                self._start_stream()
            if self._keeper is not None and time.monotonic() >= next_ping:
                next_ping = time.monotonic() + _PING
                self._keeper.ping()
                self._seen = time.monotonic()
                if not state.is_anything_left(green, ROWS):
                    self._end_snapshot(green)
            time.sleep(_POLL)

    def _end_snapshot(self, green: Session) -> None:
        """All rows are there: from now on the successor of a dead worker continues."""
        if self._keeper is not None:
            state.set_phase(green, self._job.migration, self._attempt, COPIED)
            self._keeper.close()
            self._keeper = None

    def _start_stream(self) -> None:
        told, tell = os.pipe()
        worker = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                # The worker's connections, and above all its lock, must end with it and not live on here.
                detach(keep=(tell,))
                snapshot = self._keeper.snapshot if self._keeper else None
                be_stream(Stream(self._job, self._attempt, snapshot, worker), tell)
                status = 0
            finally:
                os._exit(status)
        os.close(tell)
        self._streams[pid] = told

    def _ended(self) -> Iterator[int]:
        """Yield the streams that have ended; each is reaped in its turn, so no reused process id is ever killed."""
        for pid in list(self._streams):
            if os.waitpid(pid, os.WNOHANG)[0]:
                yield pid

    def _take_in(self, pid: int) -> None:
        """Read a stream's last message; none means success, or a kill, after which another stream continues."""
        with os.fdopen(self._streams.pop(pid), "rb") as words:
            said = words.read()
        if not said:
            return
        told: dict[str, Any] = json.loads(said)
        if told["kind"] == SUPERSEDED:
            raise Superseded
        if told["kind"] == LOST:
            # The worker's own connections will show which server is gone; a new stream tries again.
            time.sleep(_RETRY)
            return
        if told["kind"] == DIED:
            raise StreamDied(told["reason"])
        if self._keeper is not None:
            self._keeper.ping()  # a lost snapshot explains whatever its streams report
        raise MigrationError(**told["error"])

    def _end(self, green: Session) -> None:
        """Subscribe and finish in one transaction: an unfinished copy has no subscription to lose."""
        blue = self._job.connect(Side.BLUE)
        try:
            with green.transaction():
                for spec in self._job.lanes:
                    flow.create_subscription(blue, green, spec, enabled=True, copy=False)
                state.finish(green, self._job.migration, self._attempt)
        finally:
            blue.close()

    def _end_streams(self) -> None:
        for pid in list(self._streams):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(self._streams.pop(pid))

    def _give_up(self, error: MigrationError) -> bool:
        """Undo the attempt and record why; false when a server was out of reach and it has to be tried again."""
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None
        try:
            green = self._green_with_lock()
            if green is None:
                return True
            state.end_sessions(green, self._job.migration)
            self._drop_lanes(green)
            state.fail(green, self._job.migration, self._attempt, error.as_result())
        except MigrationError as failure:
            if is_out_of_reach(failure):
                return False
            self.note_death(str(error))
        return True
