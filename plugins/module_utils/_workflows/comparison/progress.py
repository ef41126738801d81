# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison's progress, kept on green, so that the run after a killed one continues."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.comparison.basis import Basis
from ..._domain.comparison.request import Request, digest_of
from ..._domain.progress import comparison_line
from ..._domain.sides import Side
from ..._postgres.comparison import state as postgres
from ..._postgres.comparison.doubts import read_doubts
from ..._postgres.comparison.missed import read_missed
from ..._postgres.lock import take_lock
from ..._postgres.schema.identity import read_both
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..ports import LOCK_SECONDS, Ports

_SAVE_EVERY_SECONDS = 1.0
_LARGEST_SHARE = 20  # saving progress takes at most about one part in this many of the time


class Progress:
    """What has been compared of all tables. ``earlier``: the state that a killed run left of each, by name.

    Unless progress is ``kept``, there is nothing to continue.

    :raises MigrationError: BG501 when another comparison of the same migration is under way
    """

    def __init__(self, ports: Ports, request: Request, kept: bool) -> None:
        self._migration = ports.sides.migration
        self._request = request
        self._total = 0
        self._compared = self._compared_before = 0
        self._begin = time.monotonic()
        self._next_save = self._begin + _SAVE_EVERY_SECONDS
        self._unsaved: dict[str, Mapping[str, Any]] = {}
        self._held_back_by = ""
        self.earlier: dict[str, dict[str, Any]] = {}
        self.resumed = False
        self._session: Session | None = None
        if not kept:
            self.started = postgres.read_now(ports.sides.green)
            return
        self._session = ports.sides.connect(Side.GREEN, "comparison state")
        try:
            self.started, self._basis = self._take_up(self._session, ports.sides)
        except BaseException:
            self._session.close()
            raise

    def _take_up(self, session: Session, sides: Sides) -> tuple[str, Basis]:
        request = self._request
        postgres.create_state(session)
        take_lock(session, f"{self._migration} comparison", Deadline(LOCK_SECONDS, "Waiting for another comparison"))
        asked = {"digest": digest_of(sorted(request.decisive.items()))}
        before = postgres.read_run(session, self._migration)
        is_young = before is not None and (request.before is not None or before.age <= request.resume_within)
        if before is not None and before.request == asked and is_young:
            self.earlier = postgres.read_table_states(session, self._migration)
            self.resumed = request.before.resumed if request.before else bool(self.earlier)
            return before.started, Basis.of(before.basis)
        basis = Basis(read_both(sides), {**read_missed(sides), **read_doubts(sides)})
        return postgres.begin_run(session, self._migration, asked, basis), basis

    def expect(self, total_bytes: int) -> None:
        """Record how much there is to compare."""
        self._total = total_bytes

    def add(self, compared_bytes: int, earlier: bool = False) -> None:
        """Record what has been compared, by this run or an ``earlier`` one."""
        self._compared += compared_bytes
        self._compared_before += compared_bytes if earlier else 0

    def held_back_by(self, reason: str) -> None:
        """Record what the comparison is waiting for; "" for nothing."""
        if reason != self._held_back_by:
            self._held_back_by = reason
            self.save()

    def note(self, table: str, state: Mapping[str, Any]) -> None:
        """Record a table's progress; it is saved now and then."""
        self._unsaved[table] = state
        if time.monotonic() >= self._next_save:
            self.save()

    def save(self) -> None:
        """Save it now."""
        if self._session is None:
            return
        begin = time.monotonic()
        postgres.save(self._session, self._migration, self._standing(begin), self._unsaved)
        self._unsaved = {}
        end = time.monotonic()
        self._next_save = end + max(_SAVE_EVERY_SECONDS, _LARGEST_SHARE * (end - begin))

    def finish(self) -> None:
        """Delete the progress: the comparison is complete."""
        if self._session is not None:
            postgres.forget_run(self._session, self._migration)

    def keep_verdict(self, clean: bool, equal: Iterable[str]) -> None:
        """Keep how the comparison ended, and which tables it found equal, for go/no-go."""
        if self._session is not None:
            postgres.save_verdict(self._session, self._migration, clean, self.started, equal, self._basis)

    @property
    def kept(self) -> bool:
        """Tell whether a later run can continue from here."""
        return self._session is not None

    def line(self, on_trial: int, *, rests: bool) -> str:
        """Return the progress in words; ``on_trial``: rows that are read again; ``rests``: the comparison yields the
        CPU."""
        seconds = time.monotonic() - self._begin
        rate = (self._compared - self._compared_before) / seconds
        return comparison_line(self._compared, self._total, rate, on_trial, self._held_back_by, rests=rests)

    def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            self._session.close()

    def _standing(self, now: float) -> postgres.Standing:
        done = self._compared - self._compared_before
        left = (self._total - self._compared) * (now - self._begin) / done if done else None
        return postgres.Standing(
            self._compared, self._total, None if left is None else max(0.0, left), self._held_back_by
        )
