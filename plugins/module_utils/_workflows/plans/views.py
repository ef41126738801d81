# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refreshes the materialized views of the side out of service, which no link does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.errors import ConnectionLost, DatabaseError, DeadlineReached, MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.plans.views import NOT_FRESH, Asked, Standing, View, in_words, refresh_line, some, why_not
from ..._domain.preflight.acceptance import Acceptance, accepts
from ..._domain.relations import parse_table_name, quoted
from ..._domain.service.journal import newest_opened
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._postgres.plans import views as store
from ..._postgres.service.situation import read_own_situation
from ..._postgres.sides import Sides
from ..ports import Ports
from .out_of_service import out_of_service

_TIME_IS_UP = "57014"
_LONGER = "Give it longer (bluegreen_refresh_views_timeout), or refresh it yourself"


@dataclass(frozen=True)
class ViewsState:
    """The views of the side out of service, and what is asked for.

    ``left``: what the slice before has left; ``unfinished``: the results of a slice that is not the last one.
    """

    standing: Standing
    asked: Asked
    left: Mapping[str, Any] | None = None
    unfinished: Mapping[str, Any] = field(default_factory=dict)

    @property
    def due(self) -> tuple[View, ...]:
        """Return the views to refresh, in their order; of a run that goes on, what it has left."""
        if self.left is None:
            return self.standing.due(self.asked)
        names = set(self.left["views"])
        return tuple(view for view in self.standing.views if str(view.name) in names)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "side": str(self.standing.side),
            "views": self.standing.as_result(),
            "lines": self.standing.lines(),
            **self.unfinished,
        }

    def as_diff(self) -> str:
        """Return for each view whether it holds rows, and whether they are newer than the last switch."""
        refreshed = self.standing.refreshed
        newer = {name for name, last in refreshed.items() if last.epoch == self.asked.epoch}
        return "".join(
            f"{view.name}: {'populated' if view.populated else 'not populated'}, "
            f"{'refreshed' if view.name in newer else 'not refreshed'} since the last switch\n"
            for view in self.standing.views
            if view.name in self.standing.wanted
        )


class RefreshViews:
    """Refreshes what holds rows on either side; whatever fails is told at the end, with what helps."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._timeout: float = params["timeout"]
        self._max_age: float | None = params["max_age"]
        self._excluded = [str(parse_table_name(name)) for name in params["exclude_tables"]]
        self._acceptances = [Acceptance.from_parameters(entry) for entry in params["accepted"]]
        self._may_write = ports.may_write
        self._sides = ports.sides
        self._failed: dict[str, tuple[str, str]] = {}
        self._resume: dict[str, Any] | None = params["resume"]
        self._slice: float = params["slice"] if params["slice"] is not None else float("inf")
        self._elapsed = float((self._resume or {}).get("elapsed") or 0.0)
        self._done = int((self._resume or {}).get("done") or 0)
        self._left: list[View] = []
        self._began = time.monotonic()

    def observe(self) -> ViewsState:
        """Read the views of both sides, and when we refreshed them.

        :raises MigrationError: BG502 when it is not clear which side is out of service
        """
        situation = read_own_situation(self._sides)
        standing = read_standing_of_views(self._sides, out_of_service(situation))
        today = datetime.now(timezone.utc).date()
        names = [str(view.name) for view in standing.views]
        accepted = [name for name in names if accepts(self._acceptances, NOT_FRESH, name, today)]
        left_alone = frozenset({*self._excluded, *accepted})
        return ViewsState(standing, Asked(newest_switch(situation), self._max_age, left_alone), self._resume)

    def plan(self, before: ViewsState) -> Plan[ViewsState]:
        """Plan a step for each view that is due.

        :raises MigrationError: BG560 in check mode for views that the real run could not refresh
        """
        standing, due = before.standing, before.due
        told = (before.left or {}).get("failed") or {}
        if not due and told:
            raise _not_refreshed(standing.side, told, self._done)
        if not due:
            return Plan(before)
        session = self._sides.session(standing.side)
        role, maintain = quoted(store.read_role(session)), Capability.MAINTAIN.of(session.major)
        refused = {str(view.name): found for view in due if (found := why_not(view, role, maintain=maintain))}
        if refused and not self._may_write:
            raise _not_refreshed(standing.side, refused, 0)
        self._failed = {**{name: (why, fix) for name, (why, fix) in told.items()}, **refused}
        steps = tuple(Step(_title(view, standing.side), partial(self._refresh, before, view)) for view in due)
        self._left = list(due)
        return Plan(ViewsState(standing.after(due, before.asked.epoch), before.asked), steps)

    def execute(self, plan: Plan[ViewsState]) -> ViewsState:
        """Refresh one view after the other; each is recorded, so that the next run goes on from there.

        :raises MigrationError: BG560 naming those that could not be refreshed
        """
        side = plan.projected.standing.side
        session = self._sides.session(side)
        self._deadline = Deadline(max(0.0, self._timeout - self._elapsed), "Refreshing materialized views")
        self._settings = store.read_settings(session)
        store.make_room(session)
        for step in plan.steps:
            plan.record.perform(step)
            if self._left and time.monotonic() - self._began >= self._slice:
                session.set_deadline(None)
                return self._unfinished(self.observe())
        session.set_deadline(None)
        if self._failed:
            raise _not_refreshed(side, self._failed, self._done)
        return replace(self.observe(), left=None)

    def _unfinished(self, state: ViewsState) -> ViewsState:
        elapsed = self._elapsed + time.monotonic() - self._began
        standing = state.standing
        line = refresh_line(standing.side, self._done, len(self._failed), self._left, elapsed, standing.refreshed)
        resume = {
            "elapsed": elapsed,
            "done": self._done,
            "views": [str(view.name) for view in self._left],
            "failed": {name: list(why) for name, why in self._failed.items()},
        }
        return replace(state, unfinished={"progress": [line], "resume": resume})

    def _refresh(self, state: ViewsState, view: View) -> None:
        side, name = state.standing.side, str(view.name)
        self._left.remove(view)
        if name in self._failed:
            return
        if not self._deadline.left():
            self._failed[name] = (f"no time was left of {self._timeout:g} s", _LONGER)
            return
        session = self._sides.session(side)
        try:
            session.set_deadline(self._deadline)
            store.refresh(session, self._sides.migration, view, state.asked.epoch, self._settings)
            self._done += 1
        except ConnectionLost:
            raise
        except DeadlineReached:
            self._failed[name] = (f"it did not end within {self._timeout:g} s", _LONGER)
        except DatabaseError as error:
            self._failed[name] = _why(error, side, self._timeout)


def read_standing_of_views(sides: Sides, side: Side) -> Standing:
    """Return the views of a side, and which of them hold rows on either side."""
    session = sides.session(side)
    views = store.read_views(session)
    others = store.read_populated(sides.session(side.other)) if views else {}
    wanted = frozenset(view.name for view in views if view.populated or others.get(view.name))
    return Standing(side, views, wanted, store.read_refreshed(session, sides.migration))


def newest_switch(situation: Situation) -> int:
    """Return the number of the newest switch, 0 before the first one."""
    opened = newest_opened(situation.entries)
    return opened.epoch if opened is not None else 0


def _not_refreshed(side: Side, failed: Mapping[str, tuple[str, str]], done: int) -> MigrationError:
    """Return the error that names views with the reasons and with what helps.

    :param failed: why, and what helps, by name
    :param done: how many were refreshed by this run
    """
    told = some([f"{name}: {why}" for name, (why, _fix) in failed.items()])
    fixes = "; ".join(dict.fromkeys(fix for _why, fix in failed.values()))
    return MigrationError(
        NOT_FRESH,
        f"{len(failed)} materialized view{'s' if len(failed) > 1 else ''} of {side} cannot be refreshed ({told})",
        f"This run has refreshed {done} others; the side in service is untouched",
        f"{fixes}. Then run the same command again, which goes on with what is left; or accept each view by its name",
        {"failed": [{"name": name, "why": why, "fix": fix} for name, (why, fix) in failed.items()]},
    )


def _why(error: DatabaseError, side: Side, seconds: float) -> tuple[str, str]:
    if error.sqlstate == _TIME_IS_UP:
        return f"it did not end within {seconds:g} s", _LONGER
    tried = f"Try it as its owner on {side}: SET default_transaction_read_only = off; REFRESH MATERIALIZED VIEW …"
    return in_words(error.what, error.sqlstate, side), tried


def _title(view: View, side: Side) -> str:
    return f"refresh {view.name} on {side}{' concurrently' if view.concurrently else ''}"
