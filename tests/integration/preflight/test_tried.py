# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What later phases need besides both databases is tried: programs, routes, the application, the backup."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.bouncers import BouncerFactory, PgBouncer
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.integration.preflight.test_preflight import SCHEMA

Try = Callable[..., dict[str, str]]
_CODES = {"BG289", *(f"BG29{number}" for number in range(10))}


@pytest.fixture
def pair(database: DatabaseFactory) -> tuple[Database, Database]:
    """Give 17 and an empty 18, with a schema on blue."""
    blue, green = database(17), database(18)
    blue.query(SCHEMA, role="owner")
    return blue, green


@pytest.fixture
def attempt(pair: tuple[Database, Database], run_module: ModuleRunner) -> Try:
    """Give `attempt(check=False, **parameters)`: what, objects and fix by code and side, of what was tried."""

    def run(*, check: bool = False, **parameters: Any) -> dict[str, str]:
        blue, green = pair
        own = {
            "migration": "shop", "blue": blue.endpoint(), "green": green.endpoint(), "trial_restore": False,
            "backup_waived": "a test", "application_roles": [blue.roles["app"].name],
        }  # fmt: skip
        result = run_module("preflight_info", {**own, **parameters}, check=check)
        assert not result.get("failed"), result
        found: dict[str, str] = {}
        for one in result["findings"]:
            if one["code"] in _CODES:
                name = f"{one['code']} {one['side']}"
                found[name] = f"{found.get(name, '')}{one['what']} ({', '.join(one['objects'])}). {one['fix']}\n"
        return found

    return run


def _entry(bouncer: PgBouncer, **changes: Any) -> dict[str, Any]:
    """Return a route through it whose files nobody has prepared yet."""
    return {
        "type": "pgbouncer", "console": bouncer.console_endpoint(), "databases": ["shop"],
        "live_file": str(bouncer.databases_file), "blue_file": str(bouncer.folder / "databases.blue.ini"),
        "green_file": str(bouncer.folder / "databases.green.ini"), **changes,
    }  # fmt: skip


def test_programs_that_setup_will_need(attempt: Try, tmp_path: Path) -> None:
    assert attempt() == {}
    found = attempt(pg_bindir=str(tmp_path))
    assert list(found) == ["BG290 green"]
    assert re.search("no working (pg_dump|pg_restore|psql)", found["BG290 green"])


def test_a_bouncer_whose_files_are_still_to_be_prepared_is_seen_as_it_will_be(
    attempt: Try, pair: tuple[Database, Database], pgbouncer: BouncerFactory
) -> None:
    bouncer = pgbouncer({"shop": pair[0]}, query_wait_timeout="120")
    before = sorted(path.name for path in bouncer.folder.iterdir())
    found = attempt(routes=[_entry(bouncer)])
    assert set(found) <= {"BG292 blue"}, found
    assert sorted(path.name for path in bouncer.folder.iterdir()) == before


def test_everything_that_would_stop_a_switch_at_its_routes_is_told_at_once(
    attempt: Try, pair: tuple[Database, Database], pgbouncer: BouncerFactory, tmp_path: Path
) -> None:
    good = pgbouncer({"shop": pair[0]}, pool_mode="session", query_wait_timeout="5")
    (tmp_path / "loose.ini").write_text(good.databases_file.read_text(encoding="utf-8"), encoding="utf-8")
    elsewhere = {name: str(tmp_path / f"{name}.ini") for name in ("live_file", "blue_file", "green_file")}
    console = {**good.console_endpoint(), "port": 1}
    found = attempt(
        routes=[
            _entry(good, live_file=str(tmp_path / "loose.ini")),
            _entry(good, console=console, **elsewhere),
            {"type": "hook", **{verb: ["/bin/false"] for verb in ("observe", "hold", "switch", "release")}},
        ]
    )["BG291 blue"]
    for part in (
        "Session pooling", "query_wait_timeout is 5 s", "loose.ini is not part of PgBouncer's configuration",
        "the console cannot be reached", f"{elsewhere['live_file']}: No such file", "BG611",
    ):  # fmt: skip
        assert found.count(part) == 1, (part, found)
    assert "databases.blue.ini" not in found


def test_a_route_that_leads_to_green_before_the_cutover(attempt: Try, tmp_path: Path) -> None:
    says = tmp_path / "observe"
    says.write_text('#!/bin/sh\necho \'{"side": "green", "held": false}\'\n', encoding="utf-8")
    says.chmod(0o755)
    hook = {"type": "hook", "observe": [str(says)], **{key: ["/bin/true"] for key in ("hold", "switch", "release")}}
    assert "leads to green, and blue is in service" in attempt(routes=[hook])["BG291 blue"]
    assert attempt(routes=[{"type": "multihost"}]) == {}


def test_the_applications_own_route(attempt: Try, pair: tuple[Database, Database]) -> None:
    blue, _green = pair
    right, wrong = blue.endpoint("app"), {**blue.endpoint("app"), "port": "1"}
    blue.query(f'GRANT INSERT ON users TO "{blue.roles["app"].name}"', role="owner")
    assert attempt(application=right) == {}
    assert "No write passed through the application's route" in attempt(application=wrong)["BG293 blue"]
    assert set(attempt(application=wrong, check=True)) == {"BG296 blue"}


def test_the_backup_proof(attempt: Try, tmp_path: Path) -> None:
    proof = tmp_path / "completed"
    assert "Nothing proves" in attempt(backup_waived="")["BG294 blue"]
    assert "No such file" in attempt(backup_proof={"file": str(proof)})["BG294 blue"]
    proof.touch()
    assert attempt(backup_proof={"file": str(proof)}) == {}
    os.utime(proof, (1_000_000_000, 1_000_000_000))
    assert "is too old" in attempt(backup_proof={"file": str(proof)})["BG295 blue"]
    assert "ended with status 1" in attempt(backup_proof={"command": ["/bin/false"]})["BG294 blue"]


def test_every_check_of_the_users_own_is_asked(attempt: Try) -> None:
    passing = [
        {"name": "command", "command": ["true"]},
        {"name": "rows", "sql": "SELECT count(*) > 0 FROM public.users", "side": "blue"},
        {"name": "server", "sql": "SELECT true"},
    ]
    assert attempt(health_checks=passing, log_check=["true"]) == {}
    without_answer: dict[str, dict[str, Any]] = {
        "nobody": {"url": "http://127.0.0.1:9/"},
        "typing error": {"sql": "SELEKT true"},
        "gone": {"sql": "SELECT true FROM public.nowhere", "side": "blue"},
        "number": {"sql": "SELECT 1"},
        "missing": {"command": ["/no/such/program"]},
        "a folder": {"command": ["/tmp"]},
    }
    no: dict[str, dict[str, Any]] = {
        "ill": {"command": ["false"]},
        "false": {"sql": "SELECT false"},
        "null": {"sql": "SELECT NULL"},
        "late": {"command": ["sleep", "30"], "timeout": 0.3},
        "sleeps": {"sql": "SELECT pg_sleep(30) IS NOT NULL", "timeout": 0.3},
    }
    early = {"rows of green": {"sql": "SELECT count(*) > 0 FROM public.users"}}
    checks = [{"name": name, **one} for name, one in {**without_answer, **no, **early}.items()]
    found = attempt(health_checks=[*passing, *checks], log_check=["/no/such/log check"], check=True)
    named = {code: re.findall(r" \(([^()]*)\)\. ", told) for code, told in found.items()}
    assert named == {
        "BG296 green": ["rows of green"],
        "BG298 blue": sorted([*without_answer, "bluegreen_log_check"]),
        "BG299 blue": sorted(no),
    }
    assert "127.0.0.1:9" not in str(found)


def test_a_window_that_never_opens(attempt: Try) -> None:
    assert attempt(window={"start": "2026-01-01T00:00Z", "end": "2096-01-01T00:00Z"}) == {}
    assert "it is over" in attempt(window={"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"})["BG289 blue"]
    assert "must be times" in attempt(window={"start": "tomorrow"})["BG289 blue"]
