# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts how many random schemas went the whole way, and how many were refused by name, and why."""

from __future__ import annotations

from collections import Counter

import pytest

END = "end of the journey"
WHOLE_WAY = "went the whole way"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts."""
    reports = [each for each in terminalreporter.stats.get("passed", []) if each.when == "call"]
    ends = [str(value) for each in reports for name, value in each.user_properties if name == END]
    refused = [end for end in ends if end != WHOLE_WAY]
    if ends:
        codes = Counter(code for end in refused for code in set(end.split()))
        told = ", ".join(f"{code} {number}" for code, number in sorted(codes.items()))
        terminalreporter.write_line(
            f"{len(ends) - len(refused)} random schemas {WHOLE_WAY}, {len(refused)} were refused by name"
            + (f" ({told})" if told else "")
        )
