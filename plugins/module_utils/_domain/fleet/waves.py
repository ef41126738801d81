# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which migrations of one run switch together, and whether the next of these waves may begin. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ..errors import MigrationError

Size = Union[int, str]
_SIZE = re.compile(r"[1-9]\d*|(?:100|[1-9]\d?)%")
_NAMED = 5
# How the run ends for a migration that it did not come to.
NOT_BEGUN: Mapping[str, Any] = {
    "phase": "cutover",
    "failed": True,
    "row": None,
    "lines": ["cutover was not begun", "  why       the run ended before its wave"],
    "outlook": [
        "  stands    as before: nothing was done here",
        "  next      see how the waves before it ended, then run the same command again",
    ],
}


@dataclass(frozen=True)
class Wave:
    """A wave, by names of hosts. ``living``: those of the whole run that have not failed.

    ``begun``: those of earlier waves.
    """

    batch: Sequence[str]
    living: Sequence[str]
    begun: Sequence[str]

    @property
    def failed(self) -> list[str]:
        """Return those of earlier waves that failed, in their switch or while they were watched after it."""
        return sorted(set(self.begun) - set(self.living))

    @property
    def later(self) -> list[str]:
        """Return those whose wave comes after this one."""
        return [host for host in self.living if host not in {*self.begun, *self.batch}]

    def require_health(self, allowed: int) -> None:
        """Let the wave begin, or refuse it.

        :param allowed: how many migrations of earlier waves may have failed
        :raises MigrationError: BG752 when more have
        """
        if len(self.failed) <= allowed:
            return
        more = ", …" if len(self.failed) > _NAMED else ""
        raise MigrationError(
            "BG752",
            f"{len(self.failed)} of {len(self.begun)} migrations of earlier waves failed, and {allowed} may "
            f"({', '.join(self.failed[:_NAMED])}{more})",
            "This migration's switch has not begun: its applications stay where they are",
            "See why those failed, then run the same command again: those that have moved have nothing left to do",
        )


def wave_sizes(value: object) -> list[Size]:
    """Return how many migrations each wave has, as a play's ``serial`` takes it; the last size repeats.

    :param value: a list of numbers and percentages, or the same as a text with commas between them
    :raises ValueError: when one is neither a number from 1 nor a percentage from 1% to 100%
    """
    given = value if isinstance(value, (list, tuple)) else str(value).strip("[] ").split(",")
    sizes = [str(each).strip(" '\"") for each in given]
    for size in sizes or [""]:
        if not _SIZE.fullmatch(size):
            raise ValueError(_wrong(size))
    return [size if size.endswith("%") else int(size) for size in sizes]


def _wrong(size: object) -> str:
    return f"bluegreen_waves has {size!r}, which is neither a number from 1 on nor a percentage from 1% to 100%"
