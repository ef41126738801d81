# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig for each router: real servers, the proxy in front of them, and clients like an application's."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg2
import pytest
from psycopg2.extensions import connection
from psycopg2.extras import RealDictCursor

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import Router
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_routers
from demo.commands import run_command
from tests.fixtures.bouncers import BouncerFactory, PgBouncer, databases_section
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import Pair
from tests.fixtures.proxies import BACKEND, Haproxy, HaproxyFactory
from tests.fixtures.ssh import SshFactory

Endpoint = dict[str, Any]
Held = Literal["statements", "connections", "nothing"]
_HELD_CLIENT_POLLS_SECONDS = 0.01


def _nothing() -> None:
    """Do nothing: for rigs that have no process to stop."""


def _no_signpost(_side: Side) -> None:
    """Do nothing: for rigs whose clients need no signpost."""


@dataclass
class Rig:
    """A router, its clients, and how it can be made to fail."""

    router: Router
    endpoint: Callable[[], Endpoint]
    holds: Held
    freeze: Callable[[], None] | None = None
    thaw: Callable[[], None] = _nothing
    kill: Callable[[], None] | None = None
    signpost: Callable[[Side], None] = _no_signpost
    _opened: list[connection] = field(default_factory=list)

    def connect(self) -> connection:
        """Connect as the application does."""
        opened: connection = psycopg2.connect(**self.endpoint())
        opened.autocommit = True
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        """Close everything."""
        self.thaw()
        self.router.close()
        for opened in self._opened:
            opened.close()


@dataclass(frozen=True)
class Ground:
    """The base of a rig: both databases, a folder, and the fixtures that start processes."""

    blue: Database
    green: Database
    folder: Path
    pgbouncer: BouncerFactory
    haproxy: HaproxyFactory
    ssh_server: SshFactory

    def database(self, side: Side) -> Database:
        """Return the database of a side."""
        return self.blue if side is Side.BLUE else self.green


@pytest.fixture(name="ground")
def give_ground(
    database: DatabaseFactory,
    tmp_path: Path,
    pgbouncer: BouncerFactory,
    haproxy: HaproxyFactory,
    ssh_server: SshFactory,
) -> Ground:
    """Give a blue 17 and a green 18 with the same database in both."""
    return Ground(database(17), database(18), tmp_path, pgbouncer, haproxy, ssh_server)


def soon(seconds: float = 5.0) -> Deadline:
    """Return a deadline."""
    return Deadline(seconds, "The test")


def side_of(session: connection) -> Side:
    """Return the side that a session has reached: blue runs the older major."""
    with session.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int < 180000")
        return Side.BLUE if cursor.fetchone() == (True,) else Side.GREEN


def bouncer_entry(bouncer: PgBouncer, ground: Ground | Pair, *names: str) -> dict[str, Any]:
    """Prepare the files of both sides beside the live one and return the entry for `routes`."""
    for side in Side:
        text = databases_section(dict.fromkeys(names, getattr(ground, side)))
        (bouncer.folder / f"databases.{side}.ini").write_text(text, encoding="utf-8")
    return {
        "type": "pgbouncer",
        "console": bouncer.console_endpoint(),
        "databases": list(names),
        "live_file": str(bouncer.databases_file),
        "blue_file": str(bouncer.folder / "databases.blue.ini"),
        "green_file": str(bouncer.folder / "databases.green.ini"),
    }


def shown(bouncer: PgBouncer, what: str) -> list[dict[str, Any]]:
    """Return the rows of a SHOW command by column name: the columns differ between versions."""
    opened = psycopg2.connect(**bouncer.console_endpoint(), cursor_factory=RealDictCursor)
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            cursor.execute(f"SHOW {what}")
            return [dict(row) for row in cursor.fetchall()]
    finally:
        opened.close()


def pgbouncer_rig(ground: Ground) -> Rig:
    """Build a PgBouncer with two entries."""
    bouncer = ground.pgbouncer({"shop": ground.blue, "shop-jobs": ground.blue})
    (router,) = build_routers([bouncer_entry(bouncer, ground, "shop", "shop-jobs")], run_command)
    process = bouncer.process
    assert process is not None
    return Rig(
        router,
        lambda: bouncer.endpoint("shop", ground.blue),
        "statements",
        freeze=lambda: process.send_signal(signal.SIGSTOP),
        thaw=lambda: process.send_signal(signal.SIGCONT),
        kill=bouncer.kill,
    )


def remote_pgbouncer_rig(ground: Ground) -> Rig:
    """Build the same with its files on another host, reachable by SSH only."""
    host, bouncer = ground.ssh_server(), ground.pgbouncer({"shop": ground.blue, "shop-jobs": ground.blue})
    entry = {**bouncer_entry(bouncer, ground, "shop", "shop-jobs"), "ssh": host.entry}
    (router,) = build_routers([entry], run_command)
    daemon, process = host.process, bouncer.process
    assert daemon is not None
    assert process is not None

    def send(number: int) -> None:
        for each in (process.pid, daemon.pid, *host.sessions()):
            os.kill(each, number)

    def kill() -> None:
        bouncer.kill()
        host.kill()

    return Rig(
        router,
        lambda: bouncer.endpoint("shop", ground.blue),
        "statements",
        freeze=lambda: send(signal.SIGSTOP),
        thaw=lambda: send(signal.SIGCONT) if host.process else None,
        kill=kill,
    )


def haproxy_entry(proxy: Haproxy) -> dict[str, Any]:
    """Return the entry for `routes`."""
    return {
        "type": "haproxy",
        "socket": str(proxy.socket),
        "backend": BACKEND,
        "blue_server": "blue",
        "green_server": "green",
        "state_file": str(proxy.folder / "state"),
    }


def haproxy_rig(ground: Ground) -> Rig:
    """Build an HAProxy with both servers."""
    proxy = ground.haproxy({"blue": ground.blue.server, "green": ground.green.server})
    (router,) = build_routers([haproxy_entry(proxy)], run_command)
    process = proxy.process
    assert process is not None
    return Rig(
        router,
        lambda: proxy.endpoint(ground.blue),
        "connections",
        freeze=lambda: process.send_signal(signal.SIGSTOP),
        thaw=lambda: process.send_signal(signal.SIGCONT),
        kill=proxy.kill,
    )


def multihost_rig(ground: Ground) -> Rig:
    """Build nothing: libpq looks for the writable side."""
    ports = ",".join(str(ground.database(side).server.port) for side in Side)
    several = {"host": f"{LOOPBACK},{LOOPBACK}", "port": ports, "target_session_attrs": "read-write"}
    (router,) = build_routers([{"type": "multihost"}], run_command)

    def signpost(side: Side) -> None:
        for each, read_only in ((side, "off"), (side.other, "on")):
            database = ground.database(each)
            database.query(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = {read_only}')

    signpost(Side.BLUE)
    return Rig(router, lambda: {**ground.blue.endpoint("app"), **several}, "nothing", signpost=signpost)


# A record that clients look up like a name in the DNS.
_RECORD_HOOK = """
import json, pathlib, sys
record, said = pathlib.Path(sys.argv[1]), json.loads(sys.stdin.readline())
state = json.loads(record.read_text())
change = {"hold": {"held": True}, "release": {"held": False}, "switch": {"side": said["target"]}, "observe": {}}
state.update(change[said["verb"]])
if said["verb"] == "observe":
    print(json.dumps(state))
else:
    fresh = record.with_suffix(".new")
    fresh.write_text(json.dumps(state))
    fresh.replace(record)
"""


def hook_rig(ground: Ground) -> Rig:
    """Build a record that a hook writes and clients look up."""
    record, script = ground.folder / "record", ground.folder / "hook.py"
    record.write_text(json.dumps({"side": "blue", "held": False}), encoding="utf-8")
    script.write_text(_RECORD_HOOK, encoding="utf-8")
    command = [sys.executable, str(script), str(record)]
    entry = {"type": "hook", **dict.fromkeys(("observe", "hold", "switch", "release"), command)}
    (router,) = build_routers([entry], run_command)
    frozen = "import time\ntime.sleep(60)\n"
    return Rig(
        router,
        lambda: ground.database(_looked_up(record)).endpoint("app"),
        "connections",
        freeze=lambda: _put(script, frozen),
        thaw=lambda: _put(script, _RECORD_HOOK),
        kill=lambda: _put(script, "raise SystemExit(1)\n"),
    )


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _looked_up(record: Path) -> Side:
    while True:
        state = json.loads(record.read_text(encoding="utf-8"))
        if not state["held"]:
            return Side(state["side"])
        time.sleep(_HELD_CLIENT_POLLS_SECONDS)


# There is no process between these clients and the servers that could freeze or die.
WITHOUT_PROCESS = {"multihost"}
RIGS: dict[str, Callable[[Ground], Rig]] = {
    "pgbouncer": pgbouncer_rig,
    "pgbouncer over ssh": remote_pgbouncer_rig,
    "haproxy": haproxy_rig,
    "multihost": multihost_rig,
    "hook": hook_rig,
}


def built(kind: str, ground: Ground) -> Iterator[Rig]:
    """Give the rig of a router, and close it."""
    rig = RIGS[kind](ground)
    yield rig
    rig.close()
