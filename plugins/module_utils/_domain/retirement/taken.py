# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grants that a revoke took away, as the journal records them, so that they can be restored. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..service.journal import DECOMMISSIONED, TAKEN, Entry
from ..service.story import UNDO_REVOKE
from ..sides import Side


@dataclass(frozen=True)
class Grant:
    """A role's grant of CONNECT; ``role`` is an oid, "0" is PUBLIC, and ``name`` its name at that time."""

    role: str
    name: str
    grantable: bool

    def as_detail(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"role": self.role, "name": self.name, "grantable": self.grantable}


@dataclass(frozen=True)
class Taken:
    """All grants that revokes took away; ``lent_to``: roles of ours that got their own CONNECT meanwhile."""

    grants: tuple[Grant, ...]
    lent_to: tuple[str, ...] = ()

    def as_details(self) -> dict[str, Any]:
        """Return it for the journal."""
        return {"grants": [one.as_detail() for one in self.grants], "lent_to": list(self.lent_to)}


@dataclass(frozen=True)
class Account:
    """``taken``: since everything was last given back; ``given_back``: everything ever taken was given back."""

    taken: Taken
    given_back: bool


def account_of(entries: Iterable[Entry], side: Side, epoch: int) -> Account | None:
    """Return what was taken from ``side`` since the switch ``epoch``, ``None`` if no journal has anything."""
    grants: dict[str, Grant] = {}
    lent: dict[str, None] = {}
    ever = given_back = False
    for entry in entries:
        if entry.target is not side or entry.epoch != epoch:
            continue
        if entry.event == TAKEN:
            ever, given_back = True, False
            # The first row counts: a run after a killed one finds fewer grants.
            grants = {**{one.role: one for one in _grants_of(entry.details)}, **grants}
            lent.update(dict.fromkeys(entry.details["lent_to"]))
        elif entry.event == DECOMMISSIONED and entry.details.get("mode") == UNDO_REVOKE:
            grants, lent, given_back = {}, {}, True
    return Account(Taken(tuple(grants.values()), tuple(lent)), given_back) if ever else None


def _grants_of(details: Mapping[str, Any]) -> list[Grant]:
    return [Grant(**one) for one in details["grants"]]
