# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was added on the side in service since its schema was copied, and is missing on the other."""

from __future__ import annotations

from ..._domain.schema.objects import drift
from ..._domain.sides import Side
from ..._postgres.schema import objects
from ..._postgres.sides import Sides


def unmet_drift(sides: Sides) -> tuple[str, ...]:
    """Return what was added on blue since the copy and is missing on green; nothing if setup copied nothing."""
    copied = objects.read_record(sides.green)
    if copied is None:
        return ()
    aside = objects.read_recorded_aside(sides.green)
    blue, green = (objects.read_schema(sides.session(side), sides.blue.major, aside) for side in Side)
    return drift(copied, blue, green).unmet
