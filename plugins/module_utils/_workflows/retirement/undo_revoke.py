# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring the privileges that a revoke took away on the side out of service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.retirement.decommission import PUBLIC
from ..._domain.retirement.taken import Account, account_of
from ..._domain.service.journal import DECOMMISSIONED
from ..._domain.service.story import UNDO_REVOKE, newest_opening
from ..._domain.sides import Side
from ..._postgres.catalog import read_identity
from ..._postgres.retirement import decommission as store
from ..._postgres.service import journal
from ..._postgres.service.situation import require_two_databases
from ..._postgres.session import Session
from ..ports import Ports

_NO_SUCH_DATABASE = "BG005"


@dataclass(frozen=True)
class UndoState:
    """The side that was closed to applications; ``account``: the revoked grants by the other side's journal."""

    side: Side
    database: str
    may_connect: tuple[str, ...]
    epoch: int
    account: Account

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "side": str(self.side),
            "database": self.database,
            "exists": True,
            "may_connect": list(self.may_connect),
            "decommissioned": not self.account.given_back,
        }

    def as_diff(self) -> str:
        """Return one fact per line."""
        return f"{self.side}/{self.database}\n" + "".join(f"may connect: {role}\n" for role in self.may_connect)


class UndoRevoke:
    """Restores CONNECT to the roles that had it; fence and signpost stay, so nobody can write."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._side = Side(params["side"])
        self._application_roles: list[str] = params["application_roles"]
        self._ports = ports
        self._sides = ports.sides
        self._warn = ports.warn

    def observe(self) -> UndoState:
        """Read what was revoked, and which roles may connect now.

        :raises MigrationError: BG912 if nothing was revoked, or the database is gone
        """
        session = self._session()
        require_two_databases(self._sides)
        entries = journal.read_journal(self._sides.session(self._side.other), self._migration)
        opening = newest_opening(entries, self._side.other)
        account = account_of(entries, self._side, opening.epoch) if opening else None
        if opening is None or account is None:
            raise self._nothing("according to the journals no revoke has taken anything from it since the last switch")
        may_connect = store.read_may_connect(session, self._application_roles)
        return UndoState(self._side, read_identity(session).name, may_connect, opening.epoch, account)

    def plan(self, before: UndoState) -> Plan[UndoState]:
        """Plan to restore it, or nothing if that is done."""
        if before.account.given_back:
            return Plan(before)
        names = [one.name for one in before.account.taken.grants]
        whom = ", ".join(names) or "nobody, from whom it was taken"
        steps = (
            Step(
                f"give CONNECT on {before.database} of {before.side} back to {whom}", partial(self._give_back, before)
            ),
            Step(f"record on {before.side.other} that it was given back", partial(self._record, before)),
        )
        order = sorted({*before.may_connect, *names}, key=lambda name: (name != PUBLIC, name))
        after = replace(before, may_connect=tuple(order), account=replace(before.account, given_back=True))
        return Plan(after, steps)

    def execute(self, plan: Plan[UndoState]) -> UndoState:
        """Do it while no other run of the migration is at work; a killed run's step is repeated."""
        with self._ports.alone([self._side.other]):
            plan.perform_what_is_left(self.plan(self.observe()))
        return self.observe()

    def _give_back(self, before: UndoState) -> None:
        gone = store.give_back_connect(self._sides.session(self._side), before.account.taken)
        if gone:
            self._warn(f"CONNECT was not given back to roles that are gone: {', '.join(gone)}")

    def _record(self, before: UndoState) -> None:
        details = {"mode": UNDO_REVOKE, "database": before.database}
        serving = self._sides.session(self._side.other)
        journal.write_entry(serving, self._migration, before.epoch, DECOMMISSIONED, self._side, details)

    def _session(self) -> Session:
        try:
            return self._sides.session(self._side)
        except DatabaseError as error:
            if error.code != _NO_SUCH_DATABASE:
                raise
            raise self._nothing(f"its database is gone ({error.what})") from None

    def _nothing(self, why: str) -> MigrationError:
        return MigrationError(
            "BG912",
            f"There is nothing to give back on {self._side}: {why}",
            "Nothing was changed",
            "Run status, which says what was done; the database's privileges show who may connect",
        )
