# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A malformed parameter that can hold a secret is told apart, and never printed."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.commands import PROJECT, run_command
from tests.fixtures.malformed import SECRET, malformed, malformed_inventory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.specs import MODULES, spec_of
from tests.integration.conftest import Migration, play

# Between them they have every kind of parameter that can hold a secret.
_SHORT = {"archive_database", "cutover", "embedded_server", "prerequisites_info", "route_check", "notify"}


@pytest.mark.parametrize(
    "module", [name if name in _SHORT else pytest.param(name, marks=pytest.mark.soak) for name in MODULES]
)
def test_a_module_prints_no_malformed_parameter(module: str, run_module: ModuleRunner) -> None:
    printed = []
    for parameters in malformed(spec_of(module)):
        result = run_module(module, parameters)
        assert result["failed"], (parameters, result)
        # A channel may have any header; what it lacks is told without what it has.
        if SECRET in str(result) or result.get("code") not in ("BG070", "BG083", "BG333"):
            printed.append((parameters, result))
    assert not printed, (len(printed), printed[:10])


def _hosts(migration: Migration, every: list[dict[str, Any]]) -> list[Migration]:
    return [
        replace(migration, host=f"host{number}", variables={**migration.variables, **wrong})
        for number, wrong in enumerate(every)
    ]


def _require_no_secret(migration: Migration, said: dict[str, str]) -> None:
    """See that neither what was said nor what either database and its server have kept holds the secret."""
    for side in (migration.blue, migration.green):
        said[f"{side.server.major}'s log"] = side.server.embedded.log.read_text(encoding="utf-8")
        if side.query("SELECT to_regclass('bluegreen.journal')") != [(None,)]:
            said[f"{side.server.major}'s journal"] = str(side.query("SELECT * FROM bluegreen.journal"))
    passwords = {migration.variables[side]["password"] for side in ("bluegreen_blue", "bluegreen_green")}
    printed = {place: text for place, text in said.items() if not place.endswith("log")}
    assert not [place for place, text in said.items() if SECRET in text]
    assert not [place for place, text in printed.items() if any(password in text for password in passwords)]


# Check mode goes on where an earlier phase is missing, and so reads what is malformed.
_FURTHER: dict[str, list[str]] = {"prepare": [], "traffic": [], "cutover": ["--check"]}


@pytest.mark.soak
@pytest.mark.parametrize("playbook", _FURTHER)
def test_a_playbook_prints_and_keeps_no_malformed_variable(migration: Migration, playbook: str) -> None:
    hosts = _hosts(migration, malformed_inventory(migration.variables)[playbook])
    run = play(migration.folder, hosts, playbook, "-vvv", "--diff", *_FURTHER[playbook])
    assert {each.host for each in hosts if run.count("failed", each.host) != 1} == set()
    _require_no_secret(migration, {"output": run.output})


@pytest.mark.soak
@pytest.mark.parametrize("playbook", _FURTHER)
def test_ansible_runner_keeps_no_malformed_variable(migration: Migration, tmp_path: Path, playbook: str) -> None:
    hosts = {
        each.host: each.variables for each in _hosts(migration, malformed_inventory(migration.variables)[playbook])
    }
    group = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (tmp_path / "job" / "project").mkdir(parents=True)
    (tmp_path / "inventory.json").write_text(json.dumps({"migrations": {"hosts": hosts, "vars": group}}), "utf-8")
    imported = yaml.safe_dump([{"ansible.builtin.import_playbook": f"bluegreen.postgresql.{playbook}"}])
    (tmp_path / "job" / "project" / "job.yml").write_text(imported, encoding="utf-8")
    programs = Path(sys.executable).parent
    environment = {
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
        "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
    }
    job = [str(programs / "ansible-runner"), "run", str(tmp_path / "job"), "--playbook", "job.yml", "--ident", "job"]
    _status, output, errors = run_command(
        [*job, "-vvv", "--inventory", str(tmp_path / "inventory.json"), f"--cmdline={' '.join(_FURTHER[playbook])}"],
        environ_update=environment,
    )
    artifacts = tmp_path / "job" / "artifacts"
    files = {str(path): path.read_text(encoding="utf-8") for path in artifacts.rglob("*") if path.is_file()}
    assert sum("runner_on_failed" in text for text in files.values()) >= len(hosts)
    assert "BG070" in (tmp_path / "ansible.log").read_text(encoding="utf-8")
    kept = {**files, "log file": (tmp_path / "ansible.log").read_text(encoding="utf-8"), "output": output + errors}
    _require_no_secret(migration, kept)
