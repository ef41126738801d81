# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that green lacks: which, and what it has to load then."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.extension_checks import (
    missing_libraries,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts
from tests.unit.preflight.examples import facts, settings


def loading(blue: str, green: str) -> Facts:
    """Return facts of servers that load these libraries."""
    return facts(
        *({"settings": settings(shared_preload_libraries=libraries)} for libraries in (blue, green)),
    )


def test_green_keeps_its_own_libraries_beside_those_that_it_lacks() -> None:
    (found,) = missing_libraries(loading('auto_explain, "pg_stat_statements"', "pg_cron,auto_explain"))
    assert (str(found.side), found.objects) == ("green", ("pg_stat_statements",))
    assert "shared_preload_libraries = auto_explain, pg_cron, pg_stat_statements;" in found.fix
    assert list(missing_libraries(loading("auto_explain", "pg_cron, auto_explain"))) == []
    assert list(missing_libraries(loading("", ""))) == []


@pytest.mark.parametrize("hidden", ["blue", "green"])
def test_libraries_that_a_side_does_not_show_are_no_reason(hidden: str) -> None:
    without = {name: each for name, each in settings().items() if name != "shared_preload_libraries"}
    shown = settings(shared_preload_libraries="pg_cron")
    blue, green = ({"settings": without if side == hidden else shown} for side in ("blue", "green"))
    assert list(missing_libraries(facts(blue, green))) == []
