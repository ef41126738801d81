# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving green the publications that consumers will read there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.consumers.publication import Publication
from ..._domain.consumers.said import Consumers
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.sides import Side
from ..._postgres.consumers.publication import complete_publication, create_publication, read_publication
from ..._postgres.service.situation import read_own_situation
from ..ports import Ports


@dataclass(frozen=True)
class HandoverState:
    """Publications by name on each side, ``None`` where one is missing. ``serves``: the side in service."""

    serves: Side | None
    blue: Mapping[str, Publication | None]
    green: Mapping[str, Publication | None]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"publications": {name: list(one.lines()) if one else None for name, one in self.green.items()}}

    def as_diff(self) -> str:
        """Return one fact of green per line."""
        return "".join(f"{name}: {line}\n" for name, one in self.green.items() if one for line in one.lines())


class ConsumerHandover:
    """Copies what is missing on green while blue is in service; what differs is somebody's, and is refused."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._names = Consumers(params["consumers"]).publications()
        self._sides = ports.sides

    def observe(self) -> HandoverState:
        """Read the publications of both sides."""
        read = {side: {one: read_publication(self._sides.session(side), one) for one in self._names} for side in Side}
        return HandoverState(read_own_situation(self._sides).in_service, read[Side.BLUE], read[Side.GREEN])

    def plan(self, before: HandoverState) -> Plan[HandoverState]:
        """Plan only what green lacks.

        :raises MigrationError: BG338 where blue has no such publication, BG337 where green's is another one
        """
        if before.serves is not Side.BLUE:
            return Plan(before)
        steps, after = [], dict(before.green)
        for name in self._names:
            wanted, found = before.blue[name], before.green[name]
            if wanted is None:
                raise _missing(name)
            if found is None:
                steps.append(Step(f"publish on green as {name}", partial(self._create, wanted)))
            elif found.is_part_of(wanted):
                steps.append(Step(f"publish more tables on green as {name}", partial(self._complete, wanted)))
            elif found.lines() != wanted.lines():
                raise _another(wanted, found)
            after[name] = wanted
        return Plan(replace(before, green=after), tuple(steps))

    def execute(self, plan: Plan[HandoverState]) -> HandoverState:
        """Create them, each with all that it carries or not at all."""
        plan.perform()
        return self.observe()

    def _create(self, wanted: Publication) -> None:
        _or_refused(wanted, partial(create_publication, self._sides.green, wanted))

    def _complete(self, wanted: Publication) -> None:
        _or_refused(wanted, partial(complete_publication, self._sides.green, wanted))


def _or_refused(wanted: Publication, write: partial[None]) -> None:
    try:
        write()
    except DatabaseError as error:
        raise MigrationError(
            "BG339",
            f"Green refused the publication {wanted.name}: {error.what}",
            "It is there as it was, and blue is untouched",
            f"Remove the cause, or create it on green by hand with the same contents: {'; '.join(wanted.lines())}; "
            "then run the same command again",
        ) from None


def _missing(name: str) -> MigrationError:
    return MigrationError(
        "BG338",
        f"bluegreen_consumers names the publication {name}, which blue does not have",
        "Nothing was changed",
        "Correct the name, or create it on blue",
    )


def _another(wanted: Publication, found: Publication) -> MigrationError:
    more, less = set(found.lines()) - set(wanted.lines()), set(wanted.lines()) - set(found.lines())
    return MigrationError(
        "BG337",
        f"Green has another publication {wanted.name} than blue: green alone has "
        f"{'; '.join(sorted(more)) or 'nothing'}; "
        f"blue alone has {'; '.join(sorted(less)) or 'nothing'}",
        "Nothing was changed",
        "Drop it on green, which then gets blue's; or make them equal",
        {"blue": list(wanted.lines()), "green": list(found.lines())},
    )
