# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closes the side out of service to applications, or drops it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.findings import Finding
from ..._domain.plan import Plan, Step
from ..._domain.retirement.bucket import Copy
from ..._domain.retirement.contents import Contents
from ..._domain.retirement.decommission import DecommissionFacts, changed_since, reasons_against
from ..._domain.service.journal import DECOMMISSIONED, TAKEN, Entry
from ..._domain.service.situation import Situation
from ..._domain.service.stopped import stopped_by
from ..._domain.service.story import DROP, UNDO_REVOKE, modes_of_decommission, newest_opening, proven_archive
from ..._domain.sides import Side
from ..._files.bucket import Bucket
from ..._postgres.catalog import read_identity
from ..._postgres.retirement import decommission as store
from ..._postgres.service import journal
from ..._postgres.service.situation import read_own_situation
from ..._postgres.session import Session
from ..ports import Ports
from . import files
from .bucket_copies import judge, open_bucket
from .changes import changes_since, how_to_archive_anew
from .undo_revoke import UndoRevoke

_NO_SUCH_DATABASE = "BG005"


@dataclass(frozen=True)
class DecommissionState:
    """The side to decommission; ``epoch`` of the switch that left it, ``None`` if no journal has it."""

    side: Side
    mode: str
    database: str
    exists: bool
    epoch: int | None
    may_connect: tuple[str, ...] = ()
    recorded: bool = False
    reasons: tuple[Finding, ...] = ()

    @property
    def gone(self) -> bool:
        """Tell whether the database is in the state that ``mode`` leads to."""
        return not self.exists or (self.mode != DROP and not self.may_connect)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "side": str(self.side),
            "database": self.database,
            "exists": self.exists,
            "may_connect": list(self.may_connect),
            "decommissioned": self.gone and self.recorded,
        }

    def as_diff(self) -> str:
        """Return one fact per line."""
        if not self.exists:
            return ""
        return f"{self.side}/{self.database}\n" + "".join(f"may connect: {role}\n" for role in self.may_connect)


@dataclass(frozen=True)
class ArchiveOnRecord:
    """The archive on record in the journal: its name, where it lies, and its contents according to the manifest."""

    name: str
    place: str
    contents: Contents


class Decommission:
    """``drop`` or ``revoke``, once no reason against it is left."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._side = Side(params["side"])
        self._mode: str = params["mode"]
        self._confirm: str = params["confirm"]
        self._after_days: float = params["after_days"]
        self._application_roles: list[str] = params["application_roles"]
        self._bucket = open_bucket(params["s3"], "Nothing was changed")
        self._ports = ports
        self._sides = ports.sides
        endpoint = ports.sides.endpoints[self._side]
        self._name = endpoint.keywords.get("dbname")
        self._server = replace(endpoint, keywords={**endpoint.keywords, "dbname": params["maintenance_database"]})

    def observe(self) -> DecommissionState:
        """Read both sides; if the database is gone, read the other side's journal."""
        if not self._exists():
            return self._gone()
        situation, session = read_own_situation(self._sides), self._sides.session(self._side)
        identity = read_identity(session)
        opening = newest_opening(situation.entries, self._side.other)
        archive, problems = self._archive(situation, opening, (identity.system, identity.database))
        left = stopped_by(situation.entries) if self._mode == DROP else None
        facts = DecommissionFacts(
            side=self._side,
            database=identity.name,
            unproven=_unproven(situation, self._side, opening),
            seconds=store.seconds_since(self._sides.session(self._side.other), opening.at) if opening else None,
            sessions=store.read_sessions(session),
            links=store.read_links(session),
            archived=archive is not None,
            archive_problems=problems,
            left_alone_by=left.epoch if left else None,
            only_copy=archive.name if archive else None,
            place=self._bucket.place.url(self._bucket.place.prefix) if self._bucket else None,
        )
        reasons = reasons_against(facts, self._after_days, self._confirm)
        if archive is not None and not reasons and self._mode == DROP:
            reasons = self._changed(archive)
        return DecommissionState(
            self._side,
            self._mode,
            identity.name,
            exists=True,
            epoch=opening.epoch if opening else None,
            may_connect=store.read_may_connect(session, self._application_roles),
            recorded=self._recorded(situation.entries, opening),
            reasons=reasons,
        )

    def plan(self, before: DecommissionState) -> Plan[DecommissionState]:
        """Plan it, or nothing if it is done.

        :raises MigrationError: BG810 with every reason not to do it now
        """
        if before.gone and before.recorded:
            return Plan(before)
        if before.reasons:
            raise _refused(before)
        steps = [
            Step(f"record that {before.side} was decommissioned on {before.side.other}", partial(self._record, before))
        ]
        if not before.gone:
            steps.insert(0, self._ending(before))
        after = replace(before, exists=before.exists and self._mode != DROP, may_connect=(), recorded=True)
        return Plan(after, tuple(steps))

    def execute(self, plan: Plan[DecommissionState]) -> DecommissionState:
        """Do it while no other run of the migration is at work, and only if nothing has changed meanwhile.

        The lock of the side in service is enough, because every other run takes both; a session in the database would
        prevent its drop.
        """
        with self._ports.alone([self._side.other]):
            plan.perform_what_is_left(self.plan(self.observe()))
        return self.observe()

    def _ending(self, before: DecommissionState) -> Step:
        if self._mode == DROP:
            return Step(f"drop database {before.database} of {before.side}", partial(self._drop, before))
        who = ", ".join(before.may_connect)
        return Step(f"revoke CONNECT on {before.database} of {before.side} from {who}", partial(self._revoke, before))

    def _drop(self, before: DecommissionState) -> None:
        self._sides.session(self._side).close()
        with self._at_server() as session:
            store.drop_database(session, before.database)

    def _revoke(self, before: DecommissionState) -> None:
        session, serving = self._sides.session(self._side), self._sides.session(self._side.other)
        # Recorded before it is revoked: a run that is killed in between has recorded too much, never too little.
        taken = store.read_what_a_revoke_takes(session)
        journal.write_entry(serving, self._migration, before.epoch or 0, TAKEN, self._side, taken.as_details())
        store.revoke_connect(session, before.may_connect, self._application_roles)

    def _record(self, before: DecommissionState) -> None:
        details = {"mode": self._mode, "database": before.database}
        serving = self._sides.session(self._side.other)
        journal.write_entry(serving, self._migration, before.epoch or 0, DECOMMISSIONED, self._side, details)

    def _exists(self) -> bool:
        try:
            self._sides.session(self._side)
        except DatabaseError as error:
            if error.code != _NO_SUCH_DATABASE or self._name is None:
                raise
            with self._at_server() as session:
                if store.database_exists(session, self._name):
                    raise
            return False
        return True

    def _gone(self) -> DecommissionState:
        """Return the state without the database: we dropped it only if the journal has its archive."""
        entries = journal.read_journal(self._sides.session(self._side.other), self._migration)
        opening = newest_opening(entries, self._side.other)
        state = DecommissionState(self._side, self._mode, self._name or "", exists=False, epoch=None)
        if opening is None or proven_archive(entries, self._side, opening.epoch) is None:
            raise MigrationError(
                "BG820",
                f"{str(self._side).capitalize()} has no database {self._name}, and no journal mentions it",
                "Nothing was changed",
                f"Correct bluegreen_{self._side} or bluegreen_migration; where it was dropped by hand, all is done",
            )
        return replace(state, epoch=opening.epoch, recorded=self._recorded(entries, opening))

    def _recorded(self, entries: Iterable[Entry], opening: Entry | None) -> bool:
        if opening is None:
            return False
        modes = {self._mode, DROP}
        return bool(modes & modes_of_decommission(entries, self._side, opening.epoch))

    def _archive(
        self, situation: Situation, opening: Entry | None, identity: tuple[str, str]
    ) -> tuple[ArchiveOnRecord | None, tuple[str, ...]]:
        """Return this database's archive on record in the journal, and what is wrong with its files."""
        entry = proven_archive(situation.entries, self._side, opening.epoch) if opening else None
        if entry is None or (entry.details["system"], entry.details["oid"]) != identity:
            return None, ()
        if self._bucket is None:
            return _read_archive(entry)
        copy = Copy.of(entry.details)
        return _read_copy(self._bucket, copy, entry) if copy and copy.lies_in(self._bucket.place) else (None, ())

    def _changed(self, archive: ArchiveOnRecord) -> tuple[Finding, ...]:
        changes = changes_since(self._sides, self._side, archive.contents)
        return changed_since(self._side, archive.place, changes, how_to_archive_anew(archive.place))

    def _at_server(self) -> closing[Session]:
        return closing(Session(self._server, f"bluegreen {self._migration} decommission"[:63]))


def decommission_of(params: Mapping[str, Any], ports: Ports) -> Decommission | UndoRevoke:
    """Return the workflow that decommissions a side, or the one that undoes a revoke."""
    return (UndoRevoke if params["mode"] == UNDO_REVOKE else Decommission)(params, ports)


def _read_copy(bucket: Bucket, copy: Copy, entry: Entry) -> tuple[ArchiveOnRecord, tuple[str, ...]]:
    stored, problems = judge(bucket, copy, entry.details["manifest_sha256"])
    contents = stored.manifest.contents if stored else Contents({})
    return ArchiveOnRecord(Path(entry.details["folder"]).name, copy.url, contents), tuple(problems)


def _read_archive(entry: Entry) -> tuple[ArchiveOnRecord, tuple[str, ...]]:
    folder, sha256 = entry.details["folder"], entry.details["manifest_sha256"]
    nothing = ArchiveOnRecord(Path(folder).name, folder, Contents({}))
    try:
        stored = files.read_archive(Path(folder))
    except files.BrokenArchive as error:
        return nothing, tuple(error.problems)
    except OSError as error:
        return nothing, (f"{error.filename} cannot be read: {error.strerror}",)
    if stored is None:
        copy = Copy.of(entry.details)
        elsewhere = f"; bluegreen_archive_s3 can name its copy in {copy.url}" if copy else ""
        return nothing, (f"there is no folder {folder} on this host{elsewhere}",)
    problems = () if stored.sha256 == sha256 else ("the manifest is not the one in the journal",)
    return replace(nothing, contents=stored.manifest.contents), problems


def _unproven(situation: Situation, side: Side, opening: Entry | None) -> str | None:
    if situation.contradiction():
        return situation.contradiction()
    if situation.in_service is None:
        return "it is not known which side is in service"
    if situation.in_service is side:
        return f"{side} is in service"
    return None if opening else "no switch has left it"


def _refused(before: DecommissionState) -> MigrationError:
    lines = [f"({number}) {reason.as_line()}" for number, reason in enumerate(before.reasons, 1)]
    return MigrationError(
        "BG810",
        f"{str(before.side).capitalize()} cannot be decommissioned: {' '.join(lines)}",
        "Nothing was changed",
        "Remove each reason, then run the same command again",
        {"reasons": [reason.as_result() for reason in before.reasons]},
    )
