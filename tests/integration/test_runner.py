# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Like AWX: an execution environment from the collection's own files, and job templates under ansible-runner."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from demo.commands import PROJECT, run_command
from tests.integration.conftest import Migration

_BIN = Path(sys.executable).parent
_EXAMPLES = PROJECT / "docs" / "examples" / "awx"
_TEMPLATES = sorted(path for path in _EXAMPLES.glob("*.yml") if path.stem != "execution-environment")


def _run(program: str, *arguments: str) -> str:
    """Run one of the tools that must succeed, and return what it says."""
    environment = {
        "PATH": os.pathsep.join([str(_BIN), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
    }
    status, output, errors = run_command([str(_BIN / program), *arguments], environ_update=environment)
    assert status == 0, output + errors
    return output


def test_ansible_builder_finds_what_the_collection_needs() -> None:
    found = yaml.safe_load(_run("ansible-builder", "introspect", str(PROJECT / "collections")))
    assert any(line.startswith("psycopg2-binary") for line in found["python"])
    told = (PROJECT / "bindep.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split("  #")[0] for line in found["system"]] == [line for line in told if not line.startswith("#")]


def test_ansible_builder_takes_the_example_with_the_artifact_beside_it(tmp_path: Path) -> None:
    version = yaml.safe_load((PROJECT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    artifact = f"bluegreen-postgresql-{version}.tar.gz"
    context = tmp_path / "context"
    shutil.copy(_EXAMPLES / "execution-environment.yml", tmp_path)
    (tmp_path / artifact).write_text("an artifact", encoding="utf-8")
    _run(
        "ansible-builder",
        "create",
        "--file",
        str(tmp_path / "execution-environment.yml"),
        "--context",
        str(context),
        "--output-filename",
        "Containerfile",
    )
    [asked] = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert (context / "_build" / asked["name"]).read_text(encoding="utf-8") == "an artifact"
    assert (context / "Containerfile").exists()


def test_every_playbook_of_the_collection_has_its_two_lines() -> None:
    assert [path.name for path in _TEMPLATES] == sorted(path.name for path in (PROJECT / "playbooks").glob("*.yml"))
    for path in _TEMPLATES:
        [play] = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert play["ansible.builtin.import_playbook"] == f"bluegreen.postgresql.{path.stem}"


@pytest.mark.parametrize(
    ("phase", "row"), [("prepare", "prepare: done"), pytest.param("setup", "setup: failed", marks=pytest.mark.soak)]
)
def test_a_job_template_under_ansible_runner(migration: Migration, tmp_path: Path, phase: str, row: str) -> None:
    """One that succeeds, and one that must not: setup before prepare."""
    if phase == "setup":
        migration.advance("prepare")
        migration.variables["bluegreen_pg_bindir"] = str(tmp_path)
    folder = tmp_path / "job"
    shutil.copytree(_EXAMPLES, folder / "project")
    (folder / "inventory").mkdir()
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {"migrations": {"hosts": {migration.host: migration.variables}, "vars": variables}}
    (folder / "inventory" / "hosts.json").write_text(json.dumps(hosts), encoding="utf-8")

    environment = {
        "PATH": os.pathsep.join([str(_BIN), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
    }
    argv = [str(_BIN / "ansible-runner"), "run", str(folder), "--playbook", f"{phase}.yml", "--ident", "job", "-vvv"]
    status, output, errors = run_command(argv, environ_update=environment)

    assert (status == 0) == row.endswith("done"), output + errors
    assert row in (migration.reports / "runbook.md").read_text(encoding="utf-8")
    artifacts = folder / "artifacts" / "job"
    events = [json.loads(path.read_text(encoding="utf-8")) for path in (artifacts / "job_events").glob("*.json")]
    assert {event["event"] for event in events} >= {"playbook_on_start", "runner_on_ok", "playbook_on_stats"}
    [stats] = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    entry = stats["artifact_data"].get("bluegreen_outcome", {}).get(migration.host, {})
    assert (entry.get("in_service"), entry.get("next"), entry.get("report")) == (
        ("blue", "setup", str(migration.reports)) if status == 0 else (None, None, None)
    )
    everything = "".join(path.read_text(encoding="utf-8") for path in artifacts.rglob("*") if path.is_file())
    assert migration.variables["bluegreen_blue"]["password"] not in everything + output + errors


def test_the_closing_lines_are_events_of_the_job(tmp_path: Path) -> None:
    """They are printed below the recap, where the events of tasks have ended: a job's output has them all the same."""
    shutil.copytree(_EXAMPLES, tmp_path / "project")
    (tmp_path / "inventory").mkdir()
    nobody = {"host": "127.0.0.1", "port": 1, "dbname": "shop", "user": "nobody", "password": "planted-secret"}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    host = {**variables, "bluegreen_blue": nobody, "bluegreen_green": nobody}
    (tmp_path / "inventory" / "hosts.json").write_text(json.dumps({"migrations": {"hosts": {"shop": host}}}), "utf-8")
    path = os.pathsep.join([str(_BIN), os.environ["PATH"]])
    environment = {"PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    argv = [str(_BIN / "ansible-runner"), "run", str(tmp_path), "--playbook", "status.yml", "--ident", "job"]
    status, output, errors = run_command(argv, environ_update=environment)
    assert status != 0, output + errors
    events = [json.loads(file.read_text("utf-8")) for file in (tmp_path / "artifacts" / "job" / "job_events").iterdir()]
    said = "\n".join(event["stdout"] for event in sorted(events, key=lambda event: int(event["counter"])))
    last = said[said.index("PLAY RECAP") :]
    assert "status failed after" in last
    assert last.count("BG003: Blue cannot be reached") == 1
    assert said.count("Blue cannot be reached") == 1, "its reason stands once"
    assert "planted-secret" not in said + output + errors
