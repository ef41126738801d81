# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacker's sessions: each draws attacks, and records what was acknowledged and what it leaves behind."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from threading import Event, Lock, Thread

import psycopg2
from psycopg2.extensions import connection

from tests.attack.attacks import Attack, Draw, Generator, Kind, draw_attack
from tests.attack.blocks import BLOCKS
from tests.attack.field import SIDES, Field
from tests.attack.ledger import Ledger, Written
from tests.attack.owning import OWNING
from tests.attack.plants import PLANTS
from tests.attack.squats import SQUATS
from tests.attack.writes import WRITES

GENERATORS: Mapping[Kind, tuple[Generator, ...]] = {
    Kind.APPLICATION: (*WRITES, *WRITES, *BLOCKS, *PLANTS),
    Kind.OWNER: (*WRITES, *BLOCKS, *PLANTS, *OWNING, *OWNING, *SQUATS),
    Kind.CREATE: (*WRITES, *BLOCKS, *PLANTS, *SQUATS, *SQUATS),
}
_LIMITS = "SET statement_timeout = '3s'; SET lock_timeout = '2s'"
_PAUSE_SECONDS = 0.25
_UNDOING = -1
# Lock not available; deadlock; the attacker's own statement timeout; no free connection.
_IN_THE_WAY = frozenset({"55P03", "40P01", "57014", "53300", None})
_LEFT_BEHIND = 0.15
_REMEMBERED = 400


@dataclass(frozen=True)
class Did:
    """A statement that an attacker ran and what the server said."""

    at: float
    side: str
    session: int
    attack: str
    statement: str
    said: str

    def __str__(self) -> str:
        when = time.strftime("%H:%M:%S", time.localtime(self.at)) + f"{self.at % 1:.3f}"[1:]
        what = " ".join(self.statement.split())[:200]
        return f"{when} {self.side} session {self.session} [{self.attack}] {what} -> {self.said}"


@dataclass(frozen=True)
class LeftBehind:
    """An attack whose traces remain, on whichever side it was made."""

    attack: Attack
    side: str
    since: float


class Attacker:
    """Sessions that attack both sides; it writes to green only when it is gated."""

    def __init__(self, field: Field, ledger: Ledger, seed: str, sessions: int = 3) -> None:
        self.field = field
        self.ledger = ledger
        self._fenced: dict[str, float] = {}
        self._gated = False
        self.wrong: list[str] = []
        self.done: deque[Did] = deque(maxlen=_REMEMBERED)
        self.attacks = 0
        self._left: list[LeftBehind] = []
        self._lock = Lock()
        self._draws = [Draw(random.Random(f"{seed}/{number}"), field.names) for number in range(sessions)]
        self._stopped = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Attack until told to stop; it may start again."""
        self._stopped.clear()
        self._threads = [
            Thread(target=self._run, args=(number, draw), daemon=True) for number, draw in enumerate(self._draws)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End every session; what it left behind remains."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def fence(self, side: str) -> None:
        """Learn that one side certainly refuses writes, and that the other accepts them."""
        self._gated = True
        self._fenced = {side: self._fenced.get(side, time.time())}

    def unfence(self) -> None:
        """Learn that either side may accept writes from now on."""
        self._fenced = {}

    def left_behind(self) -> list[LeftBehind]:
        """Return what remains of its attacks."""
        with self._lock:
            return list(self._left)

    def undo_all(self) -> None:
        """Take back, as a superuser, everything that was left behind."""
        with self._lock:
            left, self._left = self._left[::-1], []
        for one in left:
            self._undo(one)

    def _run(self, number: int, draw: Draw) -> None:
        opened: dict[str, connection] = {}
        while not self._stopped.wait(draw.chance.random() * _PAUSE_SECONDS):
            side = draw.chance.choice(SIDES)
            if draw.chance.random() < 0.2 and side in opened:
                opened.pop(side).close()
            attack, stays = draw_attack(draw, GENERATORS[self.field.kind]), draw.chance.random() < _LEFT_BEHIND
            if side == "green" and not self._gated and (attack.claims or attack.writes):
                continue
            with suppress(psycopg2.OperationalError):
                if side not in opened or opened[side].closed:
                    opened[side] = self.field.connect(side, self.field.names.attacker)
                self._attack(opened[side], side, number, attack, stays=stays)
        for one in opened.values():
            one.close()

    def _attack(self, opened: connection, side: str, number: int, attack: Attack, *, stays: bool) -> None:
        self.attacks += 1
        started, fenced = time.time(), self._fenced.get(side)
        left = LeftBehind(attack, side, started)
        if attack.undo:
            with self._lock:
                self._left.append(left)
        done = self._perform(opened, side, number, attack)
        if done:
            self._account(attack, side, started, fenced if self._fenced.get(side) == fenced else None)
        if attack.undo and not stays and not attack.mends_gate and not self._stopped.is_set():
            with self._lock, suppress(ValueError):
                self._left.remove(left)
            self._undo(left)

    def _perform(self, opened: connection, side: str, number: int, attack: Attack) -> bool:
        for step in (_LIMITS, *attack.steps):
            if isinstance(step, float):
                self._stopped.wait(step)
                continue
            try:
                with opened.cursor() as cursor:
                    cursor.execute(step)
            except psycopg2.Error as error:
                self._note(side, number, attack, step, f"{error.pgcode} {str(error).strip().partition(chr(10))[0]}")
                with suppress(psycopg2.Error), opened.cursor() as cursor:
                    cursor.execute("ROLLBACK")
                return False
            if step != _LIMITS:
                self._note(side, number, attack, step, "done")
        return True

    def _account(self, attack: Attack, side: str, started: float, fenced: float | None) -> None:
        """Record what was acknowledged. `fenced`: since when the side certainly refuses writes, None if it may not."""
        since = self._tampered_since(attack, side, started)
        rows = [Written(claim, side, time.time(), attack.name, since) for claim in attack.claims]
        self.ledger.acknowledge(*rows)
        if attack.writes and fenced is not None and since is None:
            self.wrong.append(f"{attack.name} passed the fence of {side}: {attack.steps}")

    def _tampered_since(self, attack: Attack, side: str, started: float) -> float | None:
        """Return since when an attacker has had the gate of a table off that it writes to."""
        groups = {_group(claim.table) for claim in attack.claims}
        with self._lock:
            others = [
                one.since for one in self._left
                if one.side == side and (one.attack.tampers or one.attack.mends_gate)
                and groups & {_group(claim.table) for claim in one.attack.claims}
            ]  # fmt: skip
        return min([*others, *([started] if attack.tampers or attack.mends_gate else [])], default=None)

    def _undo(self, left: LeftBehind) -> None:
        """Take it back on both sides; where a lock was not available, it remains."""
        attack = left.attack
        if any(statement.startswith("DROP TABLE") for statement in attack.undo):
            self.ledger.void(attack.claims)
        for side, statement in product(SIDES, attack.undo):
            said = "undone"
            try:
                self.field.query(side, statement)
            except psycopg2.Error as error:
                said = f"{error.pgcode} {str(error).strip().partition(chr(10))[0]}"
                with self._lock:
                    if error.pgcode in _IN_THE_WAY and left not in self._left:
                        self._left.append(left)
            self._note(side, _UNDOING, attack, statement, said)

    def _note(self, side: str, number: int, attack: Attack, statement: str, said: str) -> None:
        self.done.append(Did(time.time(), side, number, attack.name, statement, said))


def _group(table: str) -> str:
    """Return the table whose gate a write to this relation passes; a partition and its parent count as one."""
    return table.removesuffix("_view").removesuffix("_2026")
