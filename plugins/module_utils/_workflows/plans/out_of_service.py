# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The side that is made ready while the other one serves."""

from __future__ import annotations

from ..._domain.errors import MigrationError
from ..._domain.service.situation import Situation
from ..._domain.sides import Side


def out_of_service(situation: Situation) -> Side:
    """Return the side out of service.

    :raises MigrationError: BG502 when it is not clear which side that is
    """
    if situation.in_service is None:
        raise MigrationError(
            "BG502",
            "It is not clear which side is in service",
            "Nothing was done on either side",
            "Run status, which shows what both sides say",
        )
    return situation.in_service.other
