# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module is documented, and its documentation agrees with its argument spec."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import StepResult
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.arguments import common

_PLUGINS = "ansible_collections.bluegreen.postgresql.plugins"
_FOLDER = Path(__file__).resolve().parents[2] / "plugins" / "modules"
_ROOT = _FOLDER.parents[1]
_MODULES = sorted(path.stem for path in _FOLDER.glob("*.py") if path.stem != "__init__")
_CONNECTION, _ATTRIBUTES = "bluegreen.postgresql.connection", "bluegreen.postgresql.attributes"
# Keys that both a spec and a documentation have for an option, and what their absence means.
_FACTS: dict[str, Any] = {"type": "str", "required": False, "default": None, "choices": None, "elements": None}

if not _MODULES:
    pytest.fail(f"There is no module in {_FOLDER}")


@pytest.fixture(params=_MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    """Give each module."""
    return importlib.import_module(f"{_PLUGINS}.modules.{request.param}")


def _documentation(module: ModuleType) -> dict[str, Any]:
    documentation: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)
    return documentation


def _fragment(name: str) -> dict[str, Any]:
    """Return a fragment by its full name; what follows the file's name is a part of its own."""
    file, _dot, part = name.removeprefix("bluegreen.postgresql.").partition(".")
    fragments = importlib.import_module(f"{_PLUGINS}.doc_fragments.{file}")
    fragment: dict[str, Any] = yaml.safe_load(getattr(fragments.ModuleDocFragment, part.upper() or "DOCUMENTATION"))
    return fragment


def _documented_options(module: ModuleType) -> dict[str, Any]:
    """Return the options beside the common ones: the module's own, and those of fragments that some modules share."""
    documentation = _documentation(module)
    options = dict(documentation.get("options") or {})
    for name in documentation["extends_documentation_fragment"]:
        if name != _CONNECTION:
            shared = _fragment(name).get("options") or {}
            options.update({option: {**told, **options.get(option, {})} for option, told in shared.items()})
    return options


def _is_about_sides(module: ModuleType) -> bool:
    """Tell whether the module has the common parameters; one that only notifies people has none."""
    return not hasattr(module, "run_message")


def _common(module: ModuleType) -> dict[str, Any]:
    return common() if _is_about_sides(module) else {}


def _spec_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def record(_workflow: Any, arguments: dict[str, Any] | None = None, **_constraints: Any) -> None:
        seen.append(arguments or {})

    [runner] = [name for name in ("run_module", "run_probe", "run_message") if hasattr(module, name)]
    monkeypatch.setattr(module, runner, record)
    module.main()
    assert len(seen) == 1
    return seen[0]


def _facts(options: dict[str, Any], nested: str) -> dict[str, Any]:
    return {
        name: {
            **{fact: option.get(fact, absent) for fact, absent in _FACTS.items()},
            "options": _facts(option.get(nested) or {}, nested),
        }
        for name, option in options.items()
    }


def test_documentation_equals_argument_spec(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = _facts(_documented_options(module), "suboptions")

    assert documented == _facts(_spec_of(module, monkeypatch), "options")


def test_fragment_equals_the_common_parameters() -> None:
    assert _facts(_fragment(_CONNECTION)["options"], "suboptions") == _facts(common(), "options")


def test_module_is_documented(module: ModuleType) -> None:
    documentation = _documentation(module)

    assert documentation["module"] == module.__name__.rpartition(".")[2]
    fragments = documentation["extends_documentation_fragment"]
    assert fragments[: _is_about_sides(module)] == [_CONNECTION] * _is_about_sides(module)
    assert documentation["short_description"]
    assert documentation["description"]
    assert documentation["version_added"] == "0.1.0"
    assert documentation["author"]


def test_attributes_say_what_the_module_does(module: ModuleType) -> None:
    documentation = _documentation(module)
    attributes: dict[str, Any] = {}
    for name in documentation["extends_documentation_fragment"]:
        attributes.update(_fragment(name).get("attributes") or {})
    for name, own in (documentation.get("attributes") or {}).items():
        attributes[name] = {**attributes[name], **own}

    [runner] = {"run_module", "run_probe", "run_message"} & set(vars(module))
    told = {"run_module": "full", "run_probe": "N/A", "run_message": "none"}[runner]
    told = "full" if documentation["module"] == "report_files" else told
    support = {name: attribute["support"] for name, attribute in attributes.items()}
    assert support == {"check_mode": "full", "diff_mode": told, "platform": "full"}
    assert all(attributes[name].get("details") for name, word in support.items() if word != "full")


def test_short_description_is_an_imperative(module: ModuleType) -> None:
    verb = _documentation(module)["short_description"].partition(" ")[0]

    # The docstring has the same verbs in the third person, which ends in s.
    assert verb.istitle()
    assert not verb.endswith("s")


def test_module_names_what_belongs_with_it(module: ModuleType) -> None:
    documentation = _documentation(module)
    named = [entry["module"] for entry in documentation["seealso"] if "module" in entry]
    pages = [entry["link"] for entry in documentation["seealso"] if "link" in entry]
    others = {f"bluegreen.postgresql.{name}" for name in _MODULES if name != documentation["module"]}

    assert named
    assert set(named) <= others
    assert pages
    assert [page for page in pages if not (_ROOT / page).is_file()] == []


def test_examples_use_parameters_that_exist(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**_common(module), **_spec_of(module, monkeypatch)}
    required = {name for name, option in known.items() if option.get("required")}
    action = f"bluegreen.postgresql.{module.__name__.rpartition('.')[2]}"
    calls = [task[action] for task in yaml.safe_load(module.EXAMPLES) if action in task]

    assert calls
    for call in calls:
        assert required <= set(call) <= set(known)


def test_every_result_is_described(module: ModuleType) -> None:
    for name, result in (yaml.safe_load(module.RETURN) or {}).items():
        assert result.get("description"), name
        assert result.get("type"), name
        assert result.get("returned"), name


def test_steps_are_described_in_the_same_words_by_every_module_that_has_them() -> None:
    described = {}
    for name in _MODULES:
        module = importlib.import_module(f"{_PLUGINS}.modules.{name}")
        steps = (yaml.safe_load(module.RETURN) or {}).get("steps")
        assert (steps is not None) is hasattr(module, "run_module"), name
        if steps is not None:
            assert steps["contains"]["title"].pop("sample"), f"{name}: one of its own steps"
            described[name] = steps
    of_journal = described["migration_journal"]
    assert {name: steps for name, steps in described.items() if steps != of_journal} == {}
    assert [*of_journal["contains"]] == [*StepResult.__dataclass_fields__]


def test_passwords_are_hidden_wherever_they_can_be_given() -> None:
    for side in ("blue", "green"):
        options = common()[side]["options"]
        for place in (options, options["peer"]["options"]):
            assert place["password"]["no_log"] is True
            assert place["sslpassword"]["no_log"] is True
        assert options["dsn"]["no_log"] is True
