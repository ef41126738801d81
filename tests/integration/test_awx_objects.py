# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `awx`, by AWX's own modules, against a stand-in for AWX's API."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.known_variables import known_variables
from demo.commands import PROJECT, run_command
from tests.fixtures.awx_api import Controller, a_controller, modules_of_awx

pytestmark = pytest.mark.soak  # AWX's modules take a second each, and there are fifty
_EXAMPLES = PROJECT / "docs" / "examples" / "awx"
_SECRETS = {"blue_password": "Nobody-sees-1", "webhook_url": "https://Nobody-sees-2"}
_ASKED = {
    "bluegreen_awx_organization": "Shop",
    "bluegreen_awx_project_url": "https://git.example.com/shop.git",
    "bluegreen_awx_image": "registry.example.com/bluegreen-ee:1",
    "bluegreen_awx_secrets": _SECRETS,
    "bluegreen_awx_notifications": [
        {"name": "people", "type": "webhook", "configuration": {"url": "https://Nobody-sees-3", "http_method": "POST"}}
    ],
}


@dataclass(frozen=True)
class Made:
    """A controller with all objects. ``checked``: what check mode said before, ``touched``: what it wrote."""

    controller: Controller
    folder: Path
    checked: str
    touched: list[str]

    def again(self, *options: str, **more: Any) -> tuple[str, list[str]]:
        """Run the playbook once more; return what it says and the requests that were no readings."""
        before = len(self.controller.written)
        said = _play(self.controller, self.folder, *options, **more)
        return said, self.controller.written[before:]


def _play(controller: Controller, folder: Path, *options: str, **more: Any) -> str:
    """Run the playbook, which must succeed, and return what it says."""
    (folder / "asked.json").write_text(json.dumps({**_ASKED, **more}), encoding="utf-8")
    paths = [str(PROJECT / "collections"), str(modules_of_awx())]
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(paths),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        **controller.environment,
    }
    told = ["-i", "localhost,", "-e", f"@{folder}/asked.json", *options]
    status, output, errors = run_command(
        ["ansible-playbook", "bluegreen.postgresql.awx", *told], environ_update=environment
    )
    assert status == 0, output + errors
    assert "Nobody-sees" not in output + errors
    return output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Give a controller in which the playbook has made everything; check mode went before it."""
    folder = tmp_path_factory.mktemp("awx")
    with a_controller(frozenset(path.name for path in _EXAMPLES.glob("*.yml"))) as controller:
        checked = _play(controller, folder, "--check")
        touched = list(controller.written)
        _play(controller, folder)
        yield Made(controller, folder, checked, touched)


def _arrows(controller: Controller) -> dict[str, tuple[list[str], list[str]]]:
    kind = "workflow_job_template_nodes"
    nodes = {name: controller.one(kind, name) for name in controller.names(kind)}
    return {name: (node.get("success_nodes", []), node.get("failure_nodes", [])) for name, node in nodes.items()}


def test_check_mode_makes_nothing_and_a_second_run_changes_nothing(made: Made) -> None:
    assert "changed=1 " in made.checked
    assert made.touched == []
    assert len(made.controller.written) > 60
    said, written = made.again("-vvv", "--diff")
    assert "changed=0 " in said
    assert written == []


def test_each_playbook_gets_a_template_and_the_workflow_waits_before_the_cutover(made: Made) -> None:
    controller = made.controller
    about_migrations = {path.stem for path in (PROJECT / "playbooks").glob("*.yml")} - {"awx", "init", "migrate"}
    assert {f"bluegreen {name}" for name in {*about_migrations, "emergency"}} == set(controller.names("job_templates"))
    assert _arrows(controller) == {
        "prepare": (["setup"], ["status"]),
        "setup": (["replicate"], ["status"]),
        "replicate": (["sync"], ["status"]),
        "sync": (["approval"], ["status"]),
        "approval": (["cutover"], ["status"]),
        "cutover": (["monitor"], ["status"]),
        "monitor": ([], ["status"]),
        "status": ([], []),
    }
    told = {"notification_templates_error": ["bluegreen people"]}
    assert controller.one("workflow_job_templates", "bluegreen migrate").items() >= told.items()
    cutover = controller.one("job_templates", "bluegreen cutover")
    assert cutover.items() >= {**told, "credentials": ["bluegreen"], "allow_simultaneous": False}.items()
    assert controller.one("schedules", "bluegreen monitor")["rrule"].startswith("DTSTART")


def test_what_a_survey_sets_is_a_variable_that_the_roles_read(made: Made) -> None:
    asked = {
        question["variable"]
        for name in made.controller.names("job_templates")
        for question in _questions(made, "job_templates", name)
    }
    assert len(asked) >= 6
    assert asked <= known_variables()


def test_nobody_moves_or_ends_a_migration_without_naming_it(made: Made) -> None:
    without_a_default = set()
    for name in made.controller.names("job_templates"):
        [which] = [one for one in _questions(made, "job_templates", name) if one["variable"] == "bluegreen_hosts"]
        assert which["required"]
        without_a_default |= {name.partition(" ")[2]} if not which["default"] else set()
    assert without_a_default == {"reads", "cutover", "rollback", "emergency", "cleanup", "decommission"}
    [which] = _questions(made, "workflow_job_templates", "bluegreen migrate")
    assert (which["variable"], which["required"], which["default"]) == ("bluegreen_hosts", True, "")


def test_what_somebody_attached_by_hand_stays(made: Made) -> None:
    made.controller.attach("job_templates", "bluegreen status", "credentials", "bluegreen people")
    before = made.controller.one("job_templates", "bluegreen status")
    nothing: dict[str, Any] = {"bluegreen_awx_secrets": {}, "bluegreen_awx_notifications": []}
    _said, written = made.again(**nothing)
    assert made.controller.one("job_templates", "bluegreen status") == before
    assert written == []
    made.again()
    asked_for = made.controller.one("job_templates", "bluegreen status")["credentials"]
    assert asked_for == ["bluegreen"], "where credentials are asked for, a template has these"


def _questions(made: Made, kind: str, name: str) -> list[dict[str, Any]]:
    spec: list[dict[str, Any]] = made.controller.one(kind, name)["survey_spec"]["spec"]
    return spec


def test_secrets_reach_jobs_as_variables_in_a_file(made: Made) -> None:
    kind = made.controller.one("credential_types", "bluegreen")
    fields = kind["inputs"]["fields"]
    assert all(one["secret"] for one in fields)
    assert kind["injectors"] == {"extra_vars": {one["id"]: f"{{{{ {one['id']} }}}}" for one in fields}}
    assert made.controller.one("credentials", "bluegreen")["inputs"] == _SECRETS


def test_a_change_is_brought_over_and_nothing_else(made: Made) -> None:
    _said, written = made.again(bluegreen_awx_project_branch="stable", bluegreen_awx_approval_timeout=3600)
    assert [path.split("/")[0] for path in written] == ["PATCH projects", "PATCH workflow_approval_templates"]
    assert made.controller.one("workflow_approval_templates", "bluegreen cutover")["timeout"] == 3600
