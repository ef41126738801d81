# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What actions on the controller do with a failure within our playbooks, and the command that they advise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.command_line import command_for
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.quiet import WHOLE, quiet


def _typed(monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs(options))


def test_a_failure_is_one_short_result_and_all_of_it_is_kept_for_the_rescue() -> None:
    result = {"failed": True, "changed": True, "msg": "BG550: x", "code": "BG550", "warnings": ["w"], "_ansible_y": 1}
    shown = quiet(result)
    assert shown.pop(WHOLE) == {key: value for key, value in result.items() if key != "_ansible_y"}
    assert shown == {
        "failed": True,
        "changed": True,
        "msg": "BG550: the last lines of the output say why, where things stand and what to do",
        "warnings": ["w"],
        "_ansible_y": 1,
    }
    assert quiet({"failed": True, "msg": "x"})["msg"].startswith("This task failed: ")


def test_a_command_leads_to_the_same_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    _typed(
        monkeypatch, inventory=(str(tmp_path / "in ventory.yml"), "/etc/hosts.yml", "a,b"), subset=None, extra_vars=()
    )
    assert command_for("shop", {}) == "ansible-playbook -i 'in ventory.yml' -i /etc/hosts.yml -i a,b"


def test_one_of_several_hosts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _typed(monkeypatch, inventory=None)
    assert command_for("shop", {"ansible_play_hosts_all": ["shop"]}) == "ansible-playbook"
    assert command_for("shop", {"ansible_play_hosts_all": ["shop", "b"]}) == "ansible-playbook --limit shop"
    _typed(monkeypatch, inventory=None, subset="sh*")
    assert command_for("shop", {"ansible_play_hosts_all": ["shop"]}) == "ansible-playbook --limit shop"


def test_variables_of_the_command_line_are_never_repeated_but_their_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    _typed(monkeypatch, inventory=("i,",), extra_vars=("password=hidden", "@vars.yml"))
    assert command_for("shop", {}) == "ansible-playbook -i i, -e @vars.yml"
