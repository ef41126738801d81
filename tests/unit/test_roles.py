# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and playbooks keep their form; every variable is bound once, described once, and means what modules mean."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).resolve().parents[2]
_ROLES = sorted(path.name for path in (_ROOT / "roles").iterdir())
_PLAYBOOKS = sorted(path.stem for path in (_ROOT / "playbooks").glob("*.yml"))
_PHASES = sorted(set(_PLAYBOOKS) - {"migrate", "status", "rehearse", "traffic", "awx", "init"})
_USER_VARIABLE = re.compile(r"\bbluegreen_\w+")
_EXPRESSION = re.compile(r"\{[{%].*?[}%]\}|^ +when:.*$", re.DOTALL | re.MULTILINE)
_BINDING = re.compile(r"\bbluegreen_\w+ \| default\((?P<default>[^()]*)\)")
_PARAMETER = re.compile(r'^ +(?P<parameter>\w+): "\{\{ (?P<variable>\w+) \}\}"$', re.MULTILINE)
_MODULE = re.compile(r"^ *bluegreen\.postgresql\.(?P<module>\w+):$", re.MULTILINE)
# What a user may set although it reaches no role.
_OF_PLAYBOOKS = {"bluegreen_hosts", "bluegreen_approve_cutover", "bluegreen_progress", "bluegreen_waves"}
_HANDED_OVER = {
    "notifications_phase",
    "notifications_steps",
    "notifications_observations",
    "notifications_switched",
    "notifications_evidence",
    "notifications_client",
    "notifications_read",
}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _defaults(role: str) -> dict[str, Any]:
    defaults: dict[str, Any] = _load(_ROOT / "roles" / role / "defaults" / "main.yml")
    return defaults


def _bindings() -> dict[str, str]:
    """Return the literal default of each variable that users set, as text."""
    found: dict[str, str] = {}
    for role in _ROLES:
        for expression in (value for value in _defaults(role).values() if isinstance(value, str)):
            for match in _BINDING.finditer(expression):
                variable = match.group(0).split(" ", 1)[0]
                assert found.setdefault(variable, match["default"]) == match["default"], variable
    return found


@pytest.mark.parametrize("role", _ROLES)
def test_a_role_describes_what_it_takes(role: str) -> None:
    specs = _load(_ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    described = {name for entry in specs.values() for name in entry["options"]}
    assert described - _HANDED_OVER == set(_defaults(role)) - _HANDED_OVER
    for entry in specs.values():
        assert entry["short_description"]
        assert all(option["description"] and option["type"] for option in entry["options"].values())


@pytest.mark.parametrize("role", _ROLES)
def test_a_role_only_binds_what_users_set(role: str) -> None:
    for name, value in _defaults(role).items():
        assert name.startswith(f"{role}_")
        assert name in _HANDED_OVER or _BINDING.search(value), f"{name} is bound to no variable of the user's"
    for path in (_ROOT / "roles" / role).rglob("*.yml"):
        if path.parts[-2] != "defaults":
            expressions = " ".join(_EXPRESSION.findall(path.read_text(encoding="utf-8")))
            used = _USER_VARIABLE.findall(expressions)
            assert not used, f"{path} uses {used} where it should use a variable of its role"


def test_what_the_end_of_a_phase_needs_is_looked_at_before_it_begins() -> None:
    """A malformed list would otherwise fail a phase, even a rollback, whose work is done."""
    specs = _load(_ROOT / "roles" / "notifications" / "meta" / "argument_specs.yml")["argument_specs"]
    begin = specs.pop("begin")["options"]
    lists = {
        name: option
        for spec in specs.values()
        for name, option in spec["options"].items()
        if option["type"] == "list" and name not in _HANDED_OVER
    }
    bound = {name for name, value in _defaults("notifications").items() if _USER_VARIABLE.search(str(value))}
    assert {"notifications_consumers", "notifications_exclude_tables"} <= set(lists) <= bound
    assert {name: begin.get(name) for name in lists} == lists


def test_no_default_is_none() -> None:
    """ansible-core 2.18 hands on an empty text for it, which is no number."""
    without = [name for name, default in _bindings().items() if default in {"none", "None"}]
    assert not without


def test_no_variable_is_the_text_of_a_file() -> None:
    """ansible-core 2.18 makes a dictionary of a text that is JSON: an expression reads the file and uses it at once."""
    whole = re.compile(r"\{\{\s*lookup\('ansible\.builtin\.file', [^()]*\)\s*(if [^()]*)?\}\}", re.DOTALL)
    found = [
        name
        for path in sorted((_ROOT / "roles").glob("*/vars/main.yml"))
        for name, value in _load(path).items()
        if isinstance(value, str) and whole.search(value)
    ]
    assert not found


def test_every_variable_is_documented_with_its_default() -> None:
    table = (_ROOT / "docs" / "variables.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(bluegreen_\w+)` \| ([^|]+) \|", table, re.MULTILINE))
    assert set(documented) == set(_bindings()) | _OF_PLAYBOOKS
    for variable, default in _bindings().items():
        if re.fullmatch(r"[\d.]+", default):
            assert documented[variable].strip() == f"`{float(default):g}`", variable


def test_defaults_say_what_the_modules_say() -> None:
    compared = 0
    for path in (_ROOT / "roles").glob("*/tasks/*.yml"):
        text = path.read_text(encoding="utf-8")
        modules = list(_MODULE.finditer(text))
        for number, match in enumerate(modules):
            end = modules[number + 1].start() if number + 1 < len(modules) else len(text)
            documentation = _documentation(match["module"])
            for parameter in _PARAMETER.finditer(text, match.end(), end):
                compared += _compare(path.parts[-3], parameter["variable"], documentation.get(parameter["parameter"]))
    assert compared > 10


def _compare(role: str, variable: str, option: dict[str, Any] | None) -> int:
    bound = _BINDING.search(str(_defaults(role).get(variable, "")))
    if option is None or bound is None or "default" not in option:
        return 0
    assert yaml.safe_load(bound["default"].replace("''", '""')) == option["default"], variable
    return 1


def _documentation(module: str) -> dict[str, Any]:
    source = importlib.import_module(f"ansible_collections.bluegreen.postgresql.plugins.modules.{module}")
    options: dict[str, Any] = yaml.safe_load(source.DOCUMENTATION).get("options", {})
    return options


@pytest.mark.parametrize("playbook", _PHASES)
def test_a_playbook_runs_one_role_and_reports_its_failure(playbook: str) -> None:
    [play] = _load(_ROOT / "playbooks" / f"{playbook}.yml")
    [task, close] = [each for each in play["tasks"] if "wave" not in each["name"]]
    [role], [report] = task["block"], task["rescue"]
    assert play["hosts"] == "{{ bluegreen_hosts | default('migrations') }}"
    assert (play["gather_facts"], play["any_errors_fatal"]) == (False, False)
    assert role["ansible.builtin.import_role"]["name"].startswith("bluegreen.postgresql.")
    assert report["ansible.builtin.import_role"]["tasks_from"] == "report_failure"
    assert close["ansible.builtin.import_role"]["tasks_from"] == "close"
    assert report["vars"] == close["vars"] == {"notifications_phase": playbook}
    assert play["vars"] == {"closing_phase": playbook}


@pytest.mark.parametrize("playbook", ["rehearse", "status", "traffic"])
def test_a_playbook_without_a_journal_ends_in_its_lines_as_well(playbook: str) -> None:
    [play] = _load(_ROOT / "playbooks" / f"{playbook}.yml")
    [task, close] = play["tasks"]
    ends = [*task["rescue"], close]
    assert [end["ansible.builtin.import_role"]["tasks_from"] for end in ends] == ["end_in_failure", "close"]
    assert [end["vars"] for end in ends] == [{"notifications_phase": playbook}] * 2
    assert play["vars"] == {"closing_phase": playbook}


def test_a_role_stops_a_phase_so_that_its_reasons_are_shown_once() -> None:
    stopping = [
        path for path in (_ROOT / "roles").rglob("*.yml") if "builtin.fail:" in path.read_text(encoding="utf-8")
    ]
    assert stopping == []


def test_modules_of_the_migration_share_one_action_group() -> None:
    group = _load(_ROOT / "meta" / "runtime.yml")["action_groups"]["migration"]
    modules = {path.stem for path in (_ROOT / "plugins" / "modules").glob("*.py")}
    assert set(group) == modules - {"__init__", "fleet_wave", "notify", "report_files", "stop_phase"}, (
        "a message knows of no migration"
    )
