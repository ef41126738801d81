# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side that cannot be reached. What it is like is unknown, so no check may take it for empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..sides import Side


class NotReadError(Exception):
    """A check asked for something of a side that could not be read."""


class Unread:
    """Stands for the facts of a side; whoever asks for one of them gets an error instead of an answer."""

    def __init__(self, side: Side) -> None:
        self.side = side

    def __getattr__(self, name: str) -> Any:
        raise NotReadError(name)


def as_far_as_read(found: Iterable[Any]) -> Iterator[Any]:
    """Yield what was found before an unread side was asked for something."""
    try:
        yield from found
    except NotReadError:
        return
