# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a newcomer reads last, without -v and without a callback: below the recap, once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.commands import PROJECT
from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory, Run, play

_RECAP = "PLAY RECAP"
_PLAYBOOK = "bluegreen.postgresql"
_TIME = r"(?:[\d.]+ s|\d+ min \d+ s)"


def last_lines(run: Run) -> list[str]:
    """Return what stands below the recap of the hosts."""
    return run.output.partition(_RECAP)[2].partition("\n\n")[2].strip("\n").splitlines()


def _require_ending(run: Run, headline: str, stands: str, following: str) -> list[str]:
    """Require closing lines that begin and end so, nowhere else; return them."""
    told = last_lines(run)
    assert re.match(headline, told[0]), run.output
    assert any(line.startswith("  stands") and stands in line for line in told), told
    assert any(f"{_PLAYBOOK}.{following}" in line for line in told if line.startswith(("  next", "  then", "    "))), (
        told
    )
    above = run.output.partition(_RECAP)[0]
    assert not [line for line in told if line in above], "a line stands twice"
    return told


def _keyless(migration: Migration) -> None:
    migration.blue.query("CREATE TABLE keyless (n int); CREATE TABLE keyless_too (n int)", role="owner")


def test_a_failure_shows_its_reasons_once_and_last(migration: Migration) -> None:
    _keyless(migration)
    run = migration.play("prepare")
    assert (run.status, run.count("failed", migration.host)) == (2, 1)
    told = _require_ending(run, rf"prepare failed after {_TIME}, at the task", "blue is in service", "prepare")
    assert run.output.count("Preflight found 1 reason not to begin") == 1
    assert run.output.count("BG145 blue: 2 tables have no replica identity") == 1
    assert told[1].startswith("  why       BG710: Preflight found 1 reason not to begin. Nothing was changed.")
    assert "skipping" not in run.output.rpartition("Fail as the phase did")[2]
    dumps = re.findall(r"FAILED! => (.*)", run.output)
    words = '"msg": "BG710: the last lines of the output say why, where things stand and what to do"'
    assert dumps == [f'{{"changed": false, {words}}}'] * 2


def test_a_failed_module_shows_its_reasons_once_and_the_journals_have_them_all(migration: Migration) -> None:
    migration.advance("prepare")
    migration.variables["bluegreen_green"] = {**migration.green.endpoint(), "password": "wrong-and-secret"}
    run = migration.play("setup", "--check")
    assert run.status == 2
    told = _require_ending(run, r"setup failed after .* nothing was changed \(check mode\)$", "not known", "setup")
    shown = [line for line in run.output.splitlines() if "Green refused the password" in line]
    assert len(shown) == 1, shown
    assert told[1].startswith("  why       BG004: ")
    assert "wrong-and-secret" not in run.output


@pytest.mark.soak
def test_each_phase_ends_in_its_lines(migration: Migration) -> None:
    walk = [
        ("prepare", "preflight has passed", "setup"),
        ("setup", "green is set up and fenced", "replicate"),
        ("replicate", "rows flow to green", "sync"),
        ("sync", "the way back exists", "cutover"),
        ("verify", "the way back exists", "cutover"),
        ("traffic", "the way back exists", "cutover"),
        ("status", "the way back exists", "cutover"),
        ("cutover", "green is in service", "monitor"),
        ("monitor", "green is in service", "rollback"),
        ("rollback", "blue is in service again", "cutover"),
        ("cleanup", "the migration is over", "archive"),
    ]
    for phase, stands, following in walk:
        tried = migration.play(phase, "--check")
        checked = rf"{phase} would go through; nothing was changed \(check mode\)$"
        assert re.match(checked, last_lines(tried)[0]), tried.output
        run = migration.play(phase)
        told = _require_ending(run, rf"{phase} is done in {_TIME}$", stands, following)
        if phase in ("cutover", "rollback"):
            assert sum(bool(re.match(r".{10} +\d+\.\d ms  \w", line)) for line in told) == 15, told
            assert any(re.match(r"  clients   waited for \d+\.\d ms at most$", line) for line in told)
            assert "  sessions  none was left on the side out of service" in told
        assert ("  way back  safe, nothing would be lost" in told) is (phase == "cutover")
    again = migration.play("setup")
    assert "BG743" in last_lines(again)[1]


def test_the_lines_of_several_begin_with_a_name_and_their_status_is_one_table(new_migration: MigrationFactory) -> None:
    sound, broken = new_migration(), new_migration()
    _keyless(broken)
    told = last_lines(play(sound.folder, [sound, broken], "prepare"))
    assert {line.split(": ")[0] for line in told if line} == {sound.host, broken.host}
    assert sum(line.startswith(f"{broken.host}: prepare failed") for line in told) == 1
    assert sum(f"--limit {sound.host} {_PLAYBOOK}.setup" in line for line in told) == 1
    table = last_lines(play(sound.folder, [sound, broken], "status"))
    assert [line.split()[0] for line in table] == ["migration", *sorted([sound.host, broken.host])]
    assert sum("preflight has passed" in line for line in table) == 1


@pytest.mark.soak
def test_the_phases_of_one_run_are_told_together_and_only_the_last_says_what_comes_next(migration: Migration) -> None:
    told = last_lines(play(migration.folder, [migration], *UP_TO_SYNC))
    assert [line.split()[0] for line in told if line and not line.startswith(" ")] == [*UP_TO_SYNC]
    assert sum(line.startswith("  stands") for line in told) == 1


_INTERRUPTED = """
- hosts: localhost
  gather_facts: false
  vars:
    closing_phase: sync
  tasks:
    - block:
        - name: Stop for a reason
          bluegreen.postgresql.stop_phase:
            msg: "BG710: a reason that nobody has read yet. Nothing was changed. Remove it."
      rescue:
        - ansible.builtin.command: touch {begun}
        - ansible.builtin.command: sleep 60
"""


def test_ctrl_c_before_the_last_lines_keeps_no_reason_back(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    (tmp_path / "playbook.yml").write_text(_INTERRUPTED.format(begun=begun), encoding="utf-8")
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    argv = [program, "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    told = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    with subprocess.Popen(
        [*argv, "playbook.yml"], cwd=tmp_path, env=told, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        deadline = time.monotonic() + 60
        while not begun.exists():
            assert time.monotonic() < deadline, "it never failed"
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        output, _errors = run.communicate(timeout=30)
    assert 'sync failed, at the task "Stop for a reason"' in output
    assert output.count("BG710: a reason that nobody has read yet") == 1
    assert "not known: the run ended before that was read" in output


_WENT_WELL = """
- hosts: localhost
  gather_facts: false
  vars:
    closing_phase: cutover
  tasks:
    - name: Say how it ended
      bluegreen.postgresql.closing_info:
        migration: a/path
        blue: {host: 127.0.0.1, port: 1, dbname: x, user: x}
        green: {host: 127.0.0.1, port: 1, dbname: x, user: x}
        phase: cutover
"""


def test_a_phase_that_went_well_is_no_failure_because_its_ending_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "playbook.yml").write_text(_WENT_WELL, encoding="utf-8")
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    argv = [program, "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    told = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    run = subprocess.run([*argv, "playbook.yml"], cwd=tmp_path, env=told, text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    last = run.stdout.partition("PLAY RECAP")[2]
    assert "cutover is done" in last
    assert "not known: BG071" in last
    assert "Where the migration stands could not be read: BG071" in run.stdout + run.stderr
