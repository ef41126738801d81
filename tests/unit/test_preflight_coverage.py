# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check has a test that plants its fault on a real server."""

from __future__ import annotations

import re

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import CHECKS, CODES
from demo.commands import PROJECT

# What no server here can be: one whose contrib package is missing.
_FACTS_ONLY = {"BG144"}


def test_every_code_is_planted_on_a_real_server() -> None:
    files = (PROJECT / "tests" / "integration").glob("*preflight*.py")
    planted = {code for file in files for code in re.findall(r'"(BG\d{3}) (?:blue|green)', file.read_text("utf-8"))}
    assert CODES - planted == _FACTS_ONLY


def test_there_are_at_least_forty_codes_and_none_twice() -> None:
    assert len(CHECKS) == len(CODES) > 40
