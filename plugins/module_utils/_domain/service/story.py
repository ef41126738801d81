# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both journals together record: which side was opened, archived and decommissioned. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..sides import Side
from .journal import ARCHIVED, DECOMMISSIONED, OPENED, Entry

DROP = "drop"
REVOKE = "revoke"
UNDO_REVOKE = "undo_revoke"
MIGRATIONS = "migrations"  # a key of an opening's details: the versions that were applied with it


def newest_opening(entries: Iterable[Entry], side: Side) -> Entry | None:
    """Return the row of the switch that last opened ``side``, from that side's own journal."""
    openings = [entry for entry in entries if entry.event == OPENED and entry.side is side and entry.target is side]
    return max(openings, key=lambda entry: entry.epoch, default=None)


def proven_archive(entries: Iterable[Entry], side: Side, epoch: int) -> Entry | None:
    """Return the newest row about an archive of ``side`` made since the switch ``epoch``."""
    rows = [entry for entry in entries if entry.event == ARCHIVED and entry.target is side and entry.epoch == epoch]
    return rows[-1] if rows else None


def places_of(archive: Entry) -> str:
    """Return where an archive lies, by its row."""
    folder, copy = str(archive.details["folder"]), archive.details.get("s3")
    return f"{folder} and s3://{copy['bucket']}/{copy['folder']}" if copy else folder


def modes_of_decommission(entries: Iterable[Entry], side: Side, epoch: int) -> set[str]:
    """Return how ``side`` was decommissioned since the switch ``epoch`` and still is, according to a journal."""
    modes: set[str] = set()
    for entry in entries:
        if entry.event == DECOMMISSIONED and entry.target is side and entry.epoch == epoch:
            mode = str(entry.details.get("mode"))
            modes = modes - {REVOKE} if mode == UNDO_REVOKE else modes | {mode}
    return modes


def brought_with_the_opening(entries: Iterable[Entry]) -> set[int]:
    """Return the versions that the newest cutover applied on green."""
    openings = [one for one in entries if one.event == OPENED and one.target is Side.GREEN]
    newest = max(openings, key=lambda one: one.epoch, default=None)
    return set(newest.details.get(MIGRATIONS, [])) if newest else set()
