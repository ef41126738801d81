# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helps against refused rows follows from the SQLSTATE."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.refusal import way_out
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("42501", "BYPASSRLS"),
        ("42P01", "Make the table on green as it is on blue"),
        ("42703", "columns on green"),
        ("55000", "on green as the server's words say"),
        ("54000", "the value smaller"),
        ("53100", "disk"),
        ("53200", "memory"),
        ("P0001", "Code of yours on green"),
        ("08006", "blue reachable from green"),
        ("22021", "encoding"),
        ("23514", "Green refuses a row of blue"),
        ("XX000", "Remove the reason"),
        (None, "Remove the reason"),
    ],
)
def test_the_way_out_follows_from_the_sqlstate(sqlstate: str | None, words: str) -> None:
    assert words in way_out(sqlstate)
    assert ("BYPASSRLS" in way_out(sqlstate)) is (sqlstate == "42501")
    assert "delete" not in way_out(sqlstate).lower()


def test_the_side_that_refuses_is_the_one_that_takes_rows() -> None:
    assert way_out("23514", Side.BLUE).startswith("Blue refuses a row of green")
