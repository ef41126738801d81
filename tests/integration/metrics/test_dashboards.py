# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role that installs rules and dashboard where the user says, as docs/metrics.md shows it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from demo.commands import PROJECT, run_command
from scripts.write_metrics import DASHBOARD, QUERY_FILE, RULES

_PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Install the alert rules
      ansible.builtin.import_role:
        name: bluegreen.postgresql.dashboards
"""


def _install(folder: Path, *options: str, **variables: str) -> str:
    playbook = folder / "playbook.yml"
    playbook.write_text(_PLAY, encoding="utf-8")
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    extra = json.dumps({"ansible_python_interpreter": sys.executable, **variables})
    argv = [program, "-i", "localhost,", "-c", "local", str(playbook), "-e", extra, *options]
    status, output, errors = run_command(argv, environ_update=environment)
    assert status == 0, output + errors
    return output


def test_rules_and_dashboard_are_installed_where_the_user_says(tmp_path: Path) -> None:
    rules, dashboard, queries = (tmp_path / name for name in ("bluegreen.yml", "bluegreen.json", "queries.yml"))
    _install(tmp_path, "--check", bluegreen_rules_file=str(rules))
    assert not rules.exists()
    _install(tmp_path, bluegreen_rules_file=str(rules))
    assert rules.read_bytes() == RULES.read_bytes()
    assert not dashboard.exists(), "it was not asked for"
    _install(tmp_path, bluegreen_dashboard_file=str(dashboard))
    assert dashboard.read_bytes() == DASHBOARD.read_bytes()
    _install(tmp_path, bluegreen_queries_file=str(queries))
    assert queries.read_bytes() == QUERY_FILE.read_bytes()
    assert "changed=0" in _install(tmp_path, bluegreen_dashboard_file=str(dashboard), bluegreen_rules_file=str(rules))
