# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object with one of our names that is not ours alone: what is told of it, and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.ours import Stranger, not_ours
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

OWNED = Stranger("table", "bluegreen.journal", "ada", "", "")
HUNG = replace(OWNED, hung="a rule")
GRANTED = replace(OWNED, privilege="INSERT")


@pytest.mark.parametrize(
    ("stranger", "told", "remedy"),
    [
        (
            OWNED,
            "table bluegreen.journal belongs to ada",
            (
                "DROP TABLE bluegreen.journal; if ada is the role that began this migration, "
                'continue with it, or ALTER TABLE bluegreen.journal OWNER TO "me"'
            ),
        ),
        (HUNG, "table bluegreen.journal has a rule", "drop what is not ours, or the table bluegreen.journal"),
        (
            GRANTED,
            "table bluegreen.journal lets ada INSERT",
            'REVOKE INSERT ON TABLE bluegreen.journal FROM "ada"',
        ),
        (
            replace(GRANTED, owner="PUBLIC"),
            "table bluegreen.journal lets PUBLIC INSERT",
            "REVOKE INSERT ON TABLE bluegreen.journal FROM PUBLIC",
        ),
        (
            replace(GRANTED, owner='a"b'),
            'table bluegreen.journal lets a"b INSERT',
            'REVOKE INSERT ON TABLE bluegreen.journal FROM "a""b"',
        ),
    ],
)
def test_it_is_told_whose_it_is_and_what_to_do_about_it(stranger: Stranger, told: str, remedy: str) -> None:
    assert (str(stranger), stranger.remedy("me")) == (told, remedy)


@pytest.mark.parametrize(("number", "named", "more"), [(1, 1, ""), (5, 5, ""), (7, 5, " and 2 more")])
def test_the_first_five_are_named_the_others_counted_and_the_first_mended(number: int, named: int, more: str) -> None:
    strangers = [replace(OWNED, name=f"bluegreen.t{one}") for one in range(number)]
    error = not_ours(Side.GREEN, strangers, "me")
    names = "; ".join(f"table bluegreen.t{one} belongs to ada" for one in range(named))
    assert error.what == f"Objects under our names on green do not belong to me alone: {names}{more}"
    assert error.todo.startswith("Look at what they are, then as a superuser: DROP TABLE bluegreen.t0;")
