# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decommissioning a side: all reasons not to do it yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..findings import BLOCKS, Finding
from ..sides import Side

PUBLIC = "PUBLIC"
_DAY = 86_400.0


@dataclass(frozen=True)
class DecommissionFacts:
    """What is known about the side to be closed or dropped.

    ``unproven``: in words why it is not proven to be out of service, ``None`` if it is. ``seconds``: since the last
    switch, by the clock of the side in service; ``None`` if no journal has it. ``archived``: the journal has a proven
    archive of this database since that switch; ``archive_problems``: what is wrong with its files. ``sessions``,
    ``links``: the clients and objects that still use the database. ``left_alone_by``: the switch that opened the other
    side without this one, if this one is to be dropped: rows that only this side has would then exist only in its
    archive ``only_copy``. ``place``: the bucket from which its archive must have been restored, ``None``: any archive.
    """

    side: Side
    database: str
    unproven: str | None
    seconds: float | None
    archived: bool
    archive_problems: tuple[str, ...]
    sessions: tuple[str, ...]
    links: tuple[str, ...]
    left_alone_by: int | None = None
    only_copy: str | None = None
    place: str | None = None


def reasons_against(facts: DecommissionFacts, after_days: float, confirm: str) -> tuple[Finding, ...]:
    """Return all reasons not to do it now, none if it may be done.

    :param after_days: how many days must pass after the last switch
    :param confirm: the name of the database, as the user wrote it
    """
    reasons = [
        _service(facts),
        _age(facts, after_days),
        _archive(facts),
        _files(facts),
        _sessions(facts),
        _links(facts),
        _word(facts, confirm),
    ]
    return tuple(reason for reason in reasons if reason)


def changed_since(side: Side, folder: str, changes: Iterable[str], fix: str) -> tuple[Finding, ...]:
    """Return the reason not to drop rows that the archive does not hold, none if there are no ``changes``."""
    changes = tuple(changes)
    what = f"it differs from its archive in {folder} holds"
    return (Finding("BG910", BLOCKS, str(side), what, fix, changes),) if changes else ()


def _service(facts: DecommissionFacts) -> Finding | None:
    if facts.unproven is None:
        return None
    return _reason(facts, "BG811", facts.unproven, "Run the playbook status; decommission only what was left for good")


def _age(facts: DecommissionFacts, after_days: float) -> Finding | None:
    if facts.seconds is None:
        what = "no journal says when the last switch was"
        return _reason(facts, "BG812", what, "Decommission after the cutover and cleanup, while the journal is kept")
    if facts.seconds >= after_days * _DAY:
        return None
    what = f"the last switch was {facts.seconds / _DAY:.1f} days ago, and {after_days:g} have to pass"
    return _reason(facts, "BG812", what, "Wait, or set bluegreen_decommission_after_days")


def _archive(facts: DecommissionFacts) -> Finding | None:
    if facts.archived:
        return None
    what = "the journal has no proven archive of it since the last switch"
    if facts.place is not None:
        what += f" that was restored from {facts.place}"
    if facts.left_alone_by is not None:
        what += f", and it may hold rows that nobody else has: switch {facts.left_alone_by} opened the other side alone"
    return _reason(facts, "BG813", what, "Run the playbook archive")


def _files(facts: DecommissionFacts) -> Finding | None:
    if not facts.archive_problems:
        return None
    fix = "Bring the archive's files back to where the journal says, or run the playbook archive again"
    return _reason(facts, "BG814", "the archive is not what was proven", fix, facts.archive_problems)


def _sessions(facts: DecommissionFacts) -> Finding | None:
    if not facts.sessions:
        return None
    fix = "Let these clients go to the side in service, and end their sessions"
    return _reason(facts, "BG815", f"{len(facts.sessions)} sessions are connected", fix, facts.sessions)


def _links(facts: DecommissionFacts) -> Finding | None:
    if not facts.links:
        return None
    fix = "Run cleanup; drop what belongs to somebody else once nobody needs it"
    return _reason(facts, "BG817", "replication still uses it", fix, facts.links)


def _word(facts: DecommissionFacts, confirm: str) -> Finding | None:
    if facts.left_alone_by is not None:
        return _word_for_the_only_copy(facts, confirm)
    if confirm == facts.database:
        return None
    what = f"{confirm!r} is not the database's name" if confirm else "the database's name was not confirmed"
    return _reason(facts, "BG816", what, f"Set bluegreen_decommission_confirm to {facts.database}")


def _word_for_the_only_copy(facts: DecommissionFacts, confirm: str) -> Finding | None:
    if facts.only_copy is None or confirm == facts.only_copy:
        return None
    what = (
        f"switch {facts.left_alone_by} opened {facts.side.other} without it, so that it may hold rows that nobody else "
        "has, and its archive would be their only copy"
    )
    fix = f"Save what {facts.side.other} needs of it, then set bluegreen_decommission_confirm to {facts.only_copy}"
    return _reason(facts, "BG911", what, fix)


def _reason(facts: DecommissionFacts, code: str, what: str, fix: str, objects: Iterable[str] = ()) -> Finding:
    return Finding(code, BLOCKS, str(facts.side), what, fix, tuple(objects))
