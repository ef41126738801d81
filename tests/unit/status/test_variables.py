# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables are named with the nearest that exists, and the known ones are those that are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.variables import (
    about_unknown,
    refusal,
)
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.known_variables import known_variables
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.outcome import OUTCOME
from demo.commands import PROJECT

_KNOWN = {"bluegreen_accept", "bluegreen_routes"}
_SAID = "{} is set, and no playbook or role of this collection reads it"

_PAGES = [
    PROJECT / "README.md",
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted(one for one in (PROJECT / "docs" / "examples").rglob("*") if one.suffix in (".yml", ".md")),
    *sorted((PROJECT / "molecule").rglob("*.yml")),
]
_SET = re.compile(r"^[ -]*(bluegreen_\w+):", re.MULTILINE)


def test_each_unknown_name_is_told_with_its_nearest() -> None:
    assert about_unknown(["bluegreen_routs", "bluegreen_acept", "bluegreen_accept", "ansible_host"], _KNOWN) == [
        _SAID.format("bluegreen_acept") + "; the nearest that exists is bluegreen_accept",
        _SAID.format("bluegreen_routs") + "; the nearest that exists is bluegreen_routes",
    ]
    assert about_unknown(["bluegreen_rout"], ["bluegreen_rouge", "bluegreen_route"]) == [
        _SAID.format("bluegreen_rout") + "; the nearest that exists is bluegreen_route"
    ]
    assert about_unknown(["bluegreen_x"], []) == [_SAID.format("bluegreen_x")]


def test_a_refusal_names_them_all() -> None:
    error = str(refusal(["a is set", "b is set"]))
    assert error.startswith("BG750: a is set; b is set. Nothing was changed. Correct each name")


def test_what_roles_and_playbooks_read_is_known() -> None:
    known = known_variables()
    assert {"bluegreen_blue", "bluegreen_hosts", "bluegreen_approve_cutover", "bluegreen_unknown_variables"} <= known
    assert OUTCOME in known, "a workflow of AWX hands it to the next job"
    assert "bluegreen_acept" not in known
    assert all(name.startswith("bluegreen_") for name in known)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_what_our_own_examples_set_is_known(page: Path) -> None:
    set_there = _SET.findall(page.read_text(encoding="utf-8"))
    assert about_unknown(set_there, known_variables()) == []
