# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helps against a refused copy follows from the SQLSTATE."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy.refusal import way_out


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("42501", "BYPASSRLS"),
        ("54000", "the value smaller"),
        ("53100", "disk"),
        ("22021", "encoding"),
        ("23514", "constraints"),
        ("42P01", "Remove the reason"),
        (None, "Remove the reason"),
    ],
)
def test_the_way_out_follows_from_the_sqlstate(sqlstate: str | None, words: str) -> None:
    assert words in way_out(sqlstate)
    assert ("BYPASSRLS" in way_out(sqlstate)) is (sqlstate == "42501")
