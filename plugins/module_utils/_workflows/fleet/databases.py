# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The databases of blue's server as migrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.fleet.databases import Choice
from ..._domain.sides import Side
from ..._postgres.fleet.databases import read_databases
from ..._postgres.sides import Sides


def list_migrations(blue: Mapping[str, Any], green: Mapping[str, Any], choice: Choice) -> dict[str, str]:
    """Return the databases of blue's server that are chosen, by names that hosts may have. Green is not connected to.

    :raises MigrationError: when blue cannot be asked, and BG252 when two databases would have one name
    """
    sides = Sides.from_parameters("inventory", blue, green)
    try:
        return choice.migrations(read_databases(sides.session(Side.BLUE)))
    finally:
        sides.close()
