# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding in one line."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import (
    BLOCKS,
    INFORMS,
    WARNS,
    Finding,
    blocking,
)


@pytest.mark.parametrize(
    ("objects", "named"),
    [(0, ""), (1, " (t0)"), (5, " (t0, t1, t2, t3, t4)"), (6, " (t0, t1, t2, t3, t4, …)")],
)
def test_a_line_names_the_first_five_objects(objects: int, named: str) -> None:
    finding = Finding("BG000", WARNS, "blue", "it is so", "Mend it", tuple(f"t{number}" for number in range(objects)))
    assert finding.as_line() == f"BG000 blue: it is so{named}. Mend it"


def test_only_what_blocks_is_in_the_way() -> None:
    all_of_them = [Finding("BG000", severity, "blue", "x", "y") for severity in (BLOCKS, WARNS, INFORMS)]
    assert blocking(all_of_them) == all_of_them[:1]
