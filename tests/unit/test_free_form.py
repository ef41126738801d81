# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values whose keys are the user's: the place of each wrong one is told, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.free_form import FREE_FORMS, wrong_forms


@pytest.mark.parametrize(
    ("name", "value", "places"),
    [
        ("resume", {"too_slow": ["a", "b"]}, []),
        ("resume", {"too_slow": ["a", None, "b", {}]}, [".too_slow[1]", ".too_slow[3]"]),
        ("resume", {"too_slow": "a"}, [".too_slow"]),
        ("resume", {"too_slow": None}, []),
        ("resume", {"tokens": {"1": "x", "one": "y", "2": None}}, [".tokens.one", ".tokens.2"]),
        ("resume", {"backlog": {"at": "soon", "bytes": 1}}, [".backlog.at"]),
        ("columns", {"a": "b", "c d": [], "e": {}}, [".<key 2>", ".e"]),
        ("columns", ["a"], [""]),
    ],
)
def test_each_wrong_value_is_told_by_its_place(name: str, value: Any, places: list[str]) -> None:
    assert list(wrong_forms(value, FREE_FORMS[name], "")) == places
