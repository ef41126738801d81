# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first look finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..preflight.grants import Due


@dataclass(frozen=True)
class Owner:
    """A role that owns the database or something in it."""

    name: str
    superuser: bool


@dataclass(frozen=True)
class LeftBehind:
    """A table whose rows no link carries, as SQL spells its name."""

    name: str
    why: str


@dataclass(frozen=True)
class Side:
    """One side. ``connection``: keywords without a secret. ``asks_for``: keywords whose value is a secret.

    ``database``: its name; ``exists``: whether it is there. ``due``: which grants are due there.
    """

    version: str
    major: int
    database: str
    exists: bool
    user: str
    connection: Mapping[str, str]
    asks_for: tuple[str, ...]
    due: frozenset[Due]


@dataclass(frozen=True)
class Found:
    """Both sides, and what blue's database tells.

    ``bindir``: the folder of green's programs, empty where none was found. ``console``: where a console of PgBouncer
    answered, empty where none did.
    """

    blue: Side
    green: Side
    wal_levels: Mapping[str, str]
    owners: tuple[Owner, ...]
    writers: tuple[str, ...]
    left_behind: tuple[LeftBehind, ...] = ()
    bindir: str = ""
    console: Mapping[str, str] = field(default_factory=dict)
