# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of parts of the switch: the gate while it is open on blue, and carrying 1,000 sequences over."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sequences import advance_sequences
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.service.gate import LOCK_TIMEOUT_MS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from demo.shop import OWNER
from tests.benchmark.contender import SATURATED, worst_stall, writing
from tests.benchmark.measure import Measure, Setting
from tests.live.migration import LiveMigration

_SCALE = 10
_CLIENTS = 8
_SECONDS = 4
_PGBENCH_TABLES = ("pgbench_accounts", "pgbench_branches", "pgbench_history", "pgbench_tellers")
_TPS = re.compile(r"tps = ([0-9.]+)")
_GATE_COST = 6.0
_SEQUENCES = 1000
_MAKE_SEQUENCES = """
DO $$ BEGIN
    FOR number IN 1..{sequences} LOOP
        EXECUTE format('CREATE SEQUENCE counter_%s', number);
        PERFORM nextval(format('counter_%s', number));
    END LOOP;
END $$
"""
_TIMES_FASTER = 20


def measure_gate(setting: Setting) -> Iterator[Measure]:
    """pgbench at saturation on blue, with the gate's triggers and without, by turns, each pair compared by itself."""
    costs = []
    with LiveMigration("multihost", _make_pgbench_tables, links=False) as migration:
        for number in range(1, setting.repetitions + 1):
            turns = ("DISABLE", "ENABLE") if number % 2 else ("ENABLE", "DISABLE")
            rates = {verb: _transactions_per_second(migration, verb) for verb in turns}
            costs.append((1 - rates["ENABLE"] / rates["DISABLE"]) * 100)
            with_gate, without = rates["ENABLE"], rates["DISABLE"]
            setting.say(f"{number} of {setting.repetitions}: {with_gate:.0f} tps with the gate, {without:.0f} without")
    yield Measure("the gate's cost for blue's writers at saturation", median(costs), "% of tps", _GATE_COST)


def measure_gate_installation(setting: Setting) -> Iterator[Measure]:
    """The longest wait of a writer while the gate is removed and installed, in a saturated database."""
    stalls = []
    with LiveMigration("multihost", links=False) as migration, writing(migration, SATURATED) as pool:
        for number in range(1, setting.repetitions + 1):
            for state in ("absent", "present"):
                started = time.monotonic()
                migration.run("write_gate", state=state)
                stalls.append(worst_stall(pool.results(), started, time.monotonic()) * 1000)
            setting.say(
                f"{number} of {setting.repetitions}: removed {stalls[-2]:.0f} ms, installed {stalls[-1]:.0f} ms"
            )
    name = "installing and removing the gate at saturation: longest wait of a writer"
    yield Measure(name, max(stalls), "ms", 2 * LOCK_TIMEOUT_MS)


def measure_sequences(setting: Setting) -> Iterator[Measure]:
    """All sequences in the switch's single statement, against one statement each."""
    with LiveMigration("multihost", _make_sequences, links=False) as migration:
        session = Sides.from_parameters(**migration.parameters).session(Side.GREEN)
        together, singly = [], []
        with closing(session), closing(migration.connect("green")) as opened, opened.cursor() as cursor:
            for number in range(setting.repetitions):
                value = 1000 * (number + 1)
                targets = [(TableName("public", f"counter_{each}"), value) for each in range(1, _SEQUENCES + 1)]
                started = time.monotonic()
                advance_sequences(session, targets)
                half_way = time.monotonic()
                for name, _value in targets:
                    cursor.execute("SELECT setval(%s::regclass, %s)", (f"public.{name.name}", value + 1))
                together.append((half_way - started) * 1000)
                singly.append((time.monotonic() - half_way) * 1000)
    slow = median(singly)
    yield Measure("1,000 sequences in one statement", median(together), "ms", slow / _TIMES_FASTER, slow)


def _make_sequences(migration: LiveMigration) -> None:
    migration.execute("blue", f"SET ROLE {OWNER}", _MAKE_SEQUENCES.format(sequences=_SEQUENCES))


def _make_pgbench_tables(migration: LiveMigration) -> None:
    _pgbench(migration, "--initialize", f"--scale={_SCALE}", "--quiet")


def _transactions_per_second(migration: LiveMigration, verb: str) -> float:
    """Run pgbench with the gate's triggers enabled or disabled."""
    migration.execute("blue", *[f"ALTER TABLE {table} {verb} TRIGGER bluegreen_gate" for table in _PGBENCH_TABLES])
    output = _pgbench(migration, f"--client={_CLIENTS}", "--jobs=2", f"--time={_SECONDS}", "--no-vacuum")
    found = _TPS.search(output)
    assert found is not None
    return float(found[1])


def _pgbench(migration: LiveMigration, *arguments: str) -> str:
    """Run pgbench on blue in the name of the tables' owner. Raises subprocess.CalledProcessError."""
    blue = migration.side("blue")
    endpoint = blue.superuser()
    environment = {
        **os.environ, "PGHOST": str(endpoint["host"]), "PGPORT": str(endpoint["port"]),
        "PGDATABASE": str(endpoint["dbname"]), "PGUSER": str(endpoint["user"]),
        "PGPASSWORD": str(endpoint["password"]), "PGOPTIONS": f"-c role={OWNER}",
    }  # fmt: skip
    argv = [str(blue.server.pg_bin / "pgbench"), *arguments]
    return subprocess.run(argv, env=environment, check=True, capture_output=True, text=True).stdout
