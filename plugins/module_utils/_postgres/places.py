# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several hosts of one side: each is asked alone and for a part of the time, beginning with the one that answered last.

libpq asks them in order, and waits for a host that swallows packets for as long as the kernel does.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._domain.clock import Deadline
from .._domain.endpoint import Endpoint
from . import driver

# By the places of an endpoint: the number of the one that let us in.
_FOUND: dict[tuple[str, ...], int] = {}


def places_in_order(endpoint: Endpoint, limit: Deadline) -> Iterator[tuple[int, dict[str, str], Deadline]]:
    """Yield each place to ask, by its number, with its keywords and the time that it may take."""
    places = endpoint.places
    first = _FOUND.get(_key(endpoint), 0)
    order = sorted(range(len(places)), key=lambda number: number != first)
    for left, number in zip(range(len(order), 0, -1), order):
        share = limit if left == 1 else Deadline(limit.left() / left, f"Connecting to {endpoint.side}")
        yield number, places[number], share


def remember(endpoint: Endpoint, number: int) -> None:
    """Begin with that place from now on."""
    _FOUND[_key(endpoint)] = number


def in_one(failures: list[Exception]) -> Exception:
    """Return why no place let us in."""
    if len(failures) == 1:
        return failures[0]
    return driver.Error("; ".join(" ".join(str(one).split()) for one in failures))


def _key(endpoint: Endpoint) -> tuple[str, ...]:
    return tuple(endpoint.keywords.get(name, "") for name in ("host", "hostaddr", "port", "target_session_attrs"))
