# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers that are too fast for one lane, through four lanes and through one; a lane that stops at a conflict.

Applying costs more than writing, because green has a text index that blue lacks. First it measures how much one lane
applies while nobody writes; then writers keep a fixed rate above that, the same for both contenders.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import linear_regression, median

from tests.benchmark.links_sides import Servers, servers
from tests.benchmark.measure import Measure, Setting

_LANES = 4
_ABOVE = 1.25  # the writers' rate, relative to what one lane applies
_ROWS_A_TRANSACTION = 10
_BACKLOG = 12_000  # rows
_SECONDS = 15
_WARM = 3.0  # seconds before the lag's slope is measured
_SAMPLE = 0.25
_PATIENCE = 120.0
_NUMBERS = range(1, _LANES + 1)
_TABLES = ";".join(f"CREATE TABLE note_{n} (id bigserial PRIMARY KEY, body text NOT NULL)" for n in _NUMBERS)
_TEXTS = 20_000
_WORDS = " || ' ' || ".join(f"md5((n * {word})::text)" for word in range(1, 49))
_SOURCE = f"""
CREATE TABLE source (id int PRIMARY KEY, body text NOT NULL);
INSERT INTO source SELECT n, {_WORDS} FROM generate_series(1, {_TEXTS}) n
"""
_INSERT = "INSERT INTO note_{table} (body) SELECT body FROM source WHERE id BETWEEN {first} AND {last};"
_INDEXES = ";".join(
    f"CREATE INDEX ON note_{n} USING gin (to_tsvector('simple', body)) WITH (fastupdate = off)" for n in _NUMBERS
)
_WRITTEN = "SELECT " + " + ".join(f"COALESCE((SELECT max(id) FROM note_{n}), 0)" for n in _NUMBERS)
_READY = "SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel"
_FAILED = "SELECT count(*) = 0 FROM pg_stat_subscription WHERE pid IS NOT NULL"


def measure_lanes(setting: Setting) -> Iterator[Measure]:
    """The lag's slope under a fixed rate of writes, and how fast a backlog drains while nobody writes."""
    drains: dict[int, list[float]] = {1: [], _LANES: []}
    slopes: dict[int, list[float]] = {1: [], _LANES: []}
    rates: dict[int, list[float]] = {1: [], _LANES: []}
    wanted = 0.0
    with servers(f"{_TABLES};{_SOURCE}") as pair:
        for _number in range(setting.repetitions):
            for lanes in (1, _LANES):
                with _linked(pair, lanes):
                    drains[lanes].append(_drain(pair))
                    wanted = wanted or _ABOVE * drains[1][0]
                    written, slope = _write(pair, wanted)
                rates[lanes].append(written)
                slopes[lanes].append(slope)
                setting.say(
                    f"{lanes} lanes: {drains[lanes][-1]:.0f} rows/s drained, {written:.0f} of {wanted:.0f} written, "
                    f"the lag grows by {slope:.0f} rows/s"
                )
    one, four = (median(slopes[lanes]) for lanes in (1, _LANES))
    yield Measure("lag's growth under writes, four lanes against one", four, "rows/s", 0.5 * one, one)
    one, four = (median(drains[lanes]) for lanes in (1, _LANES))
    yield Measure("idle drain, four lanes against one", four, "rows/s", 1.2 * one, one, at_least=True)
    one, four = (median(rates[lanes]) for lanes in (1, _LANES))
    yield Measure("writers' throughput, four lanes against one", four, "rows/s", 0.95 * one, one, at_least=True)


@contextmanager
def _linked(pair: Servers, lanes: int) -> Iterator[None]:
    pair.run(pair.blue, "TRUNCATE " + ", ".join(f"note_{n}" for n in _NUMBERS) + " RESTART IDENTITY")
    pair.empty_green(f"{_TABLES};{_INDEXES}")
    pair.module("write_gate")
    pair.module("replication_link", direction="forward", lanes=lanes, exclude_tables=["public.source"])
    _wait(pair, _READY)
    try:
        yield
    finally:
        pair.module("replication_link", direction="forward", state="absent")
        pair.module("write_gate", state="absent")


def _drain(pair: Servers) -> float:
    """Return how many rows per second are applied while nobody writes."""
    pair.module("replication_link", direction="forward", state="disabled")
    before = pair.run(pair.green, _WRITTEN)
    part = _BACKLOG // _LANES
    for first in range(1, part, _ROWS_A_TRANSACTION):
        for table in _NUMBERS:
            last = first + _ROWS_A_TRANSACTION - 1
            pair.run(pair.blue, _INSERT.format(table=table, first=first, last=last))
    pair.module("replication_link", direction="forward", state="enabled")
    started = time.monotonic()
    _wait(pair, f"SELECT ({_WRITTEN}) >= {before + _BACKLOG}")
    return _BACKLOG / (time.monotonic() - started)


def _write(pair: Servers, wanted: float) -> tuple[float, float]:
    """Write at a fixed rate; return the rows written per second, and the rows per second by which the lag grew."""
    behind: list[tuple[float, float]] = []
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE):
            now = time.monotonic()
            behind.append((now, pair.run(pair.blue, _WRITTEN) - pair.run(pair.green, _WRITTEN)))

    watching = threading.Thread(target=sample)
    watching.start()
    try:
        written = _pgbench(pair, wanted / _ROWS_A_TRANSACTION) * _ROWS_A_TRANSACTION
    finally:
        ended.set()
        watching.join()
    steady = [(at, rows) for at, rows in behind if at >= behind[0][0] + _WARM]
    return written, linear_regression(*zip(*steady, strict=True)).slope


def _pgbench(pair: Servers, rate: float) -> float:
    """Return the transactions per second that pgbench achieved."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = []
        for table in _NUMBERS:
            script = Path(folder) / f"{table}.sql"
            insert = _INSERT.format(table=table, first=":n", last=f":n + {_ROWS_A_TRANSACTION - 1}")
            script.write_text(f"\\set n random(1, {_TEXTS - _ROWS_A_TRANSACTION})\n{insert}\n", encoding="utf-8")
            scripts += ["-f", str(script)]
        words = [str(pair.blue.pg_bin / "pgbench"), "-n", *scripts, "-c", "4", "-T", str(_SECONDS), "-R", str(rate)]
        ran = subprocess.run(words, env=pair.environment(pair.blue), check=False, capture_output=True, text=True)
    told = re.search(r"^tps = ([\d.]+)", ran.stdout, re.MULTILINE)
    assert told, ran.stderr
    return float(told[1])


def _wait(pair: Servers, condition: str) -> None:
    """Wait for a condition on green."""
    end = time.monotonic() + _PATIENCE
    while not pair.run(pair.green, condition):
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def measure_conflict(setting: Setting) -> Iterator[Measure]:
    """The time after which catchup, as a process, refuses to wait for a lane that has stopped at a row, and names the
    row."""
    seconds = []
    with servers("CREATE TABLE users (id int PRIMARY KEY, name text)") as pair:
        for number in range(1, setting.repetitions + 1):
            pair.empty_green("CREATE TABLE users (id int PRIMARY KEY, name text)")
            pair.run(pair.blue, "TRUNCATE users")
            pair.module("write_gate")
            pair.module("replication_link", direction="forward")
            _wait(pair, _READY)
            planted = f"INSERT INTO users VALUES ({number}, 'planted')"
            pair.run(pair.green, f"SET session_replication_role = replica; {planted}")
            pair.run(pair.blue, f"INSERT INTO users VALUES ({number}, 'mine')")
            _wait(pair, _FAILED)
            started = time.monotonic()
            failed = pair.attempt("replication_catchup", direction="forward", timeout=60.0)
            seconds.append(time.monotonic() - started)
            assert failed["code"] == "BG311", failed
            conflict = failed["details"]["conflict"]
            assert (conflict["table"], conflict["key"]) == ("public.users", {"id": str(number)})
            assert "delete it there" in failed["todo"]
            setting.say(f"{seconds[-1]:.2f} s: {failed['msg']}")
            pair.module("replication_link", direction="forward", state="absent")
            pair.module("write_gate", state="absent")
    yield Measure("catchup fails at a conflict and names it", median(seconds), "s", 2.0)
