# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight has tried besides both databases: programs, routes, the application, the backup proof,
the user's own checks. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..backup import Backup
from ..route import RouteFacts
from ..users_check import FailedCheck
from ..window import Window


@dataclass(frozen=True)
class Obstacle:
    """Why something could not be done, and what helps."""

    what: str
    way_out: str


@dataclass(frozen=True)
class BackupWishes:
    """``proof``: the answer of the user's backup proof, ``None`` without one; ``waived``: why none is needed."""

    proof: Backup | None = None
    max_age_hours: float = 24.0
    waived: str = ""


@dataclass(frozen=True)
class Tried:
    """``now``: seconds since the epoch. ``programs``: why ``setup`` could not run PostgreSQL's own ones.

    ``routes``, ``readers``: each one as it will be when ``traffic`` has prepared its files. ``application``: why no
    write would reach the side in service through the application's own route. ``window``: ``None`` where the
    user set none. ``failed_checks``: those of the user's own that do not pass now. ``later``: those that ask green for
    what it does not have yet. ``left``: what check mode did not try.
    """

    now: float
    programs: Obstacle | None = None
    routes: tuple[RouteFacts, ...] = ()
    readers: tuple[RouteFacts, ...] = ()
    application: Obstacle | None = None
    backup: BackupWishes = BackupWishes()
    window: Window | None = None
    failed_checks: tuple[FailedCheck, ...] = ()
    later: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
