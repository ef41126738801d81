# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check has a test that plants its fault on a real server, one that shows silence, and a row in the docs."""

from __future__ import annotations

import re

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import CHECKS, CODES
from demo.commands import PROJECT


def test_every_code_is_planted_on_a_real_server() -> None:
    files = (PROJECT / "tests" / "integration" / "preflight").glob("*.py")
    planted = {code for file in files for code in re.findall(r'"(BG\d{3}) (?:blue|green)', file.read_text("utf-8"))}
    assert CODES - planted == set()


def test_every_check_is_silent_on_real_servers_where_nothing_is_wrong() -> None:
    clean = (PROJECT / "tests" / "integration" / "preflight" / "test_preflight.py").read_text("utf-8")
    body = clean.split("def test_the_least_role_finds_nothing_where_nothing_is_wrong", 1)[1].split("\ndef ", 1)[0]
    # It is not in check mode, so that no check is left out, and the whole list of findings is empty.
    assert "assert found(result) == []" in body
    assert 'run_module("preflight_info", arguments)' in body


def test_every_check_is_in_the_table_of_what_breaks_migrations() -> None:
    page = (PROJECT / "docs" / "preflight.md").read_text("utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")][1:]
    named = {code for row in rows for code in re.findall(r"BG\d{3}", row[2])}
    assert named == CODES
    assert all(re.search(r"BG\d{3}", row[2]) for row in rows), "a pitfall without a check"


def test_there_are_at_least_forty_codes_and_none_twice() -> None:
    assert len(CHECKS) == len(CODES) > 40
