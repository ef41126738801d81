# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error code that can occur has one entry, and the index lists them all."""

from __future__ import annotations

import re
from collections import Counter

from demo.commands import PROJECT
from scripts.index_errors import INDEX, entries, index

_CODE = re.compile(r"\bBG\d{3}\b")
_NOT_FOR_PEOPLE = {"BG000"}  # deliberately ends a test block inside one server


def raised() -> set[str]:
    """Return the codes in the collection's code."""
    files = [*PROJECT.glob("plugins/**/*.py"), *PROJECT.glob("roles/**/*.yml"), *PROJECT.glob("playbooks/*.yml")]
    return {code for file in files for code in _CODE.findall(file.read_text(encoding="utf-8"))} - _NOT_FOR_PEOPLE


def test_every_code_has_an_entry() -> None:
    assert raised() - {code for code, _title, _page in entries()} == set()


def test_no_entry_speaks_of_a_code_that_nobody_raises() -> None:
    assert {code for code, _title, _page in entries()} - raised() == set()


def test_no_code_has_two_entries() -> None:
    assert [code for code, times in Counter(code for code, _title, _page in entries()).items() if times > 1] == []


def test_the_index_is_up_to_date() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(), "run python scripts/index_errors.py"
