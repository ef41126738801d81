# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice in messages: never harmful to a side that is or may be in service, and naming a playbook that helps there."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import jinja2
import pytest
import yaml

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.reasons import (
    Limits,
    Readiness,
    reasons_against,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import (
    LaneFacts,
    LaneSpec,
    Published,
    is_parked,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.plan import PLANS, How, LaneState
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.verbs import LaneVerbs
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.advice import (
    NO_WAY_BACK,
    about_a_row_in_the_way,
    after_a_gap,
    before_a_copy_to,
    mending,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import (
    PLAYBOOKS,
    REFUSE,
    TABLE,
    WORK,
    refusal,
    row_in_words,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.standing import Standing
from demo.commands import PROJECT
from tests.unit.go_no_go.test_reasons import CONDITIONS, PLANTED, READY
from tests.unit.status.test_playbooks import _CASES

_USERS = Published(TableName("public", "users"))
_HARM = re.compile(
    r"\b(?:empty|truncate|delete|drop|recreate|fence)s?\b(?: (?:these|this|that|its|the|all|every|rows|tables|of|on|it|"
    r"there|which|again|database|in))* (blue|green)\b|"
    r"(?:that row of|(?<!an )empty|fences) (blue|green)\b(?:[^.]*\bdelete it there)?",
    re.IGNORECASE,
)
# Harmful imperatives that no other place may use; preflight's concern a green that nobody has set up yet.
_SPOKEN = re.compile(
    r"\bEmpty (?:these|this|the|green|blue)|(?<!an )\bempty (?:these|green|blue)|\brecreate\b|\bTRUNCATE \{"
)
_SPEAK = {"_domain/service/advice.py", "_domain/preflight/schema_checks.py"}


def harmed(text: str) -> set[Side]:
    """Return the sides that a text advises to empty, drop or fence."""
    return {Side(name.lower()) for found in _HARM.finditer(text) for name in found.groups() if name}


def _situations() -> Iterator[tuple[Standing, Situation]]:
    for standing, facts in _CASES:
        yield standing, facts.situation
        for side in Side:
            seen = {each: gate for each, gate in facts.situation.gates.items() if each is not side}
            entries = tuple(entry for entry in facts.situation.entries if entry.side is not side)
            yield Standing.LOST, Situation(seen, entries)


_SITUATIONS = list(_situations())


def _refusals_of_links(situation: Situation) -> Iterator[str]:
    verbs = create_autospec(LaneVerbs, instance=True)
    parts: list[tuple[Any, ...]] = [(None, (_USERS,)), (True, False), (None, "lost"), (True, False), (True, False)]
    for direction, copy, both_live in itertools.product(Direction, ("none", "native", "snapshot"), (True, False)):
        spec = LaneSpec("bluegreen_shop_1", 1, direction, (_USERS,))
        how = How(is_parked(direction, situation.in_service, both_live), copy, situation)
        for published, slot, status, subscription, enabled in itertools.product(*parts):
            facts = LaneFacts(published, slot, status, subscription=subscription, enabled=enabled)
            for filled in ((), (_USERS.table,)):
                try:
                    PLANS["present"](LaneState(spec, facts, filled), how, verbs)
                except MigrationError as error:
                    yield str(error)


def _reasons(situation: Situation, target: Side) -> list[Finding]:
    changes = {key: value for _code, planted in PLANTED.values() for key, value in planted.items()}
    asked = {key: value for _code, planted in CONDITIONS.values() for key, value in planted.items()}
    conditions = replace(READY.conditions, **asked) if READY.conditions else None
    ready: Readiness = replace(READY, **changes, conditions=conditions if target is Side.GREEN else None)
    return [
        reason
        for one in (ready, replace(ready, gone=("public.users",)))
        for reason in reasons_against(situation, target, one, (), Limits(1.0, 5.0, 9.0))
    ]


def _of_the_breaker(standing: Standing, situation: Situation, broken: list[str]) -> str:
    text = yaml.safe_load((PROJECT / "roles/monitor/vars/main.yml").read_text(encoding="utf-8"))
    serves = str(situation.in_service) if situation.in_service else None
    return jinja2.Environment(autoescape=False).from_string(text["monitor_breaker_refusal"]).render(
        ansible_check_mode=False,
        monitor_breaker={"reasons": dict.fromkeys(broken, "too much")},
        notifications_asked={"in_service": serves, "standing": standing.name.lower()},
    )  # fmt: skip


def _everything(standing: Standing, situation: Situation) -> Iterator[str]:
    """Yield every text with advice in that situation."""
    yield from _refusals_of_links(situation)
    for side in Side:
        if len(situation.gates) == len(Side):  # otherwise no switch asks
            yield from (reason.as_line() for reason in _reasons(situation, side))
        yield before_a_copy_to(side, situation)
        yield from (about_a_row_in_the_way(side, situation.in_service, said) for said in (True, False))
        yield _of_the_breaker(standing, situation, [str(side)])
    yield from row_in_words(standing)
    yield from (str(refusal(name, standing, "")) for name in PLAYBOOKS if TABLE[standing][name].does == REFUSE)


@pytest.mark.parametrize(("standing", "situation"), _SITUATIONS, ids=[one.name for one, _situation in _SITUATIONS])
def test_nothing_advises_to_empty_drop_or_fence_what_serves_or_may(standing: Standing, situation: Situation) -> None:
    serves = situation.in_service
    for text in _everything(standing, situation):
        assert not harmed(text) - ({serves.other} if serves else set()), text


@pytest.mark.parametrize(
    "text",
    [
        "Empty these tables on green, then run the same command again",
        "Run rollback to undo the migration, empty green, and start again with setup",
        "Create on green what it lacks, or drop and recreate the database of green",
        "That row of green did not come through the link: look at it, delete it there",
        "Run rollback, which fences green again",
    ],
)
def test_harm_is_seen(text: str) -> None:
    assert harmed(text) == {Side.GREEN}


def test_harm_is_advised_at_one_place() -> None:
    root = PROJECT / "plugins/module_utils"
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if _speaks_of_harm(path)}
    assert {path for path in found if "/sql/" not in path} == _SPEAK


def _speaks_of_harm(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return any(text not in docstrings and _SPOKEN.search(text) for text in texts)


@pytest.mark.parametrize(
    ("serves", "target", "codes"),
    [
        (Side.BLUE, Side.GREEN, {"BG510": "replicate", "BG511": "sync"}),
        (Side.GREEN, Side.BLUE, {"BG510": "sync", "BG511": "sync"}),
    ],
)
def test_the_playbook_that_is_named_works_there(serves: Side, target: Side, codes: dict[str, str]) -> None:
    after = {Side.BLUE: Standing.REPLICATING, Side.GREEN: Standing.GREEN_SERVES}[serves]
    situation = next(facts.situation for standing, facts in _CASES if standing is after)
    for reason in _reasons(situation, target):
        if reason.code in codes:
            assert re.match(r"Run (\w+)", reason.fix)[1] == codes[reason.code]  # type: ignore[index]
            assert TABLE[after][codes[reason.code]].does == WORK
    assert mending(Direction.FORWARD, None) == "replicate"


def _told_after_a_gap(standing: Standing, direction: Direction) -> str:
    return after_a_gap(direction, next(facts.situation for one, facts in _CASES if one is standing))


@pytest.mark.parametrize(
    ("standing", "forward", "reverse"),
    [
        (Standing.UNCLEAR, "Run status", "Run status"),
        (
            Standing.GREEN_SERVES,
            "There is no way to green after a rollback any more: ",
            "There is no way back to blue any more: ",
        ),
        (Standing.ROLLED_BACK, "Run cleanup, which ends this migration; ", "Run cleanup, which ends this migration; "),
        (
            Standing.REPLICATING,
            "Run rollback to undo the migration, empty green, and start again",
            "Run cleanup, which ends this migration; ",
        ),
        (Standing.PREPARED, "Run rollback to undo the migration; a new attempt", "Run cleanup, which ends this"),
    ],
)
def test_what_helps_after_a_gap_depends_on_who_serves_and_was_ever_left(
    standing: Standing, forward: str, reverse: str
) -> None:
    assert _told_after_a_gap(standing, Direction.FORWARD).startswith(forward)
    assert _told_after_a_gap(standing, Direction.REVERSE).startswith(reverse)


def test_where_there_is_no_way_back_nothing_else_is_said_of_it() -> None:
    situation = next(facts.situation for standing, facts in _CASES if standing is Standing.GREEN_SERVES)
    ready = replace(READY, conditions=None, gone=("public.users",), loss=("public.people (3 values)",))
    ready = replace(ready, way_back_problems={"l": ("publishes other tables than it should",)})
    assert [one.code for one in reasons_against(situation, Side.BLUE, ready, (), Limits(1.0, 5.0, 9.0))] == [
        NO_WAY_BACK
    ]


def test_a_row_that_only_we_have_found_is_looked_for_in_the_log_first() -> None:
    ours, the_servers = (about_a_row_in_the_way(Side.GREEN, Side.BLUE, said=said) for said in (False, True))
    assert ours.startswith(
        "Look for SQLSTATE 23505 in green's log; without it that row is not the reason. With it: compare"
    )
    assert the_servers.startswith("Compare that row with blue's. If blue never had it")
