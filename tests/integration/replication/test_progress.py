# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is shown while a task waits, and a budget is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.commands import PROJECT
from tests.fixtures.migrations import Pair, PairFactory

_PLAY = """
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Catch up
      bluegreen.postgresql.replication_catchup:
        slice: 0.2
        timeout: 120
      module_defaults:
        group/bluegreen.postgresql.migration: "{{ ends }}"
"""


_COMPARISON = """
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Compare
      bluegreen.postgresql.consistency_check:
        slice: 0.2
        timeout: 120
        pause_query: SELECT NOT EXISTS (SELECT FROM public.calm)
      module_defaults:
        group/bluegreen.postgresql.migration: "{{ ends }}"
"""


def start_play(made: Pair, folder: Path, program: list[str], play: str = _PLAY) -> subprocess.Popen[str]:
    """Start a play of one task whose module has to wait; its output can be read line by line."""
    private = folder / "runner"
    (private / "project").mkdir(parents=True)
    (private / "inventory").mkdir()
    (private / "env").mkdir()
    (private / "project" / "play.yml").write_text(play, encoding="utf-8")
    (private / "inventory" / "hosts").write_text("shop-1\n", encoding="utf-8")
    variables = {"ends": made.ends(), "ansible_python_interpreter": sys.executable}
    (private / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    words = [word.format(private=private) for word in program]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextmanager
def held_back(made: Pair) -> Iterator[None]:
    """Make green's apply worker wait for a lock while a row is on its way."""
    holder = made.green.connect("superuser", autocommit=False)
    holder.cursor().execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
    assert made.write(made.blue) is None
    try:
        yield
    finally:
        holder.rollback()
        holder.close()


PROGRAMS = {
    "ansible-playbook": [
        "ansible-playbook", "-i", "{private}/inventory/hosts", "-e", "@{private}/env/extravars",
        "{private}/project/play.yml",
    ],
    "ansible-runner": ["ansible-runner", "run", "{private}", "-p", "play.yml"],
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_lines_of_progress_are_shown_while_the_task_waits(pair: PairFactory, tmp_path: Path, program: str) -> None:
    if not Path(sys.executable).with_name(program).exists():
        pytest.skip(f"{program} is not installed")
    made = pair()
    made.replicate()
    lines = []
    process = start_play(made, tmp_path, PROGRAMS[program])
    assert process.stdout is not None
    with held_back(made):
        for line in process.stdout:
            lines.append(line)
            if "shop-1: green is " in line and "behind" in line:
                break
    lines += process.stdout.readlines()
    process.stdout.close()
    assert process.wait() == 0, "".join(lines)
    assert any("shop-1: green is " in line and "behind" in line for line in lines), "".join(lines)


def test_a_comparison_says_how_far_it_is_and_what_holds_it_back(pair: PairFactory, tmp_path: Path) -> None:
    made = pair()
    made.replicate()
    made.blue.query("CREATE TABLE public.calm (); GRANT ALL ON public.calm TO PUBLIC")
    made.green.query("CREATE TABLE public.calm (); GRANT ALL ON public.calm TO PUBLIC")
    lines = []
    process = start_play(made, tmp_path, PROGRAMS["ansible-playbook"], _COMPARISON)
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if "shop-1: compared 0 bytes of" in line and "held back, pause_query says so" in line:
            break
    made.blue.query("INSERT INTO public.calm DEFAULT VALUES")
    made.green.query("INSERT INTO public.calm DEFAULT VALUES")
    lines += process.stdout.readlines()
    process.stdout.close()
    assert process.wait() == 0, "".join(lines)
    assert any("held back" in line for line in lines), "".join(lines)


def test_a_canary_goes_on_in_the_next_slice_with_what_was_counted(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    told = {"duration": 1.5, "interval": 0.2}
    first = made.succeed("canary", slice=0.4, **told)
    assert (first["traffic"], len(first["progress"])) == (None, 1)
    assert "canaries: forward " in first["progress"][0]
    assert first["resume"]["counters"].keys() == {"forward", "reverse"}
    assert made.write(made.blue) is None
    last = made.succeed("canary", resume=first["resume"], **told)
    assert "resume" not in last
    assert last["canaries"]["forward"]["sent"] > first["canaries"]["forward"]["sent"]
    assert last["traffic"]["seconds"] >= 1.5
    assert last["traffic"]["written"] >= 1, "what was written between two slices counts"


def test_a_slice_goes_on_with_the_markers_of_the_one_before(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    with held_back(made):
        first = made.succeed("replication_catchup", slice=0.2, timeout=60)
        assert first["caught_up"] is False
        assert "behind" in first["progress"][0]
        second = made.succeed("replication_catchup", slice=0.2, timeout=60, resume=first["resume"])
        assert second["resume"]["tokens"] == first["resume"]["tokens"]
        assert second["resume"]["elapsed"] > first["resume"]["elapsed"]
    assert made.succeed("replication_catchup", timeout=60, resume=second["resume"])["caught_up"] is True
    assert made.green.query("SELECT count(*) FROM bluegreen.marker_1 WHERE purpose = 'catchup'") == [(0,)]


def test_a_budget_is_waited_for(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    [(lsn,)] = made.blue.query("SELECT pg_current_wal_lsn()::text")
    made.succeed("replication_catchup", timeout=60, lsn=lsn, max_seconds=30.0, max_bytes=1 << 30)
    failed = made.run("replication_catchup", timeout=2, lsn="FFFFFFFF/0")
    assert failed["code"] == "BG312"
    assert "budget" in failed["msg"]


def test_two_who_wait_at_once_leave_each_other_alone(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    with held_back(made):
        first = made.succeed("replication_catchup", slice=0.2, timeout=60)
        waited = made.succeed("replication_lag_info")["links"]["forward"][made.lane("forward")]
        assert waited["seconds_behind"] > 0
        other = made.run("replication_catchup", timeout=0.5)
        assert other["code"] == "BG312"
        assert made.blue.query("SELECT token FROM bluegreen.marker_1 WHERE purpose = 'catchup'") == [
            (first["resume"]["tokens"]["1"],)
        ]
    assert made.succeed("replication_catchup", timeout=60, resume=first["resume"])["caught_up"] is True
    calm = made.succeed("replication_lag_info")["links"]["forward"][made.lane("forward")]
    assert calm["seconds_behind"] is None, "nothing is on its way that would tell"


def test_markers_of_runs_that_were_killed_long_ago_go(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.blue.query(
        "INSERT INTO bluegreen.marker_1 (token, side, purpose, at) VALUES"
        " ('old', 'blue', 'catchup', now() - interval '8 days'), ('new', 'blue', 'catchup', now())"
    )
    made.succeed("replication_catchup", timeout=60)
    assert made.blue.query("SELECT token FROM bluegreen.marker_1 WHERE side = 'blue'") == [("new",)]
