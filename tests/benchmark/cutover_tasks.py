# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same steps as a list of Ansible tasks, each with its own process and connection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from demo.commands import PROJECT
from tests.benchmark.contender import Contender, interleaved
from tests.benchmark.measure import Measure, Setting
from tests.live.migration import LiveMigration

_PLAYBOOK = Path(__file__).with_name("separate_tasks.yml")
_PART_OF_THEIRS = 50


def measure_tasks(setting: Setting) -> Iterator[Measure]:
    """The longest gap of the module and of the task list, alternating on the same migration."""
    with LiveMigration("pgbouncer") as migration:
        ours = Contender("the module", migration)
        theirs = Contender("separate tasks", migration, switcher=_by_tasks)
        for turn in interleaved((ours, theirs), setting.repetitions):
            setting.say(turn)
        for contender in (ours, theirs):
            setting.say(contender.story())
        verdict = ours.verdict()
    limit = theirs.gap / _PART_OF_THEIRS
    yield Measure("PgBouncer, the module against separate tasks: median longest gap", ours.gap, "ms", limit, theirs.gap)
    yield Measure("PgBouncer, module and tasks: acknowledged writes missing", verdict.missing, "writes", 0)


def _by_tasks(migration: LiveMigration, target: str) -> list[tuple[str, float]]:
    """Switch by the task list. Raises subprocess.CalledProcessError."""
    program = Path(sys.executable).with_name("ansible-playbook")
    environment = {**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as variables:
        json.dump(_variables(migration, target), variables)
        variables.flush()
        argv = [str(program), "-i", "localhost,", "-e", f"@{variables.name}", str(_PLAYBOOK)]
        finished = subprocess.run(argv, env=environment, check=False, capture_output=True, text=True)
    if finished.returncode != 0:
        raise subprocess.CalledProcessError(finished.returncode, argv, finished.stdout, finished.stderr)
    return []


def _variables(migration: LiveMigration, target: str) -> dict[str, Any]:
    old = "green" if target == "blue" else "blue"
    route = migration.routes[0]
    return {
        "ansible_python_interpreter": sys.executable,
        "psql": str(migration.environment.green.psql),
        "target": target,
        "epoch": max(entry["epoch"] for entry in migration.info()["journal"]) + 1,
        "old_side": _libpq(migration.side(old).migrator()),
        "new_side": _libpq(migration.side(target).migrator()),
        "console": _libpq({**route["console"], "dbname": "pgbouncer"}, options=""),
        "new_file": route[f"{target}_file"],
        "live_file": route["live_file"],
    }


def _libpq(keywords: Mapping[str, Any], options: str = "-c default_transaction_read_only=off") -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    return {"PGOPTIONS": options, **{names[key]: str(value) for key, value in keywords.items()}}
