# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers with the same large tables, at rest, for benchmarks of the comparison."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn

from demo.commands import PROJECT
from demo.environment import DemoEnvironment
from demo.shop import ShopSide
from tests.live.modules import run_module

NARROW = "public.narrow"
WIDE = "public.wide"
_TIMEOUT = 1800.0
_TABLES = {
    NARROW: """
        CREATE TABLE public.narrow
            (id bigint PRIMARY KEY, account int, paid boolean, day date, at timestamptz, code text);
        INSERT INTO public.narrow SELECT g, g % 100000, g % 3 = 0, date '2020-01-01' + g % 2000,
            timestamptz '2026-01-01' + g * interval '1 second', 'code ' || g % 1000
        FROM generate_series(1, {rows}) g""",
    WIDE: """
        CREATE TABLE public.wide (id bigint PRIMARY KEY, name text, email text, amount numeric(12, 2), rate float8,
            document jsonb, tags text[], note text, created timestamptz, token uuid, address text, extra text);
        INSERT INTO public.wide SELECT g, 'name ' || g, 'user' || g || '@example.com', g % 10000 + 0.25, g / 7.0,
            jsonb_build_object('k', g, 'list', jsonb_build_array(1, 2, g % 10)), ARRAY['a', 'b' || g % 10],
            repeat(md5(g::text), 3), timestamptz '2026-01-01' + g * interval '1 second', md5(g::text)::uuid,
            'street ' || g % 5000, NULL
        FROM generate_series(1, {rows}) g""",
}


@dataclass(frozen=True)
class ComparedSides:
    """Both sides, and the operations on them."""

    sides: Mapping[str, ShopSide]
    pg_bin: Path

    def parameters(self, tables: Sequence[str]) -> dict[str, Any]:
        """Return the arguments of a comparison of these tables."""
        ends = {name: side.superuser() for name, side in self.sides.items()}
        return {"migration": "bench", **ends, "tables": list(tables), "at_rest": True, "timeout": _TIMEOUT}

    def compare(self, tables: Sequence[str], differences: int = 0) -> None:
        """Compare, as a module in a separate process, and check that exactly the planted rows differ."""
        result = run_module("consistency_check", self.parameters(tables), timeout=_TIMEOUT)
        found = [table["difference_count"] for table in result["tables"]]
        assert sum(found) == differences, found
        assert result["consistent"] is (differences == 0)

    def execute(self, name: str, *statements: str) -> None:
        """Run statements on one side, each committed."""
        with closing(psycopg2.connect(make_dsn(None, **self.sides[name].superuser()))) as opened:
            opened.autocommit = True
            with opened.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def on_both(self, statement: str, tables: Sequence[str]) -> None:
        """Run a statement for each table, on both sides at once."""
        statements = [statement.format(table=table) for table in tables]
        threads = [threading.Thread(target=self.execute, args=(name, *_ALONE, *statements)) for name in self.sides]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @contextmanager
    def one_bad_row(self, table: str, key: int) -> Iterator[None]:
        """Make one row of green's different for a while."""
        self.execute("green", f"UPDATE {table} SET note = note || ' ' WHERE id = {key}")
        yield
        self.execute("green", f"UPDATE {table} SET note = left(note, -1) WHERE id = {key}")

    def prepare_load(self) -> None:
        """Make pgbench's tables on blue."""
        self._pgbench("--initialize", "--scale=10", "--quiet")

    def latency_95(self, seconds: int) -> float:
        """Return the 95th percentile of the transactions' latency in milliseconds, at 200 transactions a second."""
        with tempfile.TemporaryDirectory() as folder:
            arguments = ("--rate=200", "--client=4", "--jobs=1", f"--time={seconds}", "--no-vacuum", "--log")
            self._pgbench(*arguments, f"--log-prefix={folder}/log")
            lines = [line.split() for path in Path(folder).glob("log*") for line in path.read_text().splitlines()]
        latencies = sorted(int(line[2]) / 1000 for line in lines)
        return latencies[int(len(latencies) * 0.95)]

    def _pgbench(self, *arguments: str) -> None:
        blue = self.sides["blue"].superuser()
        environment = {
            **os.environ, "PGHOST": str(blue["host"]), "PGPORT": str(blue["port"]), "PGDATABASE": str(blue["dbname"]),
            "PGUSER": str(blue["user"]), "PGPASSWORD": str(blue["password"]),
        }  # fmt: skip
        argv = [str(self.pg_bin / "pgbench"), *arguments]
        subprocess.run(argv, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# As the comparison does: one process per side.
_ALONE = ("SET max_parallel_workers_per_gather = 0",)


@contextmanager
def compared_sides(rows: Mapping[str, int]) -> Iterator[ComparedSides]:
    """Give both sides with these tables, equal, vacuumed and at rest."""
    scratch = PROJECT / ".work" / "live"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="consistency-", dir=scratch) as folder:
        Path(folder).chmod(0o755)
        with DemoEnvironment(Path(folder), "multihost") as environment:
            sides = ComparedSides(
                {"blue": environment.blue, "green": environment.green}, environment.blue.server.pg_bin
            )
            fill = [statement for table, number in rows.items() for statement in _filling(table, number)]
            threads = [threading.Thread(target=sides.execute, args=(name, *fill)) for name in sides.sides]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            yield sides


def _filling(table: str, rows: int) -> list[str]:
    return ["SET synchronous_commit = off", *_TABLES[table].format(rows=rows).split(";"), f"VACUUM ANALYZE {table}"]
