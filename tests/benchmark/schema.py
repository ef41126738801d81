# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_copy against pg_dump and pg_restore -j, as a person would type them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import psycopg2
from psycopg2.extensions import make_dsn

from demo.commands import PROJECT, run_command
from demo.environment import DemoEnvironment
from demo.shop import ShopSide
from tests.benchmark.measure import Benchmark, Measure, Setting
from tests.live.modules import run_module

_TABLES = 1000
_BATCH = 250  # tables per transaction: five locks each
_RATIO = 1.3
_JOBS = 2
# Table, two indexes, the table for long values with its index; a constraint, a default and a foreign key.
_MAKE_TABLES = """
DO $$ BEGIN
    FOR number IN {first}..{last} LOOP
        EXECUTE format('CREATE TABLE wide_%1$s (id bigint PRIMARY KEY, parent bigint REFERENCES wide_%2$s,
            at timestamptz NOT NULL DEFAULT now(), amount numeric(10, 2) CHECK (amount > 0), note text)',
            number, greatest(number - 1, 1));
        EXECUTE format('CREATE INDEX ON wide_%s (parent, at)', number);
    END LOOP;
END $$
"""


def measure_copy(setting: Setting) -> Iterator[Measure]:
    """1,000 tables into an empty database, by turns; both as superuser."""
    scratch = PROJECT / ".work" / "live"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="schema-", dir=scratch) as folder:
        Path(folder).chmod(0o755)
        with DemoEnvironment(Path(folder), "multihost") as environment:
            blue, green = environment.blue, environment.green
            _fill(blue)
            setting.say(f"{_TABLES} tables more on blue")
            ours: list[float] = []
            theirs: list[float] = []
            for number in range(setting.repetitions):
                theirs.append(_timed(green, lambda: _by_hand(blue, green, Path(folder, "by_hand.dump"))))
                ours.append(_timed(green, lambda: _by_module(blue, green)))
                setting.say(f"{number + 1} of {setting.repetitions}: {ours[-1]:.2f} s, by hand {theirs[-1]:.2f} s")
    by_hand = median(theirs)
    yield Measure(f"copy of {_TABLES} tables, schema_copy", median(ours), "s", _RATIO * by_hand, by_hand)


def _fill(side: ShopSide) -> None:
    with closing(psycopg2.connect(make_dsn(None, **side.superuser()))) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        for first in range(1, _TABLES + 1, _BATCH):
            cursor.execute(_MAKE_TABLES.format(first=first, last=first + _BATCH - 1))


def _timed(green: ShopSide, copy: Callable[[], None]) -> float:
    """Return the seconds that a copy into a new, empty database takes."""
    place = green.superuser()
    name = place["dbname"]
    with closing(psycopg2.connect(make_dsn(None, **{**place, "dbname": "postgres"}))) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
            cursor.execute("CHECKPOINT")
    started = time.monotonic()
    copy()
    return time.monotonic() - started


def _by_module(blue: ShopSide, green: ShopSide) -> None:
    sides = {"blue": blue.superuser(), "green": green.superuser()}
    run_module("schema_copy", {"migration": "shop", **sides, "pg_bindir": str(green.server.pg_bin)}, timeout=200.0)


def _by_hand(blue: ShopSide, green: ShopSide, dump: Path) -> None:
    _program(green, "pg_dump", "--schema-only", "--format=custom", f"--file={dump}", _place(blue), of=blue)
    _program(green, "pg_restore", f"--jobs={_JOBS}", _place(green), str(dump), of=green)


def _place(side: ShopSide) -> str:
    return f"--dbname={make_dsn(None, **{key: value for key, value in side.superuser().items() if key != 'password'})}"


def _program(green: ShopSide, name: str, *arguments: str, of: ShopSide) -> None:
    password = {"PGPASSWORD": str(of.superuser()["password"])}
    status, _output, errors = run_command([str(green.server.pg_bin / name), *arguments], environ_update=password)
    if status != 0:
        raise RuntimeError(f"{name}: {errors}")


PARTS: Benchmark = {"copy": measure_copy}
