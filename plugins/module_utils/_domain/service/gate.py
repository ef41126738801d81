# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's state on one side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..relations import TableName

OUT_OF_REACH = "BG706"


@dataclass(frozen=True)
class GateFacts:
    """The gate on one side, judged by its definition in the catalog and not by its name.

    ``installed``: sequence and function of the gate are ours. ``fenced``: application writes are refused. ``gated``:
    relations with the gate's trigger. ``ungated``: those that lack it. ``out_of_reach``: those that lack it and where
    our role may not create it, though others may write there. ``worn``: all that have a trigger by its name, whatever
    it does. ``signpost``: the database's default_transaction_read_only is on. ``exempt``: our own role's connections
    are exempt from the signpost. ``wide_open``: writers pass without calling the gate's function. ``guard``: the
    guard's mode, ``block``, ``warn`` or nothing, with words after it where another version made it; ``may_guard``: our
    role may create the guard.
    """

    journal: bool = False
    installed: bool = False
    fenced: bool = False
    signpost: bool = False
    exempt: bool = False
    wide_open: bool = False
    gated: tuple[TableName, ...] = ()
    ungated: tuple[TableName, ...] = ()
    out_of_reach: tuple[TableName, ...] = ()
    worn: tuple[TableName, ...] = ()
    guard: str = ""
    may_guard: bool = False

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "journal": self.journal,
            "installed": self.installed,
            "fenced": self.fenced,
            "signpost": self.signpost,
            "exempt": self.exempt,
            "wide_open": self.wide_open,
            "gated_tables": len(self.gated),
            "ungated": [str(name) for name in (*self.ungated, *self.out_of_reach)],
            "ddl_guard": self.guard or "off",
        }

    def with_everything(self, fenced: bool) -> GateFacts:
        """Return it as it is after the gate is installed."""
        tables = tuple(sorted(self.gated + self.ungated))
        worn = tuple(sorted({*self.worn, *self.ungated}))
        gated = replace(self, gated=tables, ungated=(), worn=worn, wide_open=not fenced)
        return replace(gated, journal=True, installed=True, exempt=True, fenced=fenced, signpost=fenced)

    def guarded(self, wanted: str) -> GateFacts:
        """Return it with the wanted guard, if our role may create one."""
        return replace(self, guard=wanted if self.may_guard else self.guard)

    def without_bookkeeping(self, serves: bool, keeps_journal: bool) -> GateFacts:
        """Return it as it is after cleanup: a side out of service keeps its gate, fence and signpost."""
        if not serves:
            return replace(self, journal=keeps_journal, exempt=False, guard="")
        tables = tuple(sorted(self.gated + self.ungated))
        return GateFacts(
            journal=keeps_journal, ungated=tables, out_of_reach=self.out_of_reach, may_guard=self.may_guard
        )
