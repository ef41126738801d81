# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done about a link: the difference between what is and what is wanted; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .errors import MigrationError
from .first_copy import DONE, FAILED, CopyFacts
from .link import LaneFacts, LaneSpec
from .plan import Step
from .relations import TableName
from .sides import Direction


@dataclass(frozen=True)
class LaneState:
    """A lane as it should be and as it is; ``filled`` are its tables that hold rows where a first copy would go."""

    spec: LaneSpec
    facts: LaneFacts
    filled: tuple[TableName, ...] = ()

    def as_lines(self) -> list[str]:
        """Return what does not change by itself, one fact a line."""
        tables = sorted(
            f"  publishes {one.table}" + (f" ({', '.join(one.columns)})" if one.columns else "")
            for one in self.facts.published or ()
        )
        return [
            f"{self.spec.name}:",
            f"  publication: {self.facts.published is not None}",
            *tables,
            f"  slot: {self.facts.slot}",
            f"  subscription: {self.facts.subscription}",
            f"  enabled: {self.facts.enabled}",
        ]


@dataclass(frozen=True)
class LinkState:
    """All lanes of one direction. ``armed_only``: the pair cannot have both links at once (below 16).

    ``copy``: the first copy from a snapshot, ``None`` where there never was one, and for the way back.
    """

    direction: Direction
    armed_only: bool
    lanes: tuple[LaneState, ...]
    copy: CopyFacts | None = None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "direction": str(self.direction),
            "armed_only": self.armed_only,
            "lanes": {lane.spec.name: lane.facts.as_result() for lane in self.lanes},
            "first_copy": self.copy.as_result() if self.copy else None,
        }

    def as_diff(self) -> str:
        """Return one fact a line."""
        return "\n".join(line for lane in self.lanes for line in lane.as_lines()) + "\n"


@dataclass(frozen=True)
class How:
    """``armed_only``: prepare the link and let nothing flow. ``snapshot``: the first copy's worker subscribes."""

    armed_only: bool
    snapshot: bool


def _present(lane: LaneState, how: How) -> tuple[list[Step], LaneFacts]:
    spec, facts, steps = lane.spec, lane.facts, []
    _refuse_what_would_lose_or_double_rows(lane, how.armed_only)
    if facts.published is None:
        steps.append(Step(f"publish {len(spec.tables)} tables as {spec.name}", "create_publication", spec))
    elif set(facts.published) != set(spec.tables):
        steps.append(Step(f"change the tables of {spec.name}", "change_publication", spec))
    armed_only, by_worker = how.armed_only, how.snapshot and not facts.subscription
    if not facts.slot and not facts.subscription and not armed_only and not by_worker:
        steps.append(Step(f"make the slot {spec.name}", "create_slot", spec))
    if not facts.subscription and not by_worker:
        steps.append(Step(f"subscribe to {spec.name}", "arm" if armed_only else "subscribe", spec))
    elif facts.subscription and not facts.enabled and not armed_only:
        steps.append(Step(f"enable {spec.name}", "enable", spec))
    if facts.subscription and not {one.table for one in spec.tables} <= set(facts.states):
        steps.append(Step(f"refresh {spec.name}", "refresh", spec))
    live = facts.enabled or not armed_only
    wanted = replace(facts, published=spec.tables, slot=facts.slot or live, subscription=True, enabled=live)
    return steps, wanted


def _refuse_what_would_lose_or_double_rows(lane: LaneState, armed_only: bool) -> None:
    if lane.facts.subscription and not lane.facts.slot and not armed_only:
        raise MigrationError(
            "BG305",
            f"{lane.spec.name} has a subscription whose slot is gone: what was written since then never arrived",
            "Blue is in service and untouched; green's copy is not complete",
            "Run rollback to undo the migration, empty green, and start again with setup",
        )
    if lane.filled:
        names = ", ".join(str(name) for name in lane.filled[:5])
        raise MigrationError(
            "BG306",
            f"{len(lane.filled)} tables of green hold rows already ({names}): a first copy would double them",
            "Nothing was changed",
            "Empty these tables on green, or recreate green's database and run setup again",
        )


def copy_steps(lanes: tuple[LaneState, ...], copy: CopyFacts | None) -> list[Step]:
    """Return the start of the first copy for the lanes that have no subscription, unless a worker is at it."""
    lacking = tuple(lane.spec for lane in lanes if not lane.facts.subscription)
    if not lacking or (copy is not None and copy.alive and copy.phase != FAILED):
        return []
    tables = sum(len(spec.tables) for spec in lacking)
    anew = " anew" if copy is not None and copy.phase not in (DONE, FAILED) else ""
    return [Step(f"copy {tables} tables from a snapshot{anew}, and subscribe", "copy_snapshot", lacking)]


def _absent(lane: LaneState, _how: How) -> tuple[list[Step], LaneFacts]:
    spec, facts, steps = lane.spec, lane.facts, []
    if facts.subscription or facts.slot:
        steps.append(Step(f"drop subscription and slot {spec.name}", "unsubscribe", spec))
    if facts.published is not None:
        steps.append(Step(f"drop the publication {spec.name}", "unpublish", spec))
    return steps, LaneFacts()


def _enabled(lane: LaneState, _how: How) -> tuple[list[Step], LaneFacts]:
    if not lane.facts.subscription or lane.facts.enabled:
        return [], lane.facts
    return [Step(f"enable {lane.spec.name}", "enable", lane.spec)], replace(lane.facts, enabled=True)


def _disabled(lane: LaneState, _how: How) -> tuple[list[Step], LaneFacts]:
    if not lane.facts.enabled:
        return [], lane.facts
    return [Step(f"disable {lane.spec.name}", "disable", lane.spec)], replace(lane.facts, enabled=False)


PLANS = {"present": _present, "absent": _absent, "enabled": _enabled, "disabled": _disabled}
