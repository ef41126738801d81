# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of playbooks and situations: complete, consistent with the facts, in step with its page, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    ARCHIVED,
    DECOMMISSIONED,
    FENCED,
    GUARDED,
    OPENED,
    PHASE,
    Entry,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import (
    BY_CODE,
    NOTHING,
    PLAYBOOKS,
    REFUSE,
    TABLE,
    WORK,
    cell_of,
    refusal,
    row_in_words,
    why_not,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.standing import (
    Facts,
    Standing,
    in_words,
    standing_of,
)
from demo.commands import PROJECT
from scripts.write_playbook_table import PAGE, page

_OPEN = GateFacts(journal=True, installed=True)
_FENCE = replace(_OPEN, fenced=True)
_BARE = GateFacts()
_TABLE = TableName("public", "orders")
_BLUE, _GREEN = Side.BLUE, Side.GREEN
_NAMED_BY_THEIR_ERRORS = {Standing.EXCHANGED, Standing.OTHER_PAIR, Standing.CLAIMED}


def _row(side: Side, event: str, epoch: int = 0, target: Side | None = None, **details: object) -> Entry:
    return Entry("shop", side, epoch, event, f"2026-01-01T00:00:{epoch:02}Z", target, details=dict(details))


def _ended(side: Side, phase: str) -> Entry:
    return _row(side, PHASE, 9, phase=phase, state="done")


def _facts(blue: GateFacts, green: GateFacts, *entries: Entry, **more: object) -> Facts:
    return Facts(Situation({_BLUE: blue, _GREEN: green}, entries), **more)  # type: ignore[arg-type]


_PREPARED = _row(_BLUE, PHASE, phase="prepare", state="done")
_SET_UP = (_PREPARED, _row(_GREEN, GUARDED))
_CUT = (*_SET_UP, _row(_BLUE, FENCED, 1, _GREEN), _row(_GREEN, OPENED, 1, _GREEN))
_BACK = (*_CUT, _row(_GREEN, FENCED, 2, _BLUE), _row(_BLUE, OPENED, 2, _BLUE))
_OVER = (_row(_GREEN, OPENED, 1, _GREEN), _ended(_GREEN, "cleanup"))
_LEFT = replace(_FENCE, journal=False)
_FLOWS = {"subscribed": True}
_BOTH = {"subscribed": True, "way_back": True}
_WORST = (*_CUT, _row(_BLUE, OPENED, 2, _BLUE, emergency=True))
_CASES = [
    (Standing.NOTHING, _facts(_BARE, _BARE)),
    (Standing.NOTHING, _facts(replace(_BARE, journal=True), _BARE)),
    (Standing.PARTS, _facts(_BARE, _BARE, _row(_BLUE, PHASE, phase="prepare", state="failed"))),
    (Standing.PARTS, _facts(_OPEN, _BARE)),
    (Standing.PARTS, _facts(replace(_BARE, worn=(_TABLE,)), _BARE)),
    (Standing.PARTS, _facts(_BARE, replace(_BARE, guard="warn"))),
    (Standing.PARTS, _facts(_BARE, replace(_BARE, exempt=True))),
    (Standing.PREPARED, _facts(_BARE, _BARE, _PREPARED)),
    (Standing.PREPARED, _facts(_OPEN, _BARE, _PREPARED)),
    (Standing.PREPARED, _facts(_BARE, _FENCE, *_SET_UP)),
    (Standing.PREPARED, _facts(_OPEN, _OPEN, *_SET_UP)),
    (Standing.SET_UP, _facts(_OPEN, _FENCE, *_SET_UP)),
    (Standing.COPYING, _facts(_OPEN, _FENCE, *_SET_UP, copying=True)),
    (Standing.COPYING, _facts(_OPEN, _FENCE, *_SET_UP, copying=True, **_BOTH)),
    (Standing.REPLICATING, _facts(_OPEN, _FENCE, *_SET_UP, **_FLOWS)),
    (Standing.SYNCED, _facts(_OPEN, _FENCE, *_SET_UP, **_BOTH)),
    (Standing.SYNCED, _facts(_OPEN, _FENCE, *_SET_UP, parks=True, **_BOTH)),
    (Standing.GREEN_SERVES, _facts(_FENCE, _OPEN, *_CUT, **_BOTH)),
    (Standing.GREEN_SERVES, _facts(_FENCE, replace(_BARE, journal=True), *_CUT, way_back=True)),
    (Standing.GREEN_SERVES_PARKED, _facts(_FENCE, _OPEN, *_CUT, parks=True, **_BOTH)),
    (Standing.ROLLED_BACK, _facts(_OPEN, _FENCE, *_BACK, **_BOTH)),
    (Standing.ABORTED, _facts(_BARE, _LEFT)),
    (Standing.CLEANED_UP, _facts(_LEFT, replace(_BARE, journal=True), *_OVER)),
    (Standing.CLEANED_UP, _facts(_LEFT, replace(_BARE, journal=True), _OVER[0])),
    (Standing.CLEANED_UP, _facts(replace(_BARE, journal=True), _LEFT, *_SET_UP, _ended(_BLUE, "cleanup"))),
    (Standing.ARCHIVED, _facts(_LEFT, _BARE, *_OVER, _row(_GREEN, ARCHIVED, 1, _BLUE))),
    (Standing.REVOKED, _facts(_LEFT, _BARE, *_OVER, _row(_GREEN, DECOMMISSIONED, 1, _BLUE, mode="revoke"))),
    (Standing.DROPPED, _facts(_LEFT, _BARE, *_OVER, gone=_BLUE)),
    (Standing.EMERGENCY, _facts(_OPEN, _FENCE, *_WORST)),
    (Standing.EMERGENCY_OPEN, _facts(_OPEN, _OPEN, *_WORST)),
    (Standing.HALF_DONE, _facts(_FENCE, _FENCE, *_CUT[:-1])),
    (Standing.UNCLEAR, _facts(_FENCE, _FENCE, *_CUT)),
    (Standing.UNCLEAR, _facts(_OPEN, _OPEN, *_CUT)),
    (Standing.DISPUTED, _facts(_OPEN, _FENCE, *_CUT)),
    (Standing.NOT_OURS, _facts(_LEFT, _BARE)),
    (Standing.LOST, _facts(_OPEN, _FENCE, *_SET_UP, lost=_GREEN)),
]


@pytest.mark.parametrize(("standing", "facts"), _CASES, ids=lambda value: getattr(value, "name", ""))
def test_the_situation_is_what_the_facts_say(standing: Standing, facts: Facts) -> None:
    assert standing_of(facts) is standing


def test_where_facts_and_journals_disagree_no_switch_is_offered_and_it_is_said_what_disagrees() -> None:
    disagree = [(standing, facts) for standing, facts in _CASES if facts.situation.contradiction()]
    assert {Standing.DISPUTED, Standing.UNCLEAR} <= {standing for standing, _facts in disagree}
    for standing, _facts in disagree:
        assert TABLE[standing]["cutover"].does == REFUSE, standing
    told = in_words(Standing.DISPUTED, dict(disagree)[Standing.DISPUTED].situation)
    assert "blue is open although the journal says it was fenced by switch 1" in told


def _words(*entries: Entry, standing: Standing = Standing.DROPPED) -> str:
    return in_words(standing, Situation({_BLUE: _LEFT, _GREEN: _OPEN}, entries))


def test_a_line_tells_how_it_ended_what_was_dropped_and_who_serves() -> None:
    opened, end = _OVER
    dropped = _row(_GREEN, DECOMMISSIONED, 1, _BLUE, mode="drop")
    archive = _row(_GREEN, ARCHIVED, 1, _BLUE, folder="/a")
    over = "the migration is over, and the side out of service is dropped"
    serves, at = "; green is in service", " (at 2026-01-01T00:00:09Z)"
    gone = "; it was dropped at 2026-01-01T00:00:01Z"
    assert _words() == over + serves
    assert _words(opened, end) == over + at + serves
    assert _words(opened, end, dropped) == over + at + gone + serves
    assert _words(opened, end, dropped, archive) == f"{over}{at}{gone}, its archive is in /a{serves}"
    revoked = replace(dropped, details={"mode": "revoke"})
    assert _words(opened, end, revoked, replace(dropped, target=_GREEN)) == over + at + serves
    later = replace(dropped, at="later")
    assert _words(opened, dropped, later) == f"{over}; it was dropped at later{serves}", "the last time counts"
    assert _words(opened, dropped, standing=Standing.GREEN_SERVES) == "green is in service", "it says so already"
    failed = _row(_GREEN, PHASE, 9, phase="cleanup", state="failed")
    assert _words(opened, failed, standing=Standing.GREEN_SERVES) == "green is in service", "what failed has not ended"


def test_why_a_playbook_refuses_is_told_with_what_helps() -> None:
    assert why_not("rollback", Standing.CLEANED_UP).startswith(
        "this migration is over, and there is no way back. A new"
    )
    assert why_not("rollback", Standing.GREEN_SERVES) == ""
    assert why_not("cleanup", Standing.ABORTED) == "", "to have nothing to do is no refusal"


def test_a_rollback_or_cleanup_of_a_misspelt_name_does_nothing_and_says_what_to_check() -> None:
    for playbook in ("rollback", "cleanup"):
        cell = TABLE[Standing.NOTHING][playbook]
        assert cell.does == NOTHING
        assert "neither side knows a migration of this name" in cell.why
        assert "check bluegreen_migration" in cell.why
        assert TABLE[Standing.PARTS][playbook].does == (WORK if playbook == "rollback" else REFUSE)


def test_every_situation_can_be_told_and_every_cell_is_decided() -> None:
    assert {standing for standing, _facts in _CASES} | _NAMED_BY_THEIR_ERRORS == set(Standing) == set(TABLE)
    for row in TABLE.values():
        assert tuple(row) == PLAYBOOKS
        for cell in row.values():
            assert cell.does in (WORK, NOTHING, REFUSE)
            assert bool(cell.code) == bool(cell.todo) == (cell.does == REFUSE)
            assert bool(cell.why) == (cell.does != WORK)


def test_no_cell_advises_to_empty_drop_or_fence_anything_or_leads_in_a_circle() -> None:
    for standing, row in TABLE.items():
        for playbook, cell in row.items():
            if cell.does == REFUSE:
                text = str(refusal(playbook, standing, standing.value)).partition("Nothing was changed")[2]
                assert not re.search(r"\b(empty (the|these)|truncate|drop|fence) ", text, re.IGNORECASE), text
                named = re.match(r"Run (\w+)", cell.todo)
                assert named is None or row[named[1]].does == WORK, (standing, playbook, cell.todo)


def test_an_earlier_phase_may_be_missing_in_check_mode_only() -> None:
    assert cell_of("sync", Standing.PREPARED).code == "BG740"
    assert cell_of("sync", Standing.PREPARED, may_write=False).does == WORK
    assert cell_of("sync", Standing.CLEANED_UP, may_write=False).code == "BG743"


def test_every_early_phase_may_be_tried_and_a_row_is_found_by_its_code() -> None:
    for standing, playbook, needed in (
        (Standing.NOTHING, "replicate", "prepare"),
        (Standing.NOTHING, "setup", "prepare"),
        (Standing.PREPARED, "replicate", "setup"),
        (Standing.REPLICATING, "cutover", "sync"),
    ):
        assert cell_of(playbook, standing).todo == f"Run {needed}, then the same command again"
        assert cell_of(playbook, standing, may_write=False).does == WORK
    assert {code: BY_CODE[code] for code in BY_CODE} == {
        "BG703": Standing.EXCHANGED,
        "BG704": Standing.OTHER_PAIR,
        "BG744": Standing.CLAIMED,
    }


def test_a_row_names_every_playbook_once() -> None:
    for standing in Standing:
        told = re.findall(r"[a-z]+(?=,|$| \(BG)", "\n".join(row_in_words(standing)), re.MULTILINE)
        assert sorted(told) == sorted(PLAYBOOKS)


def test_the_page_is_in_step_with_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run PYTHONPATH=collections python -m scripts.write_playbook_table"
    )


def test_every_role_of_a_phase_asks_before_anything_else() -> None:
    begins = "ansible.builtin.import_role:\n    name: bluegreen.postgresql.notifications\n    tasks_from: begin"
    for name in set(PLAYBOOKS) - {"status"}:
        role, file = ("switch", f"{name}.yml") if name in ("cutover", "rollback") else (name, "main.yml")
        if name == "rehearse":
            file = "make_pair.yml"
        text = (PROJECT / "roles" / role / "tasks" / file).read_text(encoding="utf-8")
        assert begins in text.split("- name:")[1], name
