# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings against a PgBouncer, each alone: a healthy one has none."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_files import PreparedFiles
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_findings import (
    BouncerFacts,
    problems_of,
)

_ENTRIES = "[databases]\nshop = host={host} port=5432 dbname=store {extra}\nother = host=elsewhere\n"
_CONFIG = {
    "admin_users": "root, admin",
    "pool_mode": "transaction",
    "query_wait_timeout": "120",
    "query_timeout": "0",
    "server_login_retry": "15",
    "so_reuseport": "0",
}
_ROW = {"name": "shop", "host": "blue", "port": 5432, "database": "store", "pool_mode": None, "paused": 0}
_POOL = {"database": "shop", "user": "app", "pool_mode": "transaction"}


def _text(host: str, extra: str = "") -> str:
    return _ENTRIES.format(host=host, extra=extra)


def _paths(folder: Path) -> tuple[str, str, str]:
    return str(folder / "live"), str(folder / "blue"), str(folder / "green")


@pytest.fixture
def facts(tmp_path: Path) -> BouncerFacts:
    """Give a healthy PgBouncer that leads to blue."""
    for name, host in (("live", "blue"), ("blue", "blue"), ("green", "green")):
        (tmp_path / name).write_text(_text(host), encoding="utf-8")
    main = tmp_path / "pgbouncer.ini"
    main.write_text(f"%include {tmp_path / 'live'}\n", encoding="utf-8")
    return BouncerFacts(
        user="admin",
        by_socket=False,
        databases=("shop",),
        version="PgBouncer 1.18.0",
        config={**_CONFIG, "conffile": str(main)},
        rows={"shop": _ROW},
        pools=(_POOL,),
        users={"app": None},
        files=PreparedFiles(*_paths(tmp_path)),
        unguarded="its files lie on the host of the modules",
    )


def _found(facts: BouncerFacts) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(problem.code, problem.severity, problem.objects) for problem in problems_of(facts, "route")[1]]


def test_a_healthy_bouncer_has_no_finding(facts: BouncerFacts) -> None:
    assert problems_of(facts, "route") == (Side.BLUE, ())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"version": "PgBouncer 1.17.0"}, ("BG609", "blocks", ())),
        ({"version": "pgbouncer-rr"}, ("BG609", "blocks", ())),
        ({"version": "PgBouncer 1.9.1"}, ("BG609", "blocks", ())),
        ({"user": "stats"}, ("BG606", "blocks", ("stats",))),
        ({"user": "adm"}, ("BG606", "blocks", ("adm",))),
        ({"rows": {"shop": {**_ROW, "pool_mode": "session"}}}, ("BG604", "blocks", ("shop",))),
        ({"pools": ({**_POOL, "pool_mode": "session"},)}, ("BG604", "blocks", ("shop",))),
        ({"users": {"app": "session"}}, ("BG604", "warns", ("app",))),
    ],
)
def test_each_fact_that_hurts_is_found(
    facts: BouncerFacts, changes: dict[str, Any], found: tuple[str, str, tuple[str, ...]]
) -> None:
    assert _found(dataclasses.replace(facts, **changes)) == [found]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "PgBouncer 1.25.2"},
        {"version": "PgBouncer 2.0.0"},
        {"user": "pgbouncer", "by_socket": True},
        {"rows": {"shop": {**_ROW, "pool_mode": "statement"}}},
        {"pools": ({"database": "other", "user": "app", "pool_mode": "session"},)},
    ],
)
def test_what_does_not_hurt_is_not_found(facts: BouncerFacts, changes: dict[str, Any]) -> None:
    assert _found(dataclasses.replace(facts, **changes)) == []


@pytest.mark.parametrize(
    ("setting", "value", "found"),
    [
        ("pool_mode", "session", [("BG604", "blocks", ("shop",))]),
        ("query_wait_timeout", "5", [("BG607", "blocks", ())]),
        ("query_timeout", "2.5", [("BG607", "blocks", ())]),
        ("query_wait_timeout", "0", [("BG571", "warns", ())]),
        ("server_login_retry", "60", [("BG607", "warns", ())]),
        ("so_reuseport", "1", [("BG613", "blocks", ())]),
        ("conffile", "/nowhere/pgbouncer.ini", [("BG605", "warns", ())]),
        ("conffile", __file__, [("BG605", "blocks", ())]),
    ],
)
def test_each_setting_that_hurts_is_found(facts: BouncerFacts, setting: str, value: str, found: list[Any]) -> None:
    assert _found(dataclasses.replace(facts, config={**facts.config, setting: value})) == found


def test_several_processes_on_one_port_are_told_apart_by_their_sockets(facts: BouncerFacts) -> None:
    config = {**facts.config, "so_reuseport": "1"}

    assert _found(dataclasses.replace(facts, config=config, by_socket=True)) == []


@pytest.mark.parametrize(
    ("name", "text", "found", "side"),
    [
        ("green", None, ("BG605", "blocks", ()), None),
        ("green", "nonsense", ("BG605", "blocks", ()), None),
        ("green", "[databases]\nother = host=elsewhere\n", ("BG605", "blocks", ()), None),
        ("green", _text("green").replace("elsewhere", "moved"), ("BG605", "blocks", ("other",)), Side.BLUE),
        ("green", _text("green", "pool_size=5"), ("BG605", "warns", ("shop",)), Side.BLUE),
        ("green", _text("green") + "[users]\nbob = pool_mode=session\n", ("BG605", "warns", ()), Side.BLUE),
        ("live", _text("blue", "pool_size=5"), ("BG608", "blocks", ()), None),
        ("live", _text("green"), ("BG608", "warns", ()), None),
    ],
)
def test_each_file_that_hurts_is_found(
    facts: BouncerFacts, name: str, text: str | None, found: tuple[str, str, tuple[str, ...]], side: Side | None
) -> None:
    path = Path(facts.files.live).parent / name
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")

    assert problems_of(facts, "route")[0] is side
    assert found in _found(facts)


def test_two_prepared_files_that_lead_to_one_place_are_found(facts: BouncerFacts) -> None:
    (Path(facts.files.live).parent / "green").write_text(_text("blue"), encoding="utf-8")

    assert _found(facts) == [("BG605", "blocks", ("shop",))]


@pytest.mark.parametrize("row", [{**_ROW, "host": "third"}, {**_ROW, "port": 5433}, {**_ROW, "database": "shop"}])
def test_memory_that_leads_elsewhere_is_found(facts: BouncerFacts, row: dict[str, Any]) -> None:
    changed = dataclasses.replace(facts, rows={"shop": row})

    assert problems_of(changed, "route")[0] is None
    assert _found(changed) == [("BG608", "blocks", ("shop",))]


def test_an_entry_that_pgbouncer_does_not_have_is_found(facts: BouncerFacts) -> None:
    assert ("BG612", "blocks", ("shop",)) in _found(dataclasses.replace(facts, rows={}))
