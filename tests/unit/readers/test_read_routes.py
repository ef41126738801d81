# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that readers cannot have are refused before anything is opened."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.readers.servers import Standbys
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.readers import (
    build_readers,
    without_a_hold,
)

_NOBODY = Standbys.from_parameters({})


def _run(*_words: Any) -> tuple[int, str, str]:
    raise AssertionError("nothing is run")


def _entry(name: str, file: str, port: int = 6432, **more: Any) -> dict[str, Any]:
    files = {"live_file": f"/b/{file}.ini", "blue_file": f"/b/{file}.blue.ini", "green_file": f"/b/{file}.green.ini"}
    return {
        "type": "pgbouncer", "console": {"host": "b", "port": port, "user": "u"}, "databases": [name], **files, **more,
    }  # fmt: skip


def _refusal(entry: dict[str, Any], standbys: Standbys = _NOBODY, *writers: dict[str, Any]) -> str:
    with pytest.raises(RouteError) as refused:
        build_readers([entry], standbys, _run, writers)
    assert refused.value.code == "BG764"
    return refused.value.what


def test_readers_have_a_name_of_their_own_beside_the_writers_of_the_same_process() -> None:
    fleet = build_readers([_entry("shop_ro", "readers")], _NOBODY, _run, [_entry("shop", "databases")])
    assert [router.name for router in fleet.routers] == ["readers of pgbouncer b:6432"]


@pytest.mark.parametrize("kind", ["haproxy", "multihost", "hook"])
def test_only_pgbouncer_moves_readers(kind: str) -> None:
    assert _refusal({"type": kind}) == f"A read route has the type '{kind}'"


def test_an_entry_or_a_file_that_writers_have_as_well_is_refused() -> None:
    writers = _entry("shop", "databases")
    assert "has shop in a route and in a read route" in _refusal(_entry("shop", "readers"), _NOBODY, writers)
    assert "have the live_file /b/databases.ini" in _refusal(_entry("shop_ro", "databases"), _NOBODY, writers)
    elsewhere = build_readers([_entry("shop", "databases", port=6433)], _NOBODY, _run, [writers])
    assert len(elsewhere.routers) == 1


def test_standbys_with_several_ports_need_an_address_of_the_route() -> None:
    several = Standbys.from_parameters({"green": [{"host": "a"}, {"host": "b", "port": 6000}]})
    assert "green's standbys have the ports 5432, 6000" in _refusal(_entry("shop_ro", "readers"), several)
    assert build_readers([_entry("shop_ro", "readers", green_address={"host": "pool"})], several, _run).routers


def test_what_a_hold_would_do_to_clients_does_not_matter_to_readers() -> None:
    found = tuple(Finding(code, BLOCKS, "", "", "") for code in ("BG604", "BG607", "BG571"))
    [facts] = without_a_hold([RouteFacts("readers", Side.BLUE, held=False, problems=found)])
    assert [one.code for one in facts.problems] == ["BG604"]
