# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight of large schemas: how long it takes, with and without a trial restore, and how many queries."""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, redirect_stdout, suppress
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import psycopg2
import psycopg2.extensions
from psycopg2.extensions import make_dsn

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import driver
from ansible_collections.bluegreen.postgresql.plugins.modules import preflight_info
from demo.commands import PROJECT
from demo.environment import DemoEnvironment
from demo.shop import OWNER, ShopSide
from tests.benchmark.measure import Benchmark, Measure, Setting
from tests.fixtures.module_arguments import given
from tests.live.modules import run_module

_TABLES = 5000
_SECONDS = 3.0
_TRIAL_SECONDS = 60.0
_MOST_TRIALS = 3
_BATCH = 500  # tables a transaction: a lock each, and four for the indexes
# Four indexes with that of the primary key.
_MAKE_TABLES = """
DO $$ BEGIN
    FOR number IN {first}..{last} LOOP
        EXECUTE format('CREATE TABLE wide_%1$s (id bigint PRIMARY KEY, code text UNIQUE, at timestamptz NOT NULL,
            amount numeric(10, 2) CHECK (amount > 0), note varchar(100) DEFAULT %2$L)', number, 'none');
        EXECUTE format('CREATE INDEX ON wide_%s (at)', number);
        EXECUTE format('CREATE INDEX ON wide_%s (amount, at)', number);
    END LOOP;
END $$
"""


def measure_schema(setting: Setting) -> Iterator[Measure]:
    """Both sides with the same 5,000 tables and 20,000 indexes; with and without check mode, alternating."""
    with tempfile.TemporaryDirectory(prefix="preflight-", dir=_scratch()) as folder:
        Path(folder).chmod(0o755)
        with DemoEnvironment(Path(folder), "multihost") as environment:
            parameters = {
                "migration": "shop",
                "blue": environment.blue.migrator(),
                "green": environment.green.migrator(),
                "pg_bindir": str(environment.green.server.pg_bin),
            }
            few = _queries(parameters)
            for side in (environment.blue, environment.green):
                _make_tables(side)
            setting.say(f"{_TABLES} tables on both sides")
            seconds = []
            for number in range(setting.repetitions):
                started = time.monotonic()
                run_module("preflight_info", parameters, check=number % 2 == 0)
                seconds.append(time.monotonic() - started)
                setting.say(f"{number + 1} of {setting.repetitions}: {seconds[-1]:.2f} s")
            many = _queries(parameters)
    yield Measure(f"preflight of {_TABLES} tables on both sides", median(seconds), "s", _SECONDS)
    yield Measure(f"queries of preflight with {_TABLES} tables", many, "queries", few, few)


def measure_trial(setting: Setting) -> Iterator[Measure]:
    """The same tables on blue, and an empty green: with a trial restore and without one, by turns."""
    with tempfile.TemporaryDirectory(prefix="preflight-", dir=_scratch()) as folder:
        Path(folder).chmod(0o755)
        with DemoEnvironment(Path(folder), "multihost") as environment:
            _make_tables(environment.blue)
            _make_room_for_locks(environment.green)
            setting.say(f"{_TABLES} tables on blue")
            seconds: dict[bool, list[float]] = {True: [], False: []}
            for number in range(min(setting.repetitions, _MOST_TRIALS)):
                for trial, times in seconds.items():
                    times.append(_one_preflight(environment, trial))
                setting.say(f"{number + 1}: {seconds[True][-1]:.2f} s, without a trial {seconds[False][-1]:.2f} s")
    without = median(seconds[False])
    yield Measure(
        f"preflight of {_TABLES} tables with a trial restore", median(seconds[True]), "s", _TRIAL_SECONDS, without
    )
    yield Measure(f"preflight of {_TABLES} tables on blue without a trial restore", without, "s", _SECONDS)


def _one_preflight(environment: DemoEnvironment, trial: bool) -> float:
    parameters = {
        "migration": "shop",
        "blue": environment.blue.migrator(),
        "green": environment.green.migrator(),
        "pg_bindir": str(environment.green.server.pg_bin),
        "trial_restore": trial,
    }
    started = time.monotonic()
    result = run_module("preflight_info", parameters, timeout=300.0)
    seconds = time.monotonic() - started
    stopped = [one["line"] for one in result["findings"] if one["code"] in ("BG270", "BG276", "BG277")]
    if stopped:
        raise RuntimeError(f"not tried: {stopped}")
    return seconds


def _scratch() -> Path:
    folder = PROJECT / ".work" / "live"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make_tables(side: ShopSide) -> None:
    with closing(psycopg2.connect(make_dsn(None, **side.superuser()))) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        cursor.execute(f"SET ROLE {OWNER}")
        for first in range(1, _TABLES + 1, _BATCH):
            cursor.execute(_MAKE_TABLES.format(first=first, last=first + _BATCH - 1))
        cursor.execute("RESET ROLE")
        cursor.execute("VACUUM ANALYZE")


def _make_room_for_locks(green: ShopSide) -> None:
    """All tables are created in one transaction (BG113)."""
    with closing(psycopg2.connect(make_dsn(None, **green.superuser()))) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        cursor.execute("ALTER SYSTEM SET max_locks_per_transaction = 512")
    green.server.stop()
    green.server.start()


def _queries(parameters: dict[str, Any]) -> int:
    """Return how many statements one preflight sends to both servers."""
    sent = 0
    send = driver.run

    def count(*arguments: Any) -> list[dict[str, Any]]:
        nonlocal sent
        sent += 1
        return send(*arguments)

    told = io.StringIO()
    with (
        given({**parameters, "trial_restore": False, "_ansible_check_mode": True}),
        patch.object(driver, "run", count),
        redirect_stdout(told),
        suppress(SystemExit),
    ):
        preflight_info.main()
    psycopg2.extensions.set_wait_callback(None)
    if "findings" not in json.loads(told.getvalue()):
        raise RuntimeError(told.getvalue())
    return sent


PARTS: Benchmark = {"schema": measure_schema, "trial": measure_trial}
