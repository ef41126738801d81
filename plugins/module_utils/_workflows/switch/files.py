# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versioned migrations that a switch applies or takes back: read, and tried out beforehand."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..._domain.clock import Deadline
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.lanes.catalogs import Catalogs
from ..._domain.lanes.link import LaneSpec
from ..._domain.schema.lint import Verdict
from ..._domain.schema.marks import AT_CUTOVER
from ..._domain.schema.version import DOWN, UP, due, moves, require_nothing_from_before
from ..._domain.sequences import sequence_targets
from ..._domain.service.situation import Situation
from ..._domain.service.story import brought_with_the_opening
from ..._domain.sides import Side
from ..._domain.switch.scripts import (
    Rehearsed,
    SwitchScripts,
    after_the_switch,
    at_the_switch,
    lanes_during,
    only_markers,
    that_can_be_taken_back,
    to_take_back,
    what_is_lost,
)
from ..._postgres.lanes import link
from ..._postgres.lanes.parts import read_lane
from ..._postgres.lanes.wanted import read_catalogs, read_lanes, read_specs
from ..._postgres.schema import version
from ..._postgres.sequences import advance_sequences, read_sequences
from ..._postgres.service import gate
from ..._postgres.session import Session
from ..._postgres.switch import scripts as scripts_of
from ..._postgres.switch.trial import keep_sequences, why_not_to_try
from ..._postgres.users_settings import read_users_settings
from ..go_no_go.migrations import LOCK_SECONDS, TRIES
from ..go_no_go.request import SwitchRequest
from ..schema.folder import read_migrations
from ..schema.lint_info import read_verdicts

_LOCKED = ("55P03", "40P01")


def rehearse(request: SwitchRequest, situation: Situation) -> Rehearsed:
    """Read what the switch has to run, and try out what it applies, also in check mode.

    At a cutover green is out of service, so its tables may be locked for a moment; everything is rolled back. At a
    rollback it is in service, and nothing is tried out.

    :raises MigrationError: as reading the folder does; BG262 if a lower version has not been applied
    """
    scripts, later = _read(request, situation)
    untried = _why_untried(request) if scripts else ""
    if not scripts or untried:
        return Rehearsed(scripts, untried=untried, later=later)
    for _attempt in range(TRIES - 1):
        rehearsed = _tried_once(request, scripts, last=False)
        if rehearsed is not None:
            return replace(rehearsed, later=later)
    return replace(_tried_once(request, scripts, last=True) or Rehearsed(scripts), later=later)


def _why_untried(request: SwitchRequest) -> str:
    if request.target is Side.BLUE:
        return "its down file is not tried while green is in service"
    return "" if request.ports.may_write else why_not_to_try(request.sides.green, request.migration)


def _tried_once(request: SwitchRequest, scripts: SwitchScripts, *, last: bool) -> Rehearsed | None:
    """Return the result, ``None`` when a lock was not available and another attempt may get it."""
    try:
        return _tried(request, scripts)
    except DatabaseError as error:
        if error.sqlstate in _LOCKED and not last:
            return None
        return Rehearsed(scripts, failure=error.what)


def _read(request: SwitchRequest, situation: Situation) -> tuple[SwitchScripts, tuple[str, ...]]:
    """Return what runs within the switch, and in words what runs after it."""
    files, green = request.files, request.sides.green
    empty = SwitchScripts(UP if request.target is Side.GREEN else DOWN, files.table, files.limit, ())
    needed = request.target is Side.GREEN or brought_with_the_opening(situation.entries)
    if not needed or (files.directory is None and request.target is Side.GREEN):
        return empty, ()
    migrations = read_migrations(files.directory) if files.directory else ()
    applied = version.read_versions(green, files.table)
    if request.target is Side.BLUE:
        return replace(empty, scripts=to_take_back(situation.entries, applied, migrations)), ()
    pending = [move for move in moves(migrations, applied, files.version) if move.direction == UP]
    require_nothing_from_before(pending)
    return replace(empty, scripts=at_the_switch(due(pending, AT_CUTOVER))), after_the_switch(pending)


def _tried(request: SwitchRequest, scripts: SwitchScripts) -> Rehearsed:
    sides = request.sides
    catalogs = read_catalogs(sides)
    settings = read_users_settings(sides.green)
    known = read_verdicts(sides, catalogs.left_out(request.exclude_tables))
    targets = sequence_targets(read_sequences(sides.blue), request.sequence_headroom)
    green = sides.connect(Side.GREEN, "rehearsal")
    try:
        green.run("BEGIN")
        if keep_sequences(green, LOCK_SECONDS):
            advance_sequences(green, targets)
        scripts_of.lift_fence(green)
        for lane in catalogs.specs(request.back, request.exclude_tables):
            link.change_publication(green, only_markers(lane))
        if not version.has_table(green, scripts.table):
            version.create_table_within(green, scripts.table)
        return _judged(request, (catalogs, known), scripts, green, settings)
    finally:
        green.close()


def _judged(
    request: SwitchRequest,
    before: tuple[Catalogs, Sequence[Verdict]],
    scripts: SwitchScripts,
    green: Session,
    settings: Mapping[str, str],
) -> Rehearsed:
    """Run one after the other, and check after each what flows back; the session is closed without a COMMIT.

    :param before: both catalogs and what flows, read before the transaction, which holds the sequences
    """
    seen, excluded = request.sides.seeing(Side.GREEN, green), request.exclude_tables
    catalogs, known = before
    first = now = catalogs.specs(request.back, excluded)
    lost, seconds = {}, 0.0
    limit = Deadline(scripts.limit, f"The rehearsal of {scripts.versions}")
    for script in scripts.scripts:
        started = time.monotonic()
        scripts_of.run_script(green, scripts, script, settings, limit, LOCK_SECONDS)
        seconds += time.monotonic() - started
        green.set_deadline(None)
        catalogs = read_catalogs(seen)
        later = catalogs.specs(request.back, excluded)
        verdicts = read_verdicts(seen, catalogs.left_out(excluded))
        words = what_is_lost(now, later, verdicts, known)
        if words:
            lost[script.version] = words
        now, known = later, verdicts
        limit = Deadline(scripts.limit - seconds, f"The rehearsal of {scripts.versions}")
    gate.gate_new_tables(green)
    ready = replace(scripts, during=lanes_during(first, now), after=tuple(now))
    failure = _why_not_published(green, ready.after)
    return Rehearsed(ready, failure=failure, milliseconds=round(seconds * 1000, 1), lost=lost)


def _why_not_published(green: Session, lanes: Iterable[LaneSpec]) -> str:
    """Publish the way back as the switch will; return why it would fail, empty if it would not."""
    try:
        for lane in lanes:
            link.change_publication(green, lane)
    except DatabaseError:
        raise
    except MigrationError as error:
        return error.what
    return ""


def ready_to_take_back(request: SwitchRequest, scripts: SwitchScripts) -> SwitchScripts:
    """Return what a rollback takes back, and what currently flows back."""
    standing = [
        replace(spec, tables=facts.published or spec.tables)
        for spec, facts in read_lanes(request.sides, request.forth, request.exclude_tables)
    ]
    taken = that_can_be_taken_back(scripts.scripts)
    return replace(
        scripts,
        scripts=taken,
        leaves_some=len(taken) < len(scripts.scripts),
        during=tuple(only_markers(lane) for lane in standing),
        standing=tuple(standing),
    )


def take_back_lanes(request: SwitchRequest, green: Session, kept_for_good: bool) -> None:
    """After the files were taken back: publish the way back again, and check that the link to green fits again.

    :param kept_for_good: a version was accepted to stay, so green may differ
    :raises MigrationError: BG266 when it does not
    """
    seen = request.sides.seeing(Side.GREEN, green)
    for spec in read_specs(seen, request.forth, request.exclude_tables):
        link.change_publication(green, spec)
    for spec in read_specs(seen, request.back, request.exclude_tables):
        facts = read_lane(request.sides.blue, green, spec.name)
        if facts.published is not None and set(facts.published) != set(spec.tables) and not kept_for_good:
            raise MigrationError(
                "BG266",
                f"With the versions taken back, green does not have the tables and columns that {spec.name} sends",
                "",
                "Let the down files leave green's tables as they were before the cutover",
            )
