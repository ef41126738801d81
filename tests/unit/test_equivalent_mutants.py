# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that are named as equivalent: each is one of code that is still there, and is named once."""

from __future__ import annotations

from scripts.mutate import DOMAIN
from scripts.mutate.equivalent import named_as_equivalent


def test_each_is_a_mutant_of_a_line_that_is_still_there() -> None:
    for one in named_as_equivalent():
        lines = [line.strip() for line in (DOMAIN / one["file"]).read_text(encoding="utf-8").splitlines()]
        assert one["before"] in lines, one
        assert one["after"] != one["before"]
        assert one["why"]


def test_each_is_named_once() -> None:
    named = [(one["file"], one["before"], one["after"]) for one in named_as_equivalent()]
    assert len(named) == len(set(named))
