# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy against PostgreSQL's table synchronisation and pgcopydb, its memory; links of many tables and lanes.

The numbers of rows are divided by `BLUEGREEN_BENCH_DIVISOR` (default 5; 1 is 15 million narrow rows and 4 million wide
ones). `--switches` is the number of copies of each contender, by turns. pgcopydb is measured where it is installed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmark.links_lanes import measure_conflict, measure_lanes
from tests.benchmark.links_sides import Servers, servers
from tests.benchmark.measure import Benchmark, Measure, Setting

_DIVISOR = int(os.environ.get("BLUEGREEN_BENCH_DIVISOR", "5"))
_MARK = "BLUEGREEN_BENCH_COPY"
_MEGABYTE = 1 << 20
_TABLES = """
CREATE TABLE narrow (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, at timestamptz NOT NULL);
CREATE TABLE wide (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, note text, amount numeric(12, 2),
                   doc jsonb, at timestamptz NOT NULL)
"""
_INDEXES = """
CREATE INDEX ON narrow (a); CREATE INDEX ON narrow (b); CREATE INDEX ON narrow (at);
CREATE INDEX ON wide (name); CREATE INDEX ON wide (email); CREATE INDEX ON wide (at)
"""
_ROWS = f"""
INSERT INTO narrow SELECT i, (random() * 1e6)::int, i % 1000, now() - i * interval '1 s'
FROM generate_series(1, {15_000_000 // _DIVISOR}) i;
INSERT INTO wide SELECT i, 'name ' || md5(i::text), md5((i * 7)::text) || '@example.com',
    repeat('note ' || i || ' ', 10), i * 1.01,
    jsonb_build_object('k', i, 'tags', ARRAY['a', 'b', 'c']), now() - i * interval '1 s'
FROM generate_series(1, {4_000_000 // _DIVISOR}) i
"""
_MANY = """
DO $$ BEGIN
    FOR n IN 1..1000 LOOP EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY, v text)', n); END LOOP;
END $$
"""
_READY = "SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel"


def measure_copy(setting: Setting) -> Iterator[Measure]:
    """The time until every table is ready, with three secondary indexes per table, contenders alternating."""
    contenders: dict[str, Callable[[Servers], None]] = {
        "snapshot": lambda pair: _link(pair, "snapshot"),
        "native": lambda pair: _link(pair, "native"),
    }
    if shutil.which("pgcopydb"):
        contenders["pgcopydb"] = _pgcopydb
    else:
        setting.say("pgcopydb is not installed: not measured")
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    peak = 0
    with servers(_TABLES + ";" + _ROWS + ";" + _INDEXES) as pair:
        for _number in range(setting.repetitions):
            for name, contender in contenders.items():
                pair.empty_green("" if name == "pgcopydb" else _TABLES + ";" + _INDEXES)
                if name != "pgcopydb":
                    pair.module("write_gate")
                with _memory() as memory:
                    started = time.monotonic()
                    contender(pair)
                    seconds[name].append(time.monotonic() - started)
                peak = max(peak, memory[0]) if name == "snapshot" else peak
                setting.say(f"{name} {seconds[name][-1]:.1f} s, {memory[0] / _MEGABYTE:.0f} MB")
                if name != "pgcopydb":
                    pair.module("replication_link", direction="forward", state="absent")
                    pair.module("write_gate", state="absent")
    ours, native = median(seconds["snapshot"]), median(seconds["native"])
    yield Measure("first copy against native table sync", ours, "s", 0.40 * native, native)
    if "pgcopydb" in seconds:
        theirs = median(seconds["pgcopydb"])
        yield Measure("first copy against pgcopydb", ours, "s", 1.05 * theirs, theirs)
    yield Measure("memory of all processes of the copy", peak / _MEGABYTE, "MB", 150.0)


def _link(pair: Servers, copy: str) -> None:
    pair.module("replication_link", direction="forward", copy=copy)
    while not pair.run(pair.green, _READY):
        time.sleep(0.1)


def _pgcopydb(pair: Servers) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PATH": f"{pair.green.pg_bin}:{os.environ['PATH']}",
            "HOME": folder,
            "PGCOPYDB_SOURCE_PGURI": pair.uri(pair.blue),
            "PGCOPYDB_TARGET_PGURI": pair.uri(pair.green),
        }
        jobs = ["--table-jobs", "4", "--index-jobs", "4", "--split-tables-larger-than", "128MB"]
        words = ["pgcopydb", "clone", "--dir", f"{folder}/work", *jobs]
        subprocess.run(words, env=environment, check=True, capture_output=True)


@contextmanager
def _memory() -> Iterator[list[int]]:
    """Measure the peak memory in bytes of all processes that we start, with shared memory divided among them."""
    os.environ[_MARK] = secrets.token_hex(8)
    most, ended = [0], threading.Event()

    def watch() -> None:
        mark = f"{_MARK}={os.environ[_MARK]}".encode()
        while not ended.wait(0.25):
            most[0] = max(most[0], sum(_bytes_of(entry, mark) for entry in Path("/proc").iterdir()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()


def _bytes_of(process: Path, mark: bytes) -> int:
    try:
        if not process.name.isdigit() or mark not in (process / "environ").read_bytes():
            return 0
        lines = (process / "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0  # the process has ended meanwhile, or is somebody else's
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def measure_many(setting: Setting) -> Iterator[Measure]:
    """A link of 1,000 tables: the module that creates it, and the second run that finds it complete."""
    made, found = [], []
    with servers(_MANY) as pair:
        for _number in range(setting.repetitions):
            pair.empty_green(_MANY)
            pair.module("write_gate")
            started = time.monotonic()
            pair.module("replication_link", direction="forward", copy="none")
            made.append(time.monotonic() - started)
            started = time.monotonic()
            assert not pair.module("replication_link", direction="forward", copy="none")["changed"]
            found.append(time.monotonic() - started)
            setting.say(f"made {made[-1]:.1f} s, found {found[-1]:.1f} s")
            pair.module("replication_link", direction="forward", state="absent")
            pair.module("write_gate", state="absent")
    yield Measure("link of 1,000 tables made", median(made), "s", 3.0)
    yield Measure("link of 1,000 tables found", median(found), "s", 1.5)


PARTS: Benchmark = {
    "copy": measure_copy,
    "many": measure_many,
    "lanes": measure_lanes,
    "conflict": measure_conflict,
}
