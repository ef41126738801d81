# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hook's commands, really executed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.hook import Hook
from demo.commands import run_command

BLUE = ["echo", '{"side": "blue", "held": false}']


def _hook(**commands: list[str]) -> Hook:
    return Hook({"observe": BLUE, "switch": ["true"], **commands}, run_command)


def _soon(seconds: float = 10.0) -> Deadline:
    return Deadline(seconds, "The test")


def _shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def _failure(hook: Hook, verb: str, *arguments: Any, seconds: float = 10.0) -> RouteError:
    with pytest.raises(RouteError) as raised:
        getattr(hook, verb)(*arguments, _soon(seconds))
    return raised.value


@pytest.mark.parametrize("side", ["blue", "green", None])
@pytest.mark.parametrize("held", [True, False])
def test_what_observe_prints_is_what_is_seen(side: str | None, held: bool) -> None:
    facts = _hook(observe=["echo", json.dumps({"side": side, "held": held})]).observe(_soon())

    assert (facts.side, facts.held) == (Side(side) if side else None, held)


@pytest.mark.parametrize("printed", ["", "blue", "[]", "{}", '{"side": "blue"}', '{"side": "red", "held": false}'])
def test_what_is_not_said_is_not_assumed(printed: str) -> None:
    assert _failure(_hook(observe=["echo", printed]), "observe").code == "BG611"


def test_a_command_gets_verb_and_target_and_its_arguments_as_they_are(tmp_path: Path) -> None:
    note = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read() + sys.argv[2])"
    weird = 'two words; "quoted" * 100%'
    _hook(switch=[sys.executable, "-c", note, str(tmp_path / "note"), weird]).switch(Side.GREEN, _soon())
    said, _newline, argument = (tmp_path / "note").read_text(encoding="utf-8").partition("\n")

    assert json.loads(said) == {"verb": "switch", "target": "green"}
    assert argument == weird


def test_a_command_that_reads_nothing_does_not_fail() -> None:
    for _attempt in range(20):
        _hook(switch=["true"]).switch(Side.GREEN, _soon())


@pytest.mark.parametrize("verb", ["hold", "release"])
def test_a_verb_without_command_does_nothing(verb: str) -> None:
    getattr(_hook(), verb)(_soon())


def test_a_failing_hold_is_undone_by_release(tmp_path: Path) -> None:
    released = tmp_path / "released"
    hook = _hook(hold=_shell("echo no way >&2; exit 3"), release=["touch", str(released)])
    failure = _failure(hook, "hold")

    assert failure.code == "BG611"
    assert "status 3 (no way)" in failure.what
    assert failure.stands == "Its release was run"
    assert released.exists()


def test_a_hold_that_could_not_be_undone_is_said() -> None:
    failure = _failure(_hook(hold=["false"], release=["false"]), "hold")

    assert "may still be held" in failure.stands


def test_a_hanging_command_ends_with_the_deadline_and_with_all_that_it_started(tmp_path: Path) -> None:
    survivor = tmp_path / "survivor"
    stubborn = f"trap '' TERM; (sleep 2; touch {survivor}) & wait; sleep 5"
    begun = time.monotonic()
    failure = _failure(_hook(hold=_shell(stubborn), release=["true"]), "hold", seconds=0.3)

    assert time.monotonic() - begun < 1.9
    assert failure.code == "BG603"
    time.sleep(2.0)
    assert not survivor.exists()


def test_a_missing_program_is_found_before_anything_is_held() -> None:
    failure = _failure(_hook(switch=["/nowhere/switch"]), "arm")

    assert failure.code == "BG602"
    assert "/nowhere/switch" in failure.what


def test_a_passed_deadline_runs_nothing(tmp_path: Path) -> None:
    hook = _hook(switch=["touch", str(tmp_path / "late")])

    assert _failure(hook, "switch", Side.GREEN, seconds=0.0).code == "BG603"
    assert not (tmp_path / "late").exists()
