# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a cutover's other conditions, and waits while it is postponed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._domain.comparison.report import Verdict
from ..._domain.errors import MigrationError
from ..._domain.go_no_go.conditions import ConditionFacts, not_approved, outside_window, unmet_lines
from ..._domain.service.word import Word
from ..._domain.sides import Side
from ..._postgres.plans.statistics import read_lacking
from ..._postgres.schema.objects import read_left_behind
from ..._postgres.service.situation import read_words
from ..._postgres.sides import Sides
from ..health_checks import failed_checks
from ..ports import Ports
from ..schema.drift import unmet_drift

_HOUR = 3600.0
_POLL = 0.5  # seconds
APPROVED = "approved"
POSTPONED = "postponed"


@dataclass(frozen=True)
class Asked:
    """The user's conditions for a cutover. ``compared_within`` and ``postpone_limit`` are seconds."""

    compared_within: float
    statistics: bool
    health_checks: tuple[Mapping[str, Any], ...]
    window: Mapping[str, str | None]
    approval: Mapping[str, Any]
    prerequisites: tuple[Mapping[str, Any], ...]
    plans: Mapping[str, Any]
    refresh_views: str
    postpone_file: str
    postpone_limit: float

    @classmethod
    def from_parameters(cls, params: Mapping[str, Any]) -> Asked:
        """Build it from the module's parameters."""
        return cls(
            compared_within=params["comparison_max_age_hours"] * _HOUR,
            statistics=params["require_statistics"],
            health_checks=tuple(params["health_checks"]),
            window=params["window"],
            approval=params["approval"] or {},
            prerequisites=tuple(params["prerequisites"]),
            plans=params["plans"] or {},
            refresh_views=params["refresh_views"],
            postpone_file=params["postpone_file"] or "",
            postpone_limit=params["postpone_limit"],
        )

    @property
    def check_seconds(self) -> float:
        """Return how long all checks may take together."""
        return float(sum(check["timeout"] for check in self.health_checks))


def read_conditions(
    asked: Asked,
    ports: Ports,
    verdict: Verdict | None,
    words: Iterable[Word],
    tables: Iterable[str],
    postponable: bool,
) -> ConditionFacts:
    """Read every condition.

    :param verdict: how the last comparison ended, ``None`` where none has
    :param words: approvals and postponements
    :param tables: names of those that flow
    :param postponable: wait for a postponement instead of refusing
    """
    sides, words = ports.sides, tuple(words)
    lacking = read_lacking(sides, Side.GREEN) if asked.statistics else ()
    return ConditionFacts(
        verdict=verdict,
        compared_within=asked.compared_within,
        tables=frozenset(tables),
        schema_drift=unmet_drift(sides),
        without_statistics=tuple(str(one.table) for one in lacking),
        left_behind=read_left_behind(sides.blue, sides.green),
        failed_checks=failed_checks(asked.health_checks, ports),
        outside_window=outside_window(asked.window, time.time()),
        not_approved=_not_approved(asked, words),
        postponed="" if postponable else postponed_by(asked, words),
        unmet=unmet_lines(asked.prerequisites),
    )


def await_lifted(asked: Asked, sides: Sides) -> None:
    """Return when nothing postpones the switch any more; no lock is held meanwhile.

    :raises MigrationError: BG533 when that takes longer than the user's limit
    """
    end = time.monotonic() + asked.postpone_limit
    while reason := postponed_by(asked, read_words(sides)):
        if time.monotonic() >= end:
            raise MigrationError(
                "BG533",
                f"The switch is still postponed by {reason} after {asked.postpone_limit:g} s",
                "Everything stays ready, and nothing was touched",
                "Lift that, then run the same command again",
            )
        time.sleep(_POLL)


def postponed_by(asked: Asked, words: Iterable[Word]) -> str:
    """Return what postpones the switch; nothing if it may begin."""
    if asked.postpone_file:
        try:
            Path(asked.postpone_file).stat()
        except FileNotFoundError:
            pass
        except OSError as error:
            return f"the file {asked.postpone_file}, which cannot be read ({error.strerror})"
        else:
            return f"the file {asked.postpone_file}"
    by = next((word.by_role for word in words if word.word == POSTPONED), None)
    return "" if by is None else f"a row of {by} in bluegreen.word"


def _not_approved(asked: Asked, words: Iterable[Word]) -> str:
    row = next((word.by_role for word in words if word.word == APPROVED and word.newer), None)
    return not_approved(
        asked.approval, _first_line(asked.approval.get("file")), row if asked.approval.get("row") else None
    )


def _first_line(path: str | None) -> str | None:
    if not path:
        return None
    try:
        return (Path(path).read_text(encoding="utf-8").splitlines() or [""])[0]
    except (OSError, ValueError):
        return None
