# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PgBouncer whose files are on its own host: read and replaced through a real sshd, and safe when that is gone."""

from __future__ import annotations

import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError, Router
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_routers
from demo.commands import run_command
from tests.fixtures.bouncers import PgBouncer
from tests.fixtures.ssh import SshServer
from tests.integration.routes.rigs import Ground, bouncer_entry, give_ground, haproxy_entry, shown, side_of, soon

__all__ = ["give_ground"]


@pytest.fixture
def bouncer(ground: Ground) -> PgBouncer:
    """Give a bouncer that leads to blue."""
    return ground.pgbouncer({"shop": ground.blue})


@pytest.fixture
def host(ground: Ground) -> SshServer:
    """Give the sshd of its host."""
    return ground.ssh_server()


@pytest.fixture
def router(bouncer: PgBouncer, host: SshServer, ground: Ground) -> Iterator[Router]:
    """Give the router of that bouncer."""
    (made,) = build_routers([{**bouncer_entry(bouncer, ground, "shop"), "ssh": host.entry}], run_command)
    yield made
    made.close()


def _logins(host: SshServer) -> int:
    return host.log.count("Accepted publickey")


def _await(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def _paused(bouncer: PgBouncer) -> bool:
    return any(row["paused"] for row in shown(bouncer, "DATABASES"))


def test_one_login_does_for_a_whole_switch_and_nothing_stays(
    router: Router, bouncer: PgBouncer, host: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bouncer.databases_file.stat()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    router.arm(soon())
    # A process that is killed from here on leaves no name behind.
    assert list(tmp_path.glob("bluegreen-*")) == []
    router.hold(soon())
    router.switch(Side.GREEN, soon())
    router.release(soon())
    assert router.observe(soon()).serves(Side.GREEN)
    assert router.observe(soon()).problems == ()
    router.close()

    after = bouncer.databases_file.stat()
    assert _logins(host) == 1
    assert bouncer.databases_file.read_text() == (bouncer.folder / "databases.green.ini").read_text()
    assert (stat.filemode(after.st_mode), after.st_uid, after.st_gid) == (
        stat.filemode(before.st_mode), before.st_uid, before.st_gid,
    )  # fmt: skip
    assert not [path.name for path in bouncer.folder.iterdir() if path.name.startswith(".")]
    _await(lambda: host.sessions() == [])


def test_a_host_out_of_reach_is_said_before_anything_is_held(
    router: Router, bouncer: PgBouncer, host: SshServer
) -> None:
    host.kill()
    with pytest.raises(RouteError, match="BG602"):
        router.hold(soon())
    assert not _paused(bouncer)


def test_a_host_that_goes_away_in_hold_leaves_clients_to_be_released(
    router: Router, bouncer: PgBouncer, host: SshServer, ground: Ground
) -> None:
    router.hold(soon())
    host.kill()
    with pytest.raises(RouteError, match="BG602"):
        router.switch(Side.GREEN, soon())
    router.release(soon())

    assert not _paused(bouncer)
    session = psycopg2.connect(**bouncer.endpoint("shop", ground.blue))
    assert side_of(session) is Side.BLUE
    session.close()


def test_a_connection_that_breaks_is_made_anew(router: Router, host: SshServer) -> None:
    router.arm(soon())
    for session in host.sessions():
        run_command(["kill", "-9", str(session)])
    router.switch(Side.GREEN, soon())

    assert router.observe(soon()).serves(Side.GREEN)
    assert _logins(host) == 2


def test_a_strange_host_key_is_refused(router: Router, host: SshServer) -> None:
    known = host.folder / "known_hosts"
    other = (host.folder / "user_key.pub").read_text(encoding="utf-8")
    known.write_text(f"{known.read_text(encoding='utf-8').split()[0]} {other}", encoding="utf-8")
    with pytest.raises(RouteError, match="BG602"):
        router.arm(soon())


def test_an_empty_file_is_no_other_files_text(router: Router, bouncer: PgBouncer) -> None:
    bouncer.databases_file.write_text("", encoding="utf-8")
    facts = router.observe(soon())

    assert facts.side is None
    assert ("BG608", "blocks") in [(problem.code, problem.severity) for problem in facts.problems]


@pytest.mark.parametrize("name", ["databases.green.ini", "databases.ini"])
def test_a_missing_file_is_named(router: Router, bouncer: PgBouncer, name: str) -> None:
    (bouncer.folder / name).unlink()
    found = [(problem.code, problem.severity) for problem in router.observe(soon()).problems]

    assert ("BG605", "blocks") in found


def test_what_a_reload_or_restart_would_read_before_the_switch_leads_to_blue(
    router: Router, bouncer: PgBouncer, ground: Ground
) -> None:
    router.arm(soon())
    assert bouncer.process
    bouncer.process.send_signal(signal.SIGHUP)
    assert router.observe(soon()).serves(Side.BLUE)
    bouncer.kill()
    bouncer.start()
    assert router.observe(soon()).serves(Side.BLUE)


def test_the_state_of_an_haproxy_is_written_on_its_own_host(ground: Ground, host: SshServer) -> None:
    proxy = ground.haproxy({"blue": ground.blue.server, "green": ground.green.server})
    (router,) = build_routers([{**haproxy_entry(proxy), "ssh": host.entry}], run_command)
    router.arm(soon())
    router.hold(soon())
    router.switch(Side.GREEN, soon())
    router.release(soon())
    facts = router.observe(soon())
    router.close()

    assert (facts.serves(Side.GREEN), facts.problems) == (True, ())
    assert _logins(host) == 1
    states = {line.split()[3]: line.split()[6] for line in (proxy.folder / "state").read_text().splitlines()[2:]}
    assert (int(states["green"]) & 1, int(states["blue"]) & 1) == (0, 1)
    host.kill()
    with pytest.raises(RouteError, match="BG602"):
        router.hold(soon())
