# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to change about a link: the difference between the present and the wanted state; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Callable

from ..copy.first_copy import DONE, FAILED, CopyFacts
from ..errors import MigrationError
from ..lanes.link import LaneFacts, LaneSpec, tables_hold_rows
from ..lanes.positions import lsn_number
from ..lanes.source import NOT_KNOWN, Crossing
from ..plan import Step, StepResult
from ..relations import TableName
from ..service.advice import after_a_failover, after_a_gap, before_a_copy_to
from ..service.situation import Situation
from ..sides import Direction
from .verbs import LaneVerbs


@dataclass(frozen=True)
class LaneState:
    """A lane as it should be and as it is.

    ``filled``: its tables that hold rows where a first copy would go; ``options``: those of its subscription.
    ``brings_rows``: rows that joining tables already have must be copied. ``crossing``: its subscription was made to
    read from elsewhere than the publisher's present primary.
    """

    spec: LaneSpec
    facts: LaneFacts
    filled: tuple[TableName, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    brings_rows: bool = False
    crossing: Crossing | None = None

    def after_its_copy(self) -> LaneState:
        """Return it as the first copy leaves it; the copy creates slot and subscription."""
        return replace(
            self, facts=replace(self.facts, slot=True, subscription=True, enabled=True, options=self.options)
        )

    def as_lines(self) -> list[str]:
        """Return the facts that do not change by themselves, one per line."""
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
            *(["  reads from another place than the present primary"] if self.crossing else []),
            *(f"  {name}: {value}" for name, value in sorted(self.facts.options.items())),
        ]


@dataclass(frozen=True)
class Remnants:
    """Leftovers of dropped subscriptions: slots of table copies on the publisher, origins on the subscriber.

    Killed backfills and repairs leave origins too, and killed switches ``early_slots`` on the publisher.

    ``publications``: of lanes that the link does not get, left by an attempt with more of them.
    """

    sync_slots: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()
    early_slots: tuple[str, ...] = ()

    def as_lines(self) -> list[str]:
        """Return one fact per line."""
        every = (*self.sync_slots, *self.origins, *self.publications, *self.early_slots)
        return [f"left behind: {name}" for name in every]

    def steps(self, verbs: LaneVerbs) -> list[Step]:
        """Return the steps that remove them."""
        return [
            *(Step(f"drop the slot {name}, which a copy of a table has left", partial(verbs.drop_slot, name))
              for name in self.sync_slots),
            *(Step(f"drop the slot {name}, which a killed switch has left", partial(verbs.drop_slot, name))
              for name in self.early_slots),
            *(Step(f"drop the origin {name}, which nothing uses any more", partial(verbs.drop_origin, name))
              for name in self.origins),
            *(Step(f"drop the publication {name} of a lane too many", partial(verbs.drop_publication, name))
              for name in self.publications),
        ]  # fmt: skip


@dataclass(frozen=True)
class LinkState:
    """All lanes of one direction. ``armed_only``: the link must stay parked, since only one may be live (below 16).

    ``copy``: the first copy from a snapshot, ``None`` if there never was one, and for the way back. ``situation``: the
    side in service, on which the advice in a refusal depends.
    """

    direction: Direction
    armed_only: bool
    lanes: tuple[LaneState, ...]
    situation: Situation
    copy: CopyFacts | None = None
    remnants: Remnants = Remnants()

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "direction": str(self.direction),
            "armed_only": self.armed_only,
            "lanes": {lane.spec.name: lane.facts.as_result() for lane in self.lanes},
            "first_copy": self.copy.as_result() if self.copy else None,
        }

    def as_diff(self) -> str:
        """Return one fact per line; while a first copy is under way, the state that it leads to."""
        copying = self.copy is not None and self.copy.alive and self.copy.phase not in (DONE, FAILED)
        lanes = [lane.after_its_copy() if copying else lane for lane in self.lanes]
        lines = [*(line for lane in lanes for line in lane.as_lines()), *self.remnants.as_lines()]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class How:
    """How to create this link.

    ``armed_only``: prepare it without letting rows flow. ``copy``: how green gets existing rows, ``none`` also for a
    link into the side in service. ``situation``: as in :class:`LinkState`. ``start_lsn``: where the rows that green
    already has end.
    """

    armed_only: bool
    copy: str
    situation: Situation
    start_lsn: str | None = None


def leads_into_service(direction: Direction, situation: Situation) -> bool:
    """Tell whether the link comes from a side that takes no writes: it brings nothing, and nothing can be missing.

    A side is drained before it goes out of service, except in an emergency.
    """
    drained = not any(one.in_emergency for one in situation.entries)
    return situation.in_service is direction.subscriber and drained and not situation.contradiction()


def _present(lane: LaneState, how: How, verbs: LaneVerbs) -> tuple[list[Step], LaneFacts]:
    steps = []
    if _may_be_made_anew(lane, how):
        removal, facts = _absent(lane, how, verbs)
        steps += removal
        lane = replace(lane, facts=facts)
    _refuse_to_read_on(lane, how)
    _refuse_what_would_lose_or_double_rows(lane, how)
    spec, facts = lane.spec, lane.facts
    if facts.published is None:
        steps.append(Step(f"publish {len(spec.tables)} tables as {spec.name}", partial(verbs.create_publication, spec)))
    elif facts.all_tables:
        steps.append(
            Step(f"publish {len(spec.tables)} tables by name as {spec.name}", partial(verbs.replace_publication, spec))
        )
    elif set(facts.published) != set(spec.tables):
        steps.append(Step(f"change the tables of {spec.name}", partial(verbs.change_publication, spec)))
    steps += _led(lane, how, verbs)
    steps += _mended(lane, how, verbs) if facts.subscription else _subscribed(spec, facts, how, verbs)
    live = facts.enabled or not how.armed_only
    wanted = replace(
        facts, published=spec.tables, slot=facts.slot or live, subscription=True, enabled=live, options=lane.options
    )
    return steps, wanted


def _subscribed(spec: LaneSpec, facts: LaneFacts, how: How, verbs: LaneVerbs) -> list[Step]:
    if how.armed_only:
        return [Step(f"subscribe to {spec.name}", partial(verbs.arm, spec))]
    if how.copy == "snapshot":
        return []  # its worker does this
    steps = []
    if not facts.slot:
        steps.append(Step(f"make the slot {spec.name}", partial(verbs.create_slot, spec)))
    elif how.start_lsn:
        steps.append(
            Step(f"let the slot {spec.name} begin at {how.start_lsn}", partial(verbs.begin_at, spec, how.start_lsn))
        )
    return [*steps, Step(f"subscribe to {spec.name}", partial(verbs.subscribe, spec, how.copy == "native"))]


def _led(lane: LaneState, how: How, verbs: LaneVerbs) -> list[Step]:
    """Return the step that lets an existing subscription read from the publisher's present primary."""
    if lane.crossing is None or not lane.facts.subscription:
        return []
    spec, place = lane.spec, lane.crossing.place
    unused = leads_into_service(spec.direction, how.situation)
    source = lane.crossing.after(lane.facts.as_read(spec.name), nothing_missing=unused)
    title = f"let {spec.name} read from {spec.direction.publisher} at {place}"
    return [Step(title, partial(verbs.lead, spec, source))]


def _connected(lane: LaneState, how: How, verbs: LaneVerbs) -> tuple[list[Step], LaneFacts]:
    _refuse_to_read_on(lane, how)
    return _led(lane, how, verbs), lane.facts


def _refuse_to_read_on(lane: LaneState, how: How) -> None:
    """Refuse to resume after a failover of the publisher where rows would or could be missing."""
    spec, crossing = lane.spec, lane.crossing
    if crossing is None or how.armed_only or leads_into_service(spec.direction, how.situation):
        return
    read = lane.facts.as_read(spec.name)
    hazard = crossing.hazard(read)
    if hazard is None:
        return
    publisher, subscriber = spec.direction.publisher, spec.direction.subscriber
    raise MigrationError(
        hazard.code,
        f"{str(publisher).capitalize()} has failed over: {crossing.place} is its primary now, and {hazard.words}",
        f"Nothing was changed, and nothing flows; rows of {publisher} may be missing on {subscriber}",
        after_a_failover(spec.direction, how.situation, known=hazard.code != NOT_KNOWN),
        crossing.as_details(read),
    )


def _mended(lane: LaneState, how: How, verbs: LaneVerbs) -> list[Step]:
    """Return the steps that an existing subscription needs."""
    spec, facts, steps = lane.spec, lane.facts, []
    if not facts.attached and facts.slot:
        steps.append(Step(f"give {spec.name} its slot again", partial(verbs.attach, spec)))
    other = {name: value for name, value in lane.options.items() if facts.options.get(name) != value}
    if other:
        words = ", ".join(f"{name} = {value}" for name, value in other.items())
        steps.append(Step(f"set {words} of {spec.name}", partial(verbs.set_options, spec, other)))
    if not facts.enabled and not how.armed_only:
        steps.append(Step(f"enable {spec.name}", partial(verbs.enable, spec)))
    if {one.table for one in spec.tables} != set(facts.states):
        if facts.enabled or not how.armed_only:
            steps.append(Step(f"refresh {spec.name}", partial(verbs.refresh, spec, lane.brings_rows)))
        else:  # a stopped one cannot be refreshed, and has nothing to lose
            steps += [
                Step(f"drop the subscription {spec.name}", partial(verbs.unsubscribe, spec)),
                Step(f"subscribe to {spec.name}", partial(verbs.arm, spec)),
            ]
    return steps


def _may_be_made_anew(lane: LaneState, how: How) -> bool:
    """Tell whether a lane has lost one of its parts without losing any rows."""
    facts, unused = lane.facts, leads_into_service(lane.spec.direction, how.situation)
    unpublished = facts.published is None and facts.slot
    if not facts.subscription:
        return unpublished and (unused or how.copy == "native")
    broken = unpublished or not facts.slot or facts.slot_lost
    return unused and broken and not how.armed_only


def _refuse_what_would_lose_or_double_rows(lane: LaneState, how: How) -> None:
    spec, facts = lane.spec, lane.facts
    name, publisher, subscriber = spec.name, spec.direction.publisher, spec.direction.subscriber
    stands = f"Nothing was changed; what {subscriber} has of {publisher} is not complete"
    todo = after_a_gap(spec.direction, how.situation)
    if facts.subscription and (not facts.slot or facts.slot_lost) and not how.armed_only:
        raise MigrationError(
            "BG305",
            f"{name} has a subscription whose slot is gone: what was written since then never arrived",
            stands,
            todo,
        )
    if facts.slot and facts.published is None and (facts.subscription or how.copy == "none") and not how.armed_only:
        raise MigrationError(
            "BG308",
            f"The publication {name} is gone, but its slot is not: what was written since then cannot arrive",
            stands,
            todo,
        )
    if how.start_lsn and not facts.subscription:
        _require_reach(name, facts, how.start_lsn)
    if lane.filled:
        raise tables_hold_rows(map(str, lane.filled), subscriber, before_a_copy_to(subscriber, how.situation))


def _require_reach(name: str, facts: LaneFacts, lsn: str) -> None:
    try:
        wanted = lsn_number(lsn)
    except ValueError:
        raise _no_start(f"{lsn} is not a position in the WAL", "Write it like 16/B374D848") from None
    if not facts.slot or facts.published is None:
        raise _no_start(
            f"{name} has no publication and slot from before {lsn}",
            "Create them before the physical copy is taken, as docs/physical_copy.md says",
        )
    if facts.slot_lost or facts.position is None or lsn_number(facts.position) > wanted:
        raise _no_start(
            f"The slot {name} begins at {facts.position}, after {lsn}: rows between would be missing",
            "Take the physical copy again, with the slot made before",
        )


def _no_start(what: str, todo: str) -> MigrationError:
    return MigrationError("BG309", what, "Nothing was changed", todo)


def copy_steps(
    lanes: tuple[LaneState, ...], copy: CopyFacts | None, begin: Callable[[tuple[LaneSpec, ...]], None]
) -> list[Step]:
    """Return the start of the first copy for the lanes without a subscription, unless a worker is active."""
    lacking = tuple(lane.spec for lane in lanes if not lane.facts.subscription)
    if not lacking or (copy is not None and copy.alive and copy.phase != FAILED):
        return []
    tables = sum(len(spec.tables) for spec in lacking)
    anew = " anew" if copy is not None and copy.phase not in (DONE, FAILED) else ""
    return [Step(f"copy {tables} tables from a snapshot{anew}, and subscribe", partial(begin, lacking))]


def after_some_steps(stands: str, done: Sequence[StepResult]) -> str:
    """Return where things stand when a later step failed: what was done before stays."""
    titles = [step.title for step in done if step.changed]
    return f"{stands}. What was done before it stays: {', '.join(titles)}" if titles else stands


def _absent(lane: LaneState, _how: How, verbs: LaneVerbs) -> tuple[list[Step], LaneFacts]:
    spec, facts, steps = lane.spec, lane.facts, []
    if facts.subscription or facts.slot:
        steps.append(Step(f"drop subscription and slot {spec.name}", partial(verbs.unsubscribe, spec)))
    if facts.published is not None:
        steps.append(Step(f"drop the publication {spec.name}", partial(verbs.unpublish, spec)))
    return steps, LaneFacts()


def _enabled(lane: LaneState, _how: How, verbs: LaneVerbs) -> tuple[list[Step], LaneFacts]:
    if not lane.facts.subscription or lane.facts.enabled:
        return [], lane.facts
    return [Step(f"enable {lane.spec.name}", partial(verbs.enable, lane.spec))], replace(lane.facts, enabled=True)


def _disabled(lane: LaneState, _how: How, verbs: LaneVerbs) -> tuple[list[Step], LaneFacts]:
    if not lane.facts.enabled:
        return [], lane.facts
    return [Step(f"disable {lane.spec.name}", partial(verbs.disable, lane.spec))], replace(lane.facts, enabled=False)


PLANS = {"present": _present, "absent": _absent, "enabled": _enabled, "disabled": _disabled, "connected": _connected}
