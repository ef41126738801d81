# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materialized views: which are to be refreshed on the side out of service, in which order and how. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..progress import duration
from ..relations import TableName
from ..sides import Side

NOT_FRESH = "BG560"
_NAMED = 5
# Messages of these classes name objects, locks and limits; those of others may show values of rows.
_TELL_NO_VALUES = ("25", "40", "42", "53", "54", "55", "57", "58")


@dataclass(frozen=True)
class Refresh:
    """A refresh by us: after which switch, for how many seconds, how many seconds ago; ``None`` before it is done."""

    epoch: int
    seconds: float | None = None
    age: float | None = None


@dataclass(frozen=True)
class View:
    """A materialized view of one side.

    ``path``: its owner's search_path, ``None`` if he has none of his own. ``may_maintain``: our role may refresh it;
    ``may_act``: it may act as its owner. ``concurrently``: readers need not wait. ``reads``: the materialized views
    that its query reads, also through plain views. ``code``: functions that it calls and that roles other than
    superusers can write.
    """

    name: TableName
    oid: int
    path: str | None
    may_maintain: bool
    may_act: bool
    concurrently: bool
    populated: bool
    owner: str
    of_superuser: bool
    reads: frozenset[TableName] = frozenset()
    code: tuple[str, ...] = ()

    @property
    def runs_code_as_superuser(self) -> bool:
        """Tell whether its query runs as a superuser what somebody else can write."""
        return self.of_superuser and bool(self.code)

    @property
    def is_ours_to_refresh(self) -> bool:
        """Tell whether our role refreshes it."""
        return not self.runs_code_as_superuser and (self.may_maintain or self.may_act)


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    ``epoch``: the newest switch. ``max_age``: how many seconds old a view may be, ``None`` for any age since that
    switch. ``left_alone``: names that are excluded or accepted.
    """

    epoch: int
    max_age: float | None
    left_alone: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """The materialized views of ``side``, in an order in which each follows those that it reads.

    ``wanted``: those that hold rows on either side. ``refreshed``: by us.
    """

    side: Side
    views: tuple[View, ...]
    wanted: frozenset[TableName]
    refreshed: Mapping[TableName, Refresh]

    def due(self, asked: Asked) -> tuple[View, ...]:
        """Return the views to refresh, in their order; a view follows when one that it reads is refreshed."""
        found: dict[TableName, View] = {}
        for view in self.views:
            if str(view.name) in asked.left_alone or view.name not in self.wanted:
                continue
            if not view.reads.isdisjoint(found) or self._is_stale(view, asked):
                found[view.name] = view
        return tuple(found.values())

    def stale(self, asked: Asked) -> tuple[str, ...]:
        """Return the names of views that hold rows, and older ones than what is asked for."""
        return tuple(str(view.name) for view in self.due(asked) if view.populated)

    def _is_stale(self, view: View, asked: Asked) -> bool:
        last = self.refreshed.get(view.name)
        if not view.populated or last is None or last.epoch != asked.epoch:
            return True
        return asked.max_age is not None and (last.age is None or last.age >= asked.max_age)

    def after(self, due: Iterable[View], epoch: int) -> Standing:
        """Return how it will be when these views are refreshed."""
        names = {view.name for view in due}
        views = tuple(replace(view, populated=view.populated or view.name in names) for view in self.views)
        return replace(self, views=views, refreshed={**self.refreshed, **{name: Refresh(epoch) for name in names}})

    def as_result(self) -> list[dict[str, Any]]:
        """Return every view that holds rows on either side, JSON-ready."""
        return [self._row(view) for view in self.views if view.name in self.wanted]

    def _row(self, view: View) -> dict[str, Any]:
        last = self.refreshed.get(view.name)
        return {
            "name": str(view.name),
            "populated": view.populated,
            "concurrently": view.concurrently,
            "age_seconds": round(last.age, 1) if last and last.age is not None else None,
            "seconds": round(last.seconds, 3) if last and last.seconds is not None else None,
        }

    def lines(self) -> list[str]:
        """Return for people how many are populated, how old they are, and which took longest."""
        rows = self.as_result()
        if not rows:
            return []
        empty = [row["name"] for row in rows if not row["populated"]]
        by_us = [row for row in rows if row["populated"] and row["age_seconds"] is not None]
        told = f"materialized views of {self.side}: {len(rows) - len(empty)} of {len(rows)} populated"
        if by_us:
            oldest = max(by_us, key=lambda row: row["age_seconds"])
            slowest = max(by_us, key=lambda row: row["seconds"])
            told += (
                f"; {len(by_us)} refreshed by us, the oldest {duration(oldest['age_seconds'])} ago ({oldest['name']})"
            )
            told += f", the slowest in {slowest['seconds']:.1f} s ({slowest['name']})"
        return [told, *([f"not populated on {self.side}: {some(empty)}"] if empty else [])]


def refresh_line(
    side: Side, done: int, failed: int, left: Collection[View], seconds: float, took: Mapping[TableName, Refresh]
) -> str:
    """Return for people how many views are refreshed, what comes next, and about how long the rest takes.

    :param seconds: how long it has taken so far; ``took``: what is known of earlier refreshes
    """
    told = f"refreshed {done} of {done + failed + len(left)} materialized views of {side} in {duration(seconds)}"
    told += f", {failed} failed" if failed else ""
    each = seconds / done if done else None
    guesses = [last.seconds if (last := took.get(view.name)) and last.seconds is not None else each for view in left]
    known = [guess for guess in guesses if guess is not None]
    if left and len(known) == len(left):
        told += f", about {duration(sum(known))} left"
    names = [str(view.name) for view in left]
    return f"{told}; next {names[0]}" if names else told


def some(names: Collection[str]) -> str:
    """Return the first of these names, and how many there are besides."""
    rest = len(names) - _NAMED
    return ", ".join([*names][:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def in_order(views: Iterable[View]) -> tuple[View, ...]:
    """Return the views so that each follows those that it reads; a query never reads itself, so there is no circle."""
    left = {view.name: view for view in views}
    ordered: list[View] = []
    while left:
        ready = [view for view in left.values() if view.reads.isdisjoint(left.keys() - {view.name})]
        ordered += [left.pop(view.name) for view in ready or list(left.values())]
    return tuple(ordered)


def why_not(view: View, role: str, *, maintain: bool) -> tuple[str, str] | None:
    """Return why our role does not refresh a view, and what helps; ``None`` if it does.

    :param role: its name, quoted
    :param maintain: the server knows the privilege MAINTAIN
    """
    if view.runs_code_as_superuser:
        why = f"it would run {some(view.code)} as the superuser {view.owner}, and others can write that"
        return why, "Give it, or these functions, another owner; or refresh it as its owner"
    if view.may_maintain or view.may_act:
        return None
    if maintain:
        return "our role may not", f"Run there: GRANT MAINTAIN ON {view.name} TO {role};"
    if view.of_superuser:
        return f"it belongs to the superuser {view.owner}", "Give it an owner that our role is a member of"
    return f"our role is no member of its owner {view.owner}", f"Let a superuser GRANT that owner to {role}"


def in_words(what: str, sqlstate: str | None, side: Side) -> str:
    """Return why a refresh failed, without values of rows.

    :param what: the error in words, which may have the server's own
    """
    if sqlstate is None or sqlstate[:2] in _TELL_NO_VALUES:
        return what
    return f"its query fails on {side} (SQLSTATE {sqlstate})"


def not_populated(old: Mapping[TableName, bool], new: Mapping[TableName, bool]) -> tuple[TableName, ...]:
    """Return the views that are populated on the side in service, and not on the new side.

    :param old: the views of the side in service: whether each is populated; ``new``: those of the other side
    """
    return tuple(sorted(name for name, populated in old.items() if populated and new.get(name) is False))
