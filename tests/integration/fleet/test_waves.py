# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many migrations switch in waves: the next one begins only while the earlier ones are well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo.commands import PROJECT
from tests.integration.conftest import UP_TO_SYNC, MigrationFactory, play
from tests.integration.status.test_closing_lines import last_lines

# The same task files as the playbook cutover, around a stand-in for the switch.
_PLAY = """
- hosts: all
  gather_facts: false
  serial: "{{ bluegreen_waves | default(['100%']) | bluegreen.postgresql.wave_sizes }}"
  vars:
    closing_phase: cutover
  tasks:
    - name: Begin the wave
      bluegreen.postgresql.fleet_wave:
        failures_allowed: "{{ bluegreen_wave_failures | default(0) }}"
        batch: "{{ ansible_play_batch }}"
        living: "{{ ansible_play_hosts }}"
      register: begun
    - name: Switch
      ansible.builtin.assert:
        that: inventory_hostname not in broken
    - name: Say who comes later
      ansible.builtin.debug:
        msg: "{{ inventory_hostname }} has switched, {{ begun.later | length }} come later"
"""


def _switch(folder: Path, hosts: str, **extra: Any) -> str:
    (folder / "play.yml").write_text(_PLAY, encoding="utf-8")
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    argv = [program, "-i", hosts, "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    told = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    run = subprocess.run(
        [*argv, "-e", json.dumps(extra), "play.yml"], cwd=folder, env=told, text=True, capture_output=True, check=False
    )
    assert (run.returncode != 0) is bool(extra["broken"])
    assert "Traceback" not in run.stdout + run.stderr
    return run.stdout + run.stderr


def test_a_canary_that_fails_stops_the_rest_and_they_are_named(tmp_path: Path) -> None:
    said = _switch(tmp_path, "canary,b,c,d", bluegreen_waves=[1, 2], broken=["canary"])
    assert "has switched" not in said
    for host in "bcd":
        assert f"{host}: cutover was not begun" in said
    assert "canary: cutover was not begun" not in said


def test_failures_beyond_the_limit_stop_the_next_wave(tmp_path: Path) -> None:
    said = _switch(tmp_path, "a,b,c,d,e", bluegreen_waves="3, 1", broken=["a", "b"], bluegreen_wave_failures=1)
    assert "c has switched, 2 come later" in said
    assert "d has switched" not in said
    assert "BG752" in said
    assert "2 of 3 migrations of earlier waves failed, and 1 may (a, b)" in said
    assert "e: cutover was not begun" in said


def test_failures_within_the_limit_stop_nobody_else(tmp_path: Path) -> None:
    said = _switch(tmp_path, "a,b,c,d", bluegreen_waves=["50%"], broken=["a"], bluegreen_wave_failures=1)
    assert all(f"{host} has switched" in said for host in "bcd")
    assert "not begun" not in said


def test_without_a_failure_every_wave_begins_and_nobody_is_left(tmp_path: Path) -> None:
    said = _switch(tmp_path, "a,b,c", bluegreen_waves=[1], broken=[])
    assert [f"{host} has switched, {later} come later" in said for host, later in zip("abc", (2, 1, 0), strict=True)]
    assert said.index("a has switched") < said.index("b has switched") < said.index("c has switched")
    assert "not begun" not in said


def test_a_size_that_is_none_is_an_error_in_words(tmp_path: Path) -> None:
    said = _switch(tmp_path, "a,b", bluegreen_waves=["some"], broken=["a"])
    assert "bluegreen_waves has 'some', which is neither a number from 1 on nor a percentage" in said
    assert "has switched" not in said


@pytest.mark.soak
def test_a_fleet_switches_behind_its_canary(new_migration: MigrationFactory) -> None:
    fleet = sorted((new_migration() for _each in range(3)), key=lambda one: one.host)
    canary, *others = fleet
    assert play(canary.folder, fleet, *UP_TO_SYNC).status == 0
    canary.variables["bluegreen_health_checks"] = [{"name": "never well", "command": ["/bin/false"]}]
    waves: dict[str, Any] = {"bluegreen_waves": [1, 5], "bluegreen_wave_watch": 3}
    stopped = play(canary.folder, fleet, "cutover", **waves)
    assert stopped.status != 0
    assert all(f"{other.host}: cutover was not begun" in "\n".join(last_lines(stopped)) for other in others)
    for one in fleet:
        one.blue.query("INSERT INTO users (name) VALUES ('still on blue')", role="app")
    del canary.variables["bluegreen_health_checks"]
    done = play(canary.folder, fleet, "cutover", **waves)
    assert done.status == 0, done.output
    told = last_lines(done)
    for one in fleet:
        one.green.query("INSERT INTO users (name) VALUES ('on green')", role="app")
        assert sum(line.startswith(f"{one.host}: cutover is done") for line in told) == 1
        watched = sum(line.startswith(f"{one.host}: monitor is done") for line in told)
        assert watched == (one is canary), "the last wave is followed by none"
    again = play(canary.folder, fleet, "cutover", **waves)
    assert again.status == 0, again.output
    assert all(again.count("changed", one.host) == 0 for one in fleet)
