# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of an untested version are refused, all in one error."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import require_supported


@pytest.mark.parametrize("major", [14, 18])
def test_what_was_tried_is_accepted(major: int) -> None:
    require_supported({Side.BLUE: major, Side.GREEN: major})


@pytest.mark.parametrize(
    ("blue", "green", "what"),
    [
        (13, 18, "Blue is PostgreSQL 13; 14 to 18 are supported"),
        (14, 19, "Green is PostgreSQL 19; 14 to 18 are supported"),
        (13, 19, "Blue is PostgreSQL 13, Green is PostgreSQL 19; 14 to 18 are supported"),
    ],
)
def test_what_was_not_is_named(blue: int, green: int, what: str) -> None:
    with pytest.raises(MigrationError) as error:
        require_supported({Side.BLUE: blue, Side.GREEN: green})
    assert (error.value.code, error.value.what) == ("BG007", what)
