# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and values that only green has: found, counted, and exported before a rollback leaves them behind."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..._domain.errors import MigrationError
from ..._domain.go_no_go.picture import Picture
from ..._domain.go_no_go.way_home import GreenOnly
from ..._postgres.go_no_go.green_only import count_values, rows_of
from ..._postgres.sides import Sides
from ..files import write_lines

_COUNT_SECONDS = 10.0


def read_green_only(sides: Sides, picture: Picture) -> list[GreenOnly]:
    """Return what blue cannot hold, with the number of values written since the switch."""
    return count_values(sides.green, sides.migration, picture.green_only(), _COUNT_SECONDS)


def export(sides: Sides, found: Iterable[GreenOnly], path: str) -> int:
    """Write it to a file that only its owner may read, one JSON object per line; return the number of lines.

    :raises MigrationError: BG535 when it cannot be written; nothing was switched then
    """
    lines = (
        f'{{"name": {json.dumps(one.name)}, "row": {row}}}'
        for one in found
        for row in rows_of(sides.green, sides.migration, one)
    )
    try:
        return write_lines(path, lines)
    except OSError as error:
        raise MigrationError(
            "BG535",
            f"What only green has could not be written to {path}: {error.strerror}",
            "The side in service has not changed",
            "Set bluegreen_loss_file to a file that can be written where the modules run",
        ) from None
