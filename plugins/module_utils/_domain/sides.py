# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue and green, and the directions between them."""

from __future__ import annotations

from enum import Enum


class Side(str, Enum):
    """One of the two databases of a migration."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Side:
        """Return the opposite side."""
        return Side.GREEN if self is Side.BLUE else Side.BLUE

    def __str__(self) -> str:
        return self.value


class Direction(str, Enum):
    """The direction of a link: forward is blue to green, reverse is green to blue."""

    FORWARD = "forward"
    REVERSE = "reverse"

    @property
    def publisher(self) -> Side:
        """Return the side that the rows come from."""
        return Side.BLUE if self is Direction.FORWARD else Side.GREEN

    @property
    def subscriber(self) -> Side:
        """Return the side that the rows go to."""
        return self.publisher.other

    @classmethod
    def into(cls, side: Side) -> Direction:
        """Return the direction that brings rows to ``side``."""
        return cls.FORWARD if side is Side.GREEN else cls.REVERSE

    def __str__(self) -> str:
        return self.value
