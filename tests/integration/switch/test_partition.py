# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network partition cuts the controller off in the middle of its switch: the next run need not wait long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.far_away import CONTROLLER, SERVERS, FarController
from tests.fixtures.migrations import ROWS, SCHEMA, Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

pytestmark = pytest.mark.soak
_LIMIT = 15.0  # seconds until the dead holder's lock is free
_WAITS_FOR_IT = ("BG500", "BG501", "BG041")  # readiness, the lock, and a lock of its open transaction
_HBA = f"host all all {CONTROLLER}/32 scram-sha-256\n"


@pytest.fixture
def pair(
    far_controller: FarController,
    database: DatabaseFactory,
    own_server: ServerFactory,
    run_module: ModuleRunner,
    request: pytest.FixtureRequest,
) -> Pair:
    """Give a replicating pair of these majors that is reached from the far controller as well."""
    blue, green = (
        database(major, server=own_server(major, listen_addresses=f"127.0.0.1,{SERVERS}")) for major in request.param
    )
    for side in (blue, green):
        with (side.server.embedded.folder / "data" / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write(_HBA)
        side.query("SELECT pg_reload_conf()")
        side.query(SCHEMA.format(**{kind: role.name for kind, role in side.roles.items()}))
    blue.query(ROWS)
    made = Pair(blue, green, run_module, "superuser", blue.name)
    made.replicate()
    return made


def _from_afar(side: Database) -> dict[str, Any]:
    return {**side.endpoint("superuser"), "host": SERVERS, "peer": {"host": "127.0.0.1"}}


@pytest.mark.parametrize("pair", [(17, 18), (14, 17)], indirect=True, ids=["17-18", "14-17"])
@pytest.mark.parametrize("step", ["fence blue", "drain into green", "open green"])
def test_a_run_after_a_partition_waits_15_seconds_at_most(
    far_controller: FarController, pair: Pair, step: str, record_property: Callable[[str, object], None]
) -> None:
    parameters = {**pair.ends(), "blue": _from_afar(pair.blue), "green": _from_afar(pair.green), "target": "green"}
    away = ModuleProcess("cutover", parameters, Stop(step, Moment.BEFORE, Act.ASK), caller=far_controller.caller)
    assert away.await_hit() is not None, away.wait()
    far_controller.pull_the_cable()
    away.go_on()
    began = time.monotonic()
    while (result := pair.run("cutover", target="green")).get("code") in _WAITS_FOR_IT:
        assert time.monotonic() - began < _LIMIT, result["msg"]
    took = time.monotonic() - began
    record_property("seconds", round(took, 1))
    print(f"{step}: {took:.1f} s", flush=True)
    assert result.get("in_service") == "green", (result.get("code"), result.get("msg"))
    assert took < _LIMIT + 5.0, "until the switch was complete"
    assert away.wait(90.0)["failed"]
    journal = pair.blue.query("SELECT * FROM bluegreen.journal"), pair.green.query("SELECT * FROM bluegreen.journal")
    far_controller.plug_it_in()
    assert away.await_nothing_left(60.0), "its watchdog finds that somebody else has gone on"
    assert pair.succeed("migration_info")["in_service"] == "green"
    assert journal == (
        pair.blue.query("SELECT * FROM bluegreen.journal"),
        pair.green.query("SELECT * FROM bluegreen.journal"),
    )
