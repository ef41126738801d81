# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the picture that a switch, its go/no-go and the status hand down."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.go_no_go.picture import Picture
from ..._domain.lanes.catalogs import Links
from ..._domain.lanes.link import both_at_once
from ..._domain.service.situation import Situation
from ..lanes.wanted import read_catalogs
from ..sides import Sides


def read_picture(sides: Sides, situation: Situation, excluded: Iterable[str], links: Links | None = None) -> Picture:
    """Read both catalogs, beside a situation that has just been read.

    :param excluded: names of tables that no link carries, ``schema.table``, quoted as in SQL where they need it
    :param links: where they have just been read
    """
    return Picture(
        situation,
        read_catalogs(sides, links),
        both_at_once(sides.blue.major, sides.green.major),
        tuple(excluded),
    )
