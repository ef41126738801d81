# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go/no-go: before anything starts, and again when the locks are held."""

from __future__ import annotations

from ..._domain.errors import MigrationError
from ..._domain.findings import Finding
from ..._domain.go_no_go.picture import Picture
from ..._domain.go_no_go.reasons import Limits, reasons_against
from ..._domain.route import RouteFacts
from ..._domain.service.story import brought_with_the_opening
from ..._domain.sides import Side
from .readiness import read_readiness
from .request import SwitchRequest


def read_reasons(
    request: SwitchRequest, picture: Picture, routes: tuple[RouteFacts, ...], postponable: bool = True
) -> tuple[Finding, ...]:
    """Read what the picture does not tell, and return every reason not to switch now.

    :param postponable: wait for a postponement later instead of refusing
    """
    situation = picture.situation
    limits = Limits(request.max_lag, request.max_transaction, request.deadline - request.undo_reserve)
    takes_back = request.target is Side.BLUE and bool(brought_with_the_opening(situation.entries))
    readiness = read_readiness(request, picture, postponable, takes_back)
    return request.not_accepted(reasons_against(situation, request.target, readiness, routes, limits))


def no_go(target: Side, reasons: tuple[Finding, ...]) -> MigrationError:
    """Return the error that lists them all."""
    lines = [reason.as_line() for reason in reasons]
    return MigrationError(
        "BG500",
        f"No go for {target}, {len(lines)} reason(s): " + " | ".join(lines),
        f"{target.other} is in service and untouched",
        "Remove these reasons, then run the same command again",
        {"reasons": [reason.as_result() for reason in reasons]},
    )
