# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch of the side in service: its effect on clients, the cost of its parts, and the cost of its failures."""

from __future__ import annotations

from tests.benchmark.cutover_costs import measure_gate, measure_gate_installation, measure_sequences
from tests.benchmark.cutover_failures import (
    measure_failed_tries,
    measure_kill_of_all,
    measure_kills,
    measure_older_failed_tries,
)
from tests.benchmark.cutover_gaps import measure_older, measure_routes, measure_tables
from tests.benchmark.cutover_tasks import measure_tasks
from tests.benchmark.measure import Benchmark

PARTS: Benchmark = {
    "routes": measure_routes,
    "older": measure_older,
    "older-failed-tries": measure_older_failed_tries,
    "tables": measure_tables,
    "sequences": measure_sequences,
    "gate": measure_gate,
    "gate-installation": measure_gate_installation,
    "kills": measure_kills,
    "kill-past-commit": measure_kill_of_all,
    "failed-tries": measure_failed_tries,
    "tasks": measure_tasks,
}
