# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each playbook does in each situation: its work, nothing, or a refusal that says what helps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import MigrationError
from .standing import Standing

WORK, NOTHING, REFUSE = "work", "nothing", "refuse"
BEFORE_CUTOVER = ("prepare", "setup", "replicate", "sync", "verify", "cutover")
PLAYBOOKS = (
    *BEFORE_CUTOVER, "rollback", "monitor", "status", "traffic", "reads", "rehearse", "cleanup", "archive",
    "decommission",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """What one playbook does in one situation. ``why``: in words; ``code`` and ``todo``: those of a refusal.

    ``early``: only an earlier phase is missing, so the phase may be tried in check mode.
    """

    does: str
    why: str = ""
    code: str = ""
    todo: str = ""
    early: bool = False


_WORK = Cell(WORK)
_NAME = "bluegreen_migration"


def _idle(why: str) -> Cell:
    return Cell(NOTHING, why)


def _row(work: str, otherwise: Cell, **others: Cell) -> Mapping[str, Cell]:
    """Return a row: the playbooks that do their work (status always does), special cells, and the cell of all
    others."""
    working = {*work.split(), "status"}
    return {name: others.get(name) or (_WORK if name in working else otherwise) for name in PLAYBOOKS}


def _early(needed: str) -> Cell:
    return Cell(REFUSE, f"{needed} comes first", "BG740", f"Run {needed}, then the same command again", early=True)


def _never_left(following: str) -> Cell:
    """Return the refusal of a phase that ends a migration; ``following`` is the phase that would be next."""
    return Cell(
        REFUSE,
        "the applications have never left blue",
        "BG741",
        f"Run {following} to go on, or rollback, which aborts the migration and leaves blue as it was",
    )


_UNPREPARED = Cell(
    REFUSE,
    "prepare has not succeeded in this migration",
    "BG712",
    "Run prepare, then the same command again",
    early=True,
)
_CLEANUP_FIRST = Cell(REFUSE, "cleanup comes first", "BG742", "Run cleanup when the side in service has proven itself")
_OVER = Cell(
    REFUSE,
    "this migration is over, and there is no way back",
    "BG743",
    f"A new attempt is a new migration: set another {_NAME} for it",
)
_EMERGENCY = Cell(
    REFUSE,
    "green has writes that blue lacks, and blue has moved on: no replication between them any more",
    "BG745",
    f"Save from green what is needed, run cleanup, and begin again with an empty green and another {_NAME}",
)
_FENCE_GREEN = Cell(
    REFUSE, "green is open, although blue is in service", "BG745", "Run rollback, which fences green again"
)
_FINISH = Cell(
    REFUSE,
    "neither side is in service until that switch is finished",
    "BG746",
    "Run cutover or rollback, which finishes it",
)
_UNCLEAR = Cell(REFUSE, "any action could harm the side in service", "BG747", "Run status, and compare both journals")
_NOT_OURS = Cell(
    REFUSE,
    "any action could harm green",
    "BG748",
    f"Correct {_NAME}, or the sides; for a migration away from green give it as blue, under another {_NAME}",
)
_LOST = Cell(
    REFUSE,
    "both sides are needed",
    "BG550",
    "Bring it back; where green is lost for good while it serves, rollback with bluegreen_emergency=accept_loss",
)
_EXCHANGED = Cell(
    REFUSE, "each journal was written as the other side's", "BG703", "Exchange bluegreen_blue and bluegreen_green"
)
_OTHER_PAIR = Cell(REFUSE, "links and journals bear that name", "BG704", f"Set another {_NAME} for this pair")
_CLAIMED = Cell(
    REFUSE,
    "its gate and its links are there",
    "BG744",
    f"Set {_NAME} to that name; where that migration was given up, run rollback under it first",
)
_HAS_PASSED = _idle("preflight is for a migration before its cutover, and green is in service")
_FLOWS_BACK = _idle("rows flow the other way since the cutover; a rollback lets them flow to green again")
_NOBODY_KNOWS_IT = _idle(
    f"neither side knows a migration of this name (if one should be there, check {_NAME} and the sides)"
)
_ABORTED = _idle("rollback has undone everything")

TABLE: Mapping[Standing, Mapping[str, Cell]] = {
    Standing.NOTHING: _row(
        "prepare monitor traffic rehearse", _early("prepare"), setup=_UNPREPARED, rollback=_NOBODY_KNOWS_IT,
        cleanup=_NOBODY_KNOWS_IT, archive=_never_left("prepare"), decommission=_never_left("prepare"),
    ),
    Standing.PARTS: _row(
        "prepare rollback monitor traffic rehearse", _early("prepare"), setup=_UNPREPARED,
        cleanup=_never_left("prepare"), archive=_never_left("prepare"), decommission=_never_left("prepare"),
    ),
    Standing.PREPARED: _row(
        "prepare setup rollback monitor traffic rehearse", _early("setup"),
        cleanup=_never_left("setup"), archive=_never_left("setup"), decommission=_never_left("setup"),
    ),
    Standing.SET_UP: _row(
        "prepare setup replicate rollback monitor traffic rehearse", _early("replicate"),
        cleanup=_never_left("replicate"), archive=_never_left("replicate"), decommission=_never_left("replicate"),
    ),
    Standing.COPYING: _row(
        "prepare setup replicate rollback monitor traffic rehearse", _early("replicate"),
        cleanup=_never_left("replicate"), archive=_never_left("replicate"), decommission=_never_left("replicate"),
    ),
    Standing.REPLICATING: _row(
        "prepare setup replicate sync verify rollback monitor traffic rehearse", _early("sync"),
        cleanup=_never_left("sync"), archive=_never_left("sync"), decommission=_never_left("sync"),
    ),
    Standing.SYNCED: _row(
        "prepare setup replicate sync verify cutover rollback monitor traffic reads rehearse", _never_left("cutover")
    ),
    Standing.GREEN_SERVES: _row(
        "setup sync verify cutover rollback monitor traffic reads rehearse cleanup", _CLEANUP_FIRST,
        prepare=_HAS_PASSED, replicate=_FLOWS_BACK,
    ),
    Standing.GREEN_SERVES_PARKED: _row(
        "setup sync verify cutover rollback monitor traffic reads rehearse cleanup", _CLEANUP_FIRST,
        prepare=_HAS_PASSED, replicate=_FLOWS_BACK,
    ),
    Standing.ROLLED_BACK: _row(
        "prepare setup replicate sync verify cutover rollback monitor traffic reads rehearse cleanup", _CLEANUP_FIRST
    ),
    Standing.ABORTED: _row(
        "prepare rollback monitor traffic rehearse", _early("prepare"), setup=_UNPREPARED, cleanup=_ABORTED,
        archive=_never_left("prepare"), decommission=_never_left("prepare"),
    ),
    Standing.CLEANED_UP: _row("monitor traffic rehearse cleanup archive decommission", _OVER),
    Standing.ARCHIVED: _row("monitor traffic rehearse cleanup archive decommission", _OVER),
    Standing.REVOKED: _row("monitor traffic rehearse cleanup archive decommission", _OVER),
    Standing.DROPPED: _row("decommission", _OVER, cleanup=_idle("nothing of ours is left")),
    Standing.EMERGENCY: _row("rollback monitor traffic reads cleanup", _EMERGENCY, archive=_CLEANUP_FIRST),
    Standing.EMERGENCY_OPEN: _row("rollback monitor", _FENCE_GREEN),
    Standing.HALF_DONE: _row("cutover rollback monitor", _FINISH),
    Standing.UNCLEAR: _row("monitor", _UNCLEAR),
    Standing.DISPUTED: _row("monitor cleanup", _UNCLEAR),
    Standing.NOT_OURS: _row("monitor", _NOT_OURS),
    Standing.LOST: _row("monitor reads", _LOST),
    Standing.EXCHANGED: _row("", _EXCHANGED, status=_EXCHANGED),
    Standing.OTHER_PAIR: _row("", _OTHER_PAIR, status=_OTHER_PAIR),
    Standing.CLAIMED: _row("", _CLAIMED, status=_CLAIMED),
}  # fmt: skip
BY_CODE = {row["status"].code: standing for standing, row in TABLE.items() if row["status"].does == REFUSE}


def row_in_words(standing: Standing) -> list[str]:
    """Return which playbooks do what in that situation, one line for each kind of answer."""
    row, lines = TABLE[standing], []
    for does, words in ((WORK, "can run"), (NOTHING, "has nothing to do"), (REFUSE, "refuses")):
        names = [
            name + (f" ({row[name].code})" if does == REFUSE else "") for name in PLAYBOOKS if row[name].does == does
        ]
        if names:
            lines.append(f"{words}: {', '.join(names)}")
    return lines


def why_not(playbook: str, standing: Standing) -> str:
    """Return why ``playbook`` refuses there and what helps; nothing if it does not refuse."""
    cell = TABLE[standing][playbook]
    return f"{cell.why}. {cell.todo}" if cell.does == REFUSE else ""


def cell_of(playbook: str, standing: Standing, may_write: bool = True) -> Cell:
    """Return what ``playbook`` does there; in check mode a phase may be tried before the phases that it builds on."""
    cell = TABLE[standing][playbook]
    return _WORK if cell.early and not may_write else cell


def refusal(playbook: str, standing: Standing, where: str) -> MigrationError:
    """Return the refusal of ``playbook``.

    :param where: the situation in words
    """
    cell = TABLE[standing][playbook]
    return MigrationError(
        cell.code,
        f"{playbook} does not run here: {where}; {cell.why}",
        f"Nothing was changed. As things stand, {'; '.join(row_in_words(standing))}",
        cell.todo,
        {"refused": playbook, "standing": standing.name.lower()},
    )
