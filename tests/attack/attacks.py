# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attacker does: random statements, the rows that they were acknowledged, and the statements that undo them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

# A statement, or seconds of idle time.
Step = str | float
_LONG_HOLD_SECONDS = 6.0


class Kind(StrEnum):
    """Kinds of attackers. `create` may create in the database and in one schema, and owns nothing of the
    application."""

    APPLICATION = "application"
    OWNER = "owner"
    CREATE = "create"


@dataclass(frozen=True)
class Names:
    """Names of roles, of the database and of the migration, and the relations that an attacker may insert into."""

    attacker: str
    owner: str
    application: str
    migrator: str
    superuser: str
    database: str
    migration: str
    own_tables: tuple[str, ...] = ()
    tables: tuple[str, ...] = ("ledger.notes", "ledger.parts", "ledger.parts_2026", "ledger.notes_view", "ledger.heirs")


@dataclass(frozen=True)
class Claim:
    """A row that was acknowledged: it must be on the side in service, once. `table` is written as SQL writes it."""

    table: str
    token: str


@dataclass(frozen=True)
class Attack:
    """One attack. `undo`: statements of a superuser, for both sides, that take back what it left.

    `writes`: whether a fence must refuse it. `tampers`: whether an owner takes the gate off his own table, which nobody
    can prevent. `mends_gate`: whether the gate has to be installed again after it.
    """

    name: str
    steps: tuple[Step, ...]
    undo: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    writes: bool = False
    tampers: bool = False
    mends_gate: bool = False


@dataclass
class Draw:
    """One attacker's random numbers: the same seed draws the same attacks."""

    chance: random.Random
    names: Names
    _count: int = field(default=0)

    def claim(self, table: str | None = None) -> Claim:
        """Make up a row."""
        self._count += 1
        where = table or self.chance.choice(self.names.tables + self.names.own_tables)
        return Claim(where, f"{self.names.attacker}-{self.chance.getrandbits(40):x}-{self._count}")

    def name(self) -> str:
        """Make up the name of something new."""
        self._count += 1
        return f"mallory_{self.chance.getrandbits(24):x}_{self._count}"

    def own_table(self) -> str:
        """Choose a table that the attacker owns."""
        return self.chance.choice(self.names.own_tables)

    def hold(self) -> float:
        """Choose how long a transaction is idle: mostly a moment, sometimes longer than anybody waits."""
        return self.chance.uniform(2.0, _LONG_HOLD_SECONDS) if self.chance.random() < 0.15 else self.chance.random() / 3

    def pick(self, *choices: str) -> str:
        """Choose one."""
        return self.chance.choice(choices)


Generator = Callable[[Draw], Attack]


def insert(claim: Claim) -> str:
    """Return the plain statement that writes the row."""
    return f"INSERT INTO {claim.table} (token) VALUES ('{claim.token}')"


def draw_attack(draw: Draw, generators: tuple[Generator, ...]) -> Attack:
    """Draw one attack."""
    return draw.chance.choice(generators)(draw)
