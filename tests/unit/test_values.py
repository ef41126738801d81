# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are neither valid texts nor valid numbers: one clear error that names the place and never the value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.slice import Before
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.free_form import FREE_FORMS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.ranges import RANGES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.values import check_values, is_free_form
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.specs import MODULES, spec_of

_MAIL = {"type": "mail", "sender": "a@example.com", "to": ["b@example.com"]}
_MESSAGE = {"migration": "m", "phase": "sync", "state": "done", "text": "t"}
_SECRET = "planted-and-never-to-be-seen"
_CUTOVER = spec_of("cutover")
_REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("BG080", "migration", {"migration": "a\0b"}),
    ("BG080", "migration", {"migration": "a\ud800b"}),
    ("BG080", "blue.password", {"blue": {"password": f"{_SECRET}\0"}}),
    ("BG080", "blue.dsn", {"blue": {"dsn": f"host=\udcff password={_SECRET}"}}),
    ("BG080", "blue", {"blue": f"host=x password={_SECRET}\0"}),
    ("BG080", "blue.host", {"blue": '{"host": "\\u0000"}'}),
    ("BG080", "blue.<key 1>, a key,", {"blue": {f"{_SECRET}\0": "x"}}),
    ("BG080", "routes[0].hold[1]", {"routes": [{"type": "hook", "hold": ["a", "\0"]}]}),
    ("BG080", "accept_loss_of[1]", {"accept_loss_of": ["a", "\ud800"]}),
    ("BG080", "prerequisites[0].x[0]", {"prerequisites": [{"x": ["\0"]}]}),
    ("BG081", "routes[0].console.port", {"routes": [{"console": {"port": math.inf}}]}),
    ("BG081", "routes[0].console.port", {"routes": [{"console": {"port": 70000}}]}),
    ("BG081", "routes[0].console.port", {"routes": [{"console": '{"port": Infinity}'}]}),
    ("BG081", "deadline", {"deadline": math.nan}),
    ("BG081", "deadline", {"deadline": "nan"}),
    ("BG081", "deadline", {"deadline": "1e400"}),
    ("BG081", "deadline", {"deadline": 1e30}),
    ("BG081", "deadline", {"deadline": 10**400}),
    ("BG081", "deadline", {"deadline": 0}),
    ("BG081", "deadline", {"deadline": True}),
    ("BG081", "hold_limit", {"hold_limit": -1}),
    ("BG081", "sequence_headroom", {"sequence_headroom": "-inf"}),
    ("BG081", "accept_one_way[1]", {"accept_one_way": "5,inf"}),
    ("BG081", "prerequisites[0].age", {"prerequisites": [{"age": math.nan}]}),
    ("BG081", "prerequisites[0].age", {"prerequisites": [{"age": 2**63}]}),
    ("BG082", "migration", {"migration": "x" * 2**21}),
    (
        "BG083",
        "prerequisites[0].fulfilled",
        {"prerequisites": [{"name": "x", "detail": "x", "known_by": "x", "fulfilled": _SECRET}]},
    ),
    ("BG083", "prerequisites[0].name", {"prerequisites": [{}]}),
    ("BG083", "prerequisites[0].name", {"prerequisites": ['{"x": 1}']}),
]


def number_paths(spec: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the name and default of each numeric parameter, at every depth."""
    for name, option in spec.items():
        if {"int", "float", "bytes"} & {option.get("type"), option.get("elements")}:
            yield name, option.get("default")
        yield from number_paths(option.get("options") or {})


@pytest.mark.parametrize(("code", "path", "given"), _REFUSED)
def test_what_no_value_can_be_is_refused_by_its_place(code: str, path: str, given: dict[str, Any]) -> None:
    with pytest.raises(MigrationError) as refused:
        check_values(_CUTOVER, given)
    assert refused.value.code == code
    assert refused.value.what.startswith(f"{path} ")
    assert _SECRET not in json.dumps(refused.value.as_result())


@pytest.mark.parametrize("name", MODULES)
def test_every_number_has_a_range_that_holds_its_default(name: str) -> None:
    for parameter, default in number_paths(spec_of(name)):
        assert isinstance(default, list) or default is None or default in RANGES[parameter], parameter


def test_no_range_is_nobodys() -> None:
    assert set(RANGES) == {parameter for name in MODULES for parameter, _default in number_paths(spec_of(name))}


def test_what_can_be_meant_is_left_alone() -> None:
    odd = 'it\'s "quoted"; %s {0} \\ $$ \t\n Größe 数据库 🐘 \x1b[31m'
    texts = {"migration": odd, "blue": {"host": odd, odd: odd}, "window": f"start={odd}", "loss_file": ""}
    check_values(
        _CUTOVER, {**texts, "deadline": "10", "sequence_headroom": "1_000", "accept_one_way": [20261129120000]}
    )
    check_values(spec_of("circuit_breaker"), {"retained_wal": "50GB", "free_disk": 10**12})


@pytest.mark.parametrize(
    ("module", "path", "given"),
    [
        ("consistency_check", "resume.elapsed", {"resume": {"elapsed": "x"}}),
        ("consistency_check", "resume.too_slow", {"resume": {"too_slow": 1}}),
        ("replication_catchup", "resume.tokens.x", {"resume": {"tokens": {"x": "y"}}}),
        ("replication_catchup", "resume.backlog.at", {"resume": {"backlog": {"bytes": 1}}}),
        ("prerequisites_info", "window", {"window": [1]}),
        ("prerequisites_info", "window", {"window": "tomorrow"}),
        ("preflight_info", "accepted", {"accepted": -0.5}),
        ("preflight_info", "accepted[0]", {"accepted": [1]}),
        ("activity_info", "baseline.blue", {"baseline": {"blue": [1]}}),
        ("backfill", "columns.<key 1>", {"columns": {"a b": ["x"]}}),
        ("migration_journal", "steps[0]", {"steps": [["gate blue"]]}),
        (
            "rehearsal_writes",
            "phases[1].ended",
            {"phases": [{"name": "x", "began": 1, "ended": 2}, {"name": "x", "began": 1}]},
        ),
    ],
)
def test_a_dict_of_another_form_is_refused(module: str, path: str, given: dict[str, Any]) -> None:
    with pytest.raises(MigrationError, match=re.escape(f"BG083: {path} does not have the expected form")):
        check_values(spec_of(module), given)


def test_what_a_run_returned_is_taken_by_the_next() -> None:
    before = Before(1.5, 0.0, resumed=True, too_slow=("public.users",))
    check_values(spec_of("consistency_check"), {"resume": before.as_result()})
    assert Before.of(before.as_result()) == before
    line = {"name": "backup", "detail": "d", "known_by": "k", "fulfilled": None}
    check_values(_CUTOVER, {"prerequisites": [line]})
    phases = [{"name": "setup", "began": "1764374400.5", "ended": 1764374401, "seconds": 0.5, "steps": []}]
    check_values(spec_of("rehearsal_writes"), {"phases": phases})
    check_values(spec_of("backfill"), {"columns": {"total": 0}, "resume": {"paused": 1}})


def free_forms(spec: dict[str, Any]) -> Iterator[str]:
    """Return the name of each dict parameter that Ansible does not check inside, at every depth."""
    for name, option in spec.items():
        if is_free_form({**option, "type": option.get("elements") or option.get("type")}):
            yield name
        yield from free_forms(option.get("options") or {})


def test_every_free_dict_has_a_form_and_no_form_is_nobodys() -> None:
    assert set(FREE_FORMS) == {parameter for name in MODULES for parameter in free_forms(spec_of(name))}


def test_every_place_is_named_at_once() -> None:
    with pytest.raises(MigrationError, match=r"BG081: deadline is not a number from 0\.000001 to 2147483; hold_"):
        check_values(_CUTOVER, {"deadline": 0, "hold_limit": -1})


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text("aé🐘 =,{", max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab="), inner, max_size=3),
                    max_leaves=9))  # fmt: skip
def test_whatever_shape_a_value_has_it_is_looked_at_to_its_end(value: Any) -> None:
    spec = spec_of("migration_journal")
    for shape in ({"x": value}, json.dumps({"x": value})):
        check_values(spec, {"details": shape})
    for shape in (value, json.dumps(value)):
        check_values(_CUTOVER, {"exclude_tables": shape, "migration": shape})
    with pytest.raises(MigrationError, match="BG080"):
        check_values(spec, {"details": {"x": value, "y": ["\0"]}})


@pytest.mark.parametrize("port", [10**400, math.inf, "inf", math.nan, "nan", 1e400, -1, 70000, True])
def test_a_module_refuses_it_in_its_own_name_and_returns_no_parameter(run_module: ModuleRunner, port: Any) -> None:
    refused = run_module("notify", {**_MESSAGE, "channels": [{**_MAIL, "port": port, "password": _SECRET}]})
    assert (refused["failed"], refused["code"]) == (True, "BG081")
    assert refused["what"].startswith("channels[0].port ")
    assert _SECRET not in json.dumps(refused)
