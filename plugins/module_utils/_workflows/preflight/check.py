# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight: all reasons not to begin, in one report, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, cast

from ..._domain.confirmation import NOBODY_CONFIRMS
from ..._domain.consumers.said import Consumers
from ..._domain.errors import DatabaseError
from ..._domain.findings import BLOCKS, Finding
from ..._domain.preflight.acceptance import Acceptance, divide
from ..._domain.preflight.checks import examine
from ..._domain.preflight.facts import Facts, SideFacts
from ..._domain.preflight.forecast import forecast
from ..._domain.preflight.outlook import Forecast, Wishes
from ..._domain.preflight.reach_checks import is_testable
from ..._domain.preflight.report import Preflight
from ..._domain.preflight.tried import Obstacle
from ..._domain.preflight.unread import Unread
from ..._domain.relations import TableName, parse_table_name
from ..._domain.sides import Side
from ..._domain.versions import require_known
from ..._postgres.preflight.facts import read_sample, read_side
from ..._postgres.preflight.reach import try_reach
from ..._postgres.schema.version import tables_of_versions
from ..._postgres.service.journal import has_journal
from ..._postgres.service.situation import read_situation, require_two_databases
from ..disk_space import read_space
from ..ports import Ports
from ..schema.folder import read_refusals
from ..schema.trial import TrialRestore
from .attempts import Attempts

# A green that is older, a standby, waits for standbys or holds strange things of our name; a lock table that it would
# fill, for everybody on that server; code of others that would run as our role, which somebody has to have read before.
_BEFORE_A_TRIAL = frozenset(("BG103", "BG104", "BG113", "BG138", "BG239", "BG240", NOBODY_CONFIRMS))


class PreflightInfo:
    """Reads both sides and runs every check on the facts."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._application_roles = tuple(params["application_roles"])
        self._excluded = frozenset(parse_table_name(name) for name in params["exclude_tables"])
        self._consumers = Consumers(params["consumers"])
        self._acceptances = [Acceptance.from_parameters(entry) for entry in params["accepted"]]
        self._free_disk_command: list[str] = params["free_disk_command"]
        self._wishes = Wishes(
            params["lanes"], params["copy"], params["copy_streams"], params["migrations_at_once"], params["forks"]
        )
        self._directory: str = params["schema_migrations"]
        self._trial = TrialRestore(params, ports)
        self._wants_trial: bool = params["trial_restore"]
        self._attempts = Attempts(params, ports)
        self._ports = ports

    def probe(self) -> Preflight:
        """Read both servers, and let each try to reach the other; or blue alone where green cannot be reached yet."""
        sides = self._ports.sides
        sides.leave_strangers_alone()
        out_of_reach = self._why_green_is_out_of_reach()
        if out_of_reach is not None:
            return self._without_green(out_of_reach)
        require_known({side: sides.session(side).major for side in Side})
        with ThreadPoolExecutor(max_workers=2) as pool:
            read = partial(read_side, migration=self._migration, application_roles=self._application_roles)
            blue, green = pool.map(read, (sides.blue, sides.green))
        # Nothing is read in a schema that is not ours; the finding says so.
        if not (blue.strangers or green.strangers):
            require_two_databases(sides)
        versions = {name for side in Side for name in tables_of_versions(sides.session(side))}
        facts = self._facts(blue, green, self._excluded | versions)
        refused = read_refusals(Path(self._directory)) if self._directory else []
        facts = replace(facts, refused_files=tuple(refused))
        facts = replace(facts, blue=self._with_reach(facts, facts.blue), green=self._with_reach(facts, facts.green))
        now = datetime.now(timezone.utc)
        told = self._forecast(facts, now)
        facts = self._with_attempts(self._with_trial(replace(facts, forecast=told, today=now.date()), now.date()))
        findings, accepted = divide(examine(facts), self._acceptances, now.date())
        return Preflight(tuple(findings), tuple(accepted), told)

    def _why_green_is_out_of_reach(self) -> DatabaseError | None:
        try:
            self._ports.sides.session(Side.GREEN)
        except DatabaseError as error:
            if has_journal(self._ports.sides.blue):
                raise  # a migration is under way, which is no time for a preflight
            return error
        return None

    def _without_green(self, failure: DatabaseError) -> Preflight:
        blue = read_side(self._ports.sides.blue, migration=self._migration, application_roles=self._application_roles)
        require_known({Side.BLUE: self._ports.sides.blue.major})
        excluded = self._excluded | set(tables_of_versions(self._ports.sides.blue))
        green = cast("SideFacts", Unread(Side.GREEN))
        facts = self._facts(blue, green, excluded)
        refused = read_refusals(Path(self._directory)) if self._directory else []
        now = datetime.now(timezone.utc)
        told = self._forecast(replace(facts, green=blue), now)  # is about blue alone
        tried = None if blue.strangers else self._attempts.make(Side.BLUE, blue_alone=True)
        facts = replace(facts, refused_files=tuple(refused), forecast=told, tried=tried, today=now.date())
        findings, accepted = divide(examine(facts), self._acceptances, now.date())
        first = Finding(failure.code, BLOCKS, str(Side.GREEN), failure.what, failure.todo, ())
        return Preflight((first, *findings), tuple(accepted), told)

    def _facts(self, blue: SideFacts, green: SideFacts, excluded: frozenset[TableName]) -> Facts:
        return Facts(
            self._migration,
            blue,
            green,
            self._application_roles,
            excluded,
            self._wishes,
            consumers=self._consumers,
        )

    def _forecast(self, facts: Facts, now: datetime) -> Forecast:
        space = read_space(self._free_disk_command, self._ports.run)
        return forecast(facts, read_sample(self._ports.sides.blue), space, now)

    def _with_trial(self, facts: Facts, today: date) -> Facts:
        if not self._wants_trial or facts.green.has_tables:
            return facts
        open_findings, _accepted = divide(examine(facts), self._acceptances, today)
        first = sorted({finding.code for finding in open_findings} & _BEFORE_A_TRIAL)
        if first:
            return replace(facts, untried=", ".join(first))
        return replace(facts, trial=self._trial.attempt())

    def _with_attempts(self, facts: Facts) -> Facts:
        if facts.blue.strangers or facts.green.strangers:
            return facts  # who is in service lies in a schema that is not ours
        serves = read_situation(self._ports.sides).in_service
        tried = self._attempts.make(serves, green_is_empty=not facts.green.has_tables)
        # To read a green that has tables takes long, and no copy is due there.
        due = facts.trial is None and not facts.green.has_tables
        failure = self._trial.missing_program() if due else None
        obstacle = Obstacle(failure.what, failure.todo) if failure is not None else None
        return replace(facts, tried=replace(tried, programs=obstacle))

    def _with_reach(self, facts: Facts, one: SideFacts) -> SideFacts:
        if not is_testable(facts, one):
            return one
        may_try_subscription = self._ports.may_write and one.subscribes and not one.database.in_recovery
        return replace(one, reach=try_reach(self._ports.sides, one.side, may_try_subscription))
