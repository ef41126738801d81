# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One switch that is hit at one place under writers, its ending, and everything that is wrong with that."""

from __future__ import annotations

import time
from bisect import bisect_left
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from demo.ledger_check import hold_against
from demo.writers import PROBE
from tests.chaos.evidence import both_writable, local_commits
from tests.chaos.faults import OVERSLEEP_SECONDS, Fault
from tests.chaos.saboteurs import Writers
from tests.chaos.steps import named, other
from tests.live.migration import LiveMigration
from tests.live.modules import ModuleFailed, SwitchProcess
from tests.live.stop import Act, Event, Moment, Stop

_CALM_SECONDS = 0.2
_SWITCH_SECONDS = 60.0
_WATCHDOG_SECONDS = 40.0
_GRACE_SECONDS = 1.0  # beyond the deadline: starting a watchdog's work, reconnecting
_CONVERGE_SECONDS = 20.0
_RETRY_SECONDS = 0.3


@dataclass(frozen=True)
class Place:
    """Where one switch is hit. `step` is one of STEPS."""

    fault: Fault
    step: str
    moment: Moment
    wait: int
    target: str

    def __str__(self) -> str:
        where = f"{self.moment} '{named(self.step, self.target)}'"
        return f"{self.fault.name} {where}" + (f", wait {self.wait}" if self.moment is Moment.INSIDE else "")

    @property
    def stop(self) -> Stop:
        """Return it for the process."""
        return Stop(named(self.step, self.target), self.moment, self.fault.act, self.wait, OVERSLEEP_SECONDS)


@dataclass
class Ending:
    """How a trial ended. It was clean if it hit and nothing is wrong; `stall`: seconds without a write."""

    place: Place
    hit: bool = False
    wrong: list[str] = field(default_factory=list)
    stall: float = 0.0
    tries: int = 0

    @property
    def clean(self) -> bool:
        """Whether it hit its step and nothing is wrong."""
        return self.hit and not self.wrong


def run_trial(migration: LiveMigration, place: Place, folder: Path) -> Ending:
    """Switch to the place's target, which must not be in service, under writers; `folder` is for their ledger."""
    writers = Writers(migration, folder)
    ending = Ending(place)
    try:
        writers.start()
        time.sleep(_CALM_SECONDS)
        _disturb(migration, place, writers, ending)
        _converge(migration, place, ending)
        time.sleep(_CALM_SECONDS)
    finally:
        writers.stop()
    info = migration.info()
    _judge_writes(migration, info, writers, ending)
    _judge_journal(info, ending)
    return ending


def _disturb(migration: LiveMigration, place: Place, writers: Writers, ending: Ending) -> None:
    switch = _start(migration, place)
    hit = switch.await_hit()
    if hit is not None:
        place.fault.strike(migration, switch)
    recovers_from = time.monotonic() if place.fault.downs or place.fault.name == "bouncer" else None
    result = switch.wait(_SWITCH_SECONDS)
    if hit is None:
        ending.wrong.append(f"it never came to its step: {result.get('msg', result)}")
        return
    if switch.await_nothing_left(_WATCHDOG_SECONDS):
        ending.hit = _was_inside(switch, hit, place)
    else:
        ending.wrong.append(f"it has left processes that still run after {_WATCHDOG_SECONDS:g} s")
    ending.stall = _await_service(writers, recovers_from or hit.at)
    limit = place.fault.deadline + _GRACE_SECONDS
    if ending.stall > limit:
        ending.wrong.append(f"no write for {ending.stall:.1f} s, which is more than {limit:g} s")
    _judge_result(migration, result, ending)


def _start(migration: LiveMigration, place: Place) -> SwitchProcess:
    if place.fault.playbook:
        return migration.start_playbook(place.target, place.stop)
    return migration.start_switch(place.target, place.stop, **place.fault.parameters)


def _was_inside(switch: SwitchProcess, hit: Event, place: Place) -> bool:
    """Prove by the process's own events, and by its death, that the step was hit where it should be."""
    if place.fault.act is Act.KILL and switch.process.returncode != -9:
        return False
    of_step = [event.event for event in switch.events[: switch.events.index(hit)] if event.step == hit.step]
    return of_step == (["began", "ended"] if place.moment is Moment.AFTER else ["began"])


def _await_service(writers: Writers, since: float) -> float:
    """Wait until the application has written after now, and return its longest pause since then, in seconds."""
    settled = time.monotonic()
    while True:
        moments = writers.application.results().commits[PROBE]
        if moments and moments[-1] > settled:
            after = [since, *moments[bisect_left(moments, since) :]]
            return max(later - earlier for earlier, later in pairwise(after))
        if time.monotonic() - settled > _CONVERGE_SECONDS:
            return time.monotonic() - since
        time.sleep(_CALM_SECONDS / 4)


def _judge_result(migration: LiveMigration, result: dict[str, Any], ending: Ending) -> None:
    """Compare what the switch reported about its end with the facts."""
    if not result:
        return
    info = migration.info()
    if not result.get("failed") and info["in_service"] != ending.place.target:
        ending.wrong.append(f"it said that it had switched, but {info['in_service']} is in service")
    undone = "Everything was undone" in result.get("msg", "")
    if undone and (info["in_service"] == ending.place.target or info["journal"][-1]["event"] != "undone"):
        ending.wrong.append(f"it said that it was undone: {info['in_service']} serves, {info['journal'][-1]}")
    if "Traceback" in str(result):
        ending.wrong.append(f"it broke: {result}")


def _converge(migration: LiveMigration, place: Place, ending: Ending) -> None:
    """Run the same command again. If no server was away it must succeed at once; a further run must have nothing to
    do."""
    deadline = time.monotonic() + (_CONVERGE_SECONDS if place.fault.downs else 0.0)
    while True:
        ending.tries += 1
        try:
            result = _again(migration, place)
        except ModuleFailed as error:
            if time.monotonic() < deadline:
                time.sleep(_RETRY_SECONDS)
                continue
            ending.wrong.append(f"the same command again failed: {error}")
            return
        break
    if result["in_service"] != place.target:
        ending.wrong.append(f"the same command again left {result['in_service']} in service")
    elif migration.switch(place.target)["changed"]:
        ending.wrong.append("the same command a third time still changed something")


def _again(migration: LiveMigration, place: Place) -> dict[str, Any]:
    if place.fault.playbook:
        played = migration.start_playbook(place.target).wait()
        if played["failed"]:
            raise ModuleFailed(played["msg"])
        return migration.info()
    return migration.switch(place.target)


def _judge_writes(migration: LiveMigration, info: dict[str, Any], writers: Writers, ending: Ending) -> None:
    target = ending.place.target
    names = writers.names()
    old, new = local_commits(migration, other(target), names), local_commits(migration, target, names)
    twice = both_writable(old, new)
    if twice:
        ending.wrong.append(f"both sides were writable for {twice.total_seconds():.6f} s")
    refusals = writers.refusals()
    if not (old.count and new.count and all(refusals.values())):
        ending.wrong.append(f"it proves nothing: {old.count} and {new.count} commits, {refusals} refusals")
    if fatal := writers.fatal_errors():
        ending.wrong.append(f"writers met what no retry cures: {fatal[0]}")
    with closing(migration.connect(info["in_service"] or target)) as opened:
        opened.autocommit = False
        verdict = hold_against(opened, writers.folder)
    if not verdict.clean:
        ending.wrong.append(f"the ledger is red: {verdict}")


def _judge_journal(info: dict[str, Any], ending: Ending) -> None:
    """Check that facts and journals agree and end with the target in service."""
    target = ending.place.target
    told = [(entry["epoch"], entry["event"], entry["target"]) for entry in info["journal"]]
    fences = [(epoch, side) for epoch, event, side in told if event == "fenced"]
    ended = {epoch for epoch, event, _side in told if event in ("opened", "withdrawn")}
    if info["contradiction"] or info["pending_target"] or info["in_service"] != target:
        facts = {key: info[key] for key in ("in_service", "pending_target", "contradiction")}
        ending.wrong.append(f"the status says {facts}")
    if not fences or max(fences)[1] != target:
        ending.wrong.append(f"the journal's last fence is not for {target}: {told[-6:]}")
    if open_ended := [epoch for epoch, _side in fences if epoch not in ended]:
        ending.wrong.append(f"the journal does not say how the switches {open_ended} ended")
