# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen to a switch: one static table of faults."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.live.migration import SIDES, LiveMigration
from tests.live.modules import SwitchProcess
from tests.live.stop import Act

# With and without a pooler that holds clients; the same code leads other routes between the same steps.
ROUTES = ("pgbouncer", "multihost")
_DOWN_SECONDS = 0.4
_FROZEN_SECONDS = 40.0
_SHORT_DEADLINE = 1.0
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bluegreen shop %'"

Strike = Callable[[LiveMigration, SwitchProcess], None]


def _nothing_more(_migration: LiveMigration, _switch: SwitchProcess) -> None:
    """Do nothing: the process has done it to itself."""


def _crash(side: str) -> Strike:
    def strike(migration: LiveMigration, switch: SwitchProcess) -> None:
        server = migration.side(side).server
        server.stop("immediate")
        switch.go_on()
        time.sleep(_DOWN_SECONDS)
        server.start()

    return strike


def _cut_connections(migration: LiveMigration, switch: SwitchProcess) -> None:
    for side in SIDES:
        migration.execute(side, _CUT)
    switch.go_on()


def _crash_bouncer(migration: LiveMigration, switch: SwitchProcess) -> None:
    def down() -> None:
        switch.go_on()
        time.sleep(_DOWN_SECONDS)

    migration.restart_bouncer(down)


def _thaw_after_the_watchdog(_migration: LiveMigration, switch: SwitchProcess) -> None:
    """Let the zombie continue only after the watchdog has acted, which is later than the deadline."""
    deadline = time.monotonic() + _FROZEN_SECONDS
    while switch.left_running() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(switch.process.pid, signal.SIGCONT)


def _kill_the_playbook(_migration: LiveMigration, switch: SwitchProcess) -> None:
    """Kill ansible-playbook, not the module that it started: the module continues, and nobody receives its result."""
    switch.kill()
    switch.go_on()


@dataclass(frozen=True)
class Fault:
    """One kind of fault. `act`: what the switch does to itself; `strike`: what the harness does then.

    `routes`: where it can happen. `parameters`: of the switch. `downs`: whether a server was away for a while, so links
    need a moment and the same command may have to be repeated. `playbook`: whether the command is ansible-playbook and
    not a module without Ansible.
    """

    name: str
    act: Act
    strike: Strike = _nothing_more
    routes: tuple[str, ...] = ROUTES
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    downs: bool = False
    playbook: bool = False

    @property
    def deadline(self) -> float:
        """Return the deadline of the switch in seconds."""
        return float(self.parameters.get("deadline", 10.0))


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("kill", Act.KILL),
        Fault("terminate", Act.TERMINATE),
        Fault("deadline", Act.OVERSLEEP, parameters={"deadline": _SHORT_DEADLINE}),
        Fault("cut", Act.ASK, _cut_connections),
        Fault("crash blue", Act.ASK, _crash("blue"), downs=True),
        Fault("crash green", Act.ASK, _crash("green"), downs=True),
        Fault("bouncer", Act.ASK, _crash_bouncer, routes=("pgbouncer",)),
        Fault("playbook", Act.ASK, _kill_the_playbook, playbook=True),
        Fault("freeze", Act.FREEZE, _thaw_after_the_watchdog, parameters={"deadline": _SHORT_DEADLINE}),
    )
}
OVERSLEEP_SECONDS = _SHORT_DEADLINE + 0.3
