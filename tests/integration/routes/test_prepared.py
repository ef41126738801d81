# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prepared PgBouncer before the switch: reloaded and restarted under clients, which notice nothing."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import Router
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_routers
from demo.commands import run_command
from tests.fixtures.bouncers import PgBouncer
from tests.integration.routes.clients import clients_of, connect
from tests.integration.routes.rigs import Ground, bouncer_entry, give_ground, side_of, soon

__all__ = ["give_ground"]


@pytest.fixture
def bouncer(ground: Ground) -> Iterator[PgBouncer]:
    """Give a bouncer that leads to blue; an online restart takes its connections over by its Unix socket."""
    sockets = Path(tempfile.mkdtemp(prefix="bouncer-"))
    find_identity(run_command).own(sockets)
    yield ground.pgbouncer({"shop": ground.blue}, unix_socket_dir=str(sockets))
    shutil.rmtree(sockets)


@pytest.fixture
def router(bouncer: PgBouncer, ground: Ground) -> Iterator[Router]:
    """Give its router, with prepared files."""
    (made,) = build_routers([bouncer_entry(bouncer, ground, "shop")], run_command)
    yield made
    made.close()


def _restart_online(bouncer: PgBouncer) -> None:
    old = bouncer.process
    assert old
    bouncer.start("-R")
    old.wait(timeout=10)


def _signal(bouncer: PgBouncer) -> None:
    assert bouncer.process
    bouncer.process.send_signal(signal.SIGHUP)


# PgBouncer's own online restart may lose a client of its own (seen once): too often for every run.
@pytest.mark.parametrize(
    "do",
    [pytest.param(_signal, id="SIGHUP"), pytest.param(_restart_online, id="online restart", marks=pytest.mark.soak)],
)
def test_clients_notice_nothing_and_stay_on_blue(
    bouncer: PgBouncer, router: Router, ground: Ground, do: Callable[[PgBouncer], None]
) -> None:
    with clients_of(bouncer, ground) as clients:
        assert clients.go_on()
        do(bouncer)
        assert clients.go_on()
        assert router.observe(soon()).serves(Side.BLUE)
    assert clients.errors == []

    with clients_of(bouncer, ground) as clients:
        router.arm(soon())
        router.hold(soon())
        router.switch(Side.GREEN, soon())
        router.release(soon())
        assert clients.go_on()
    assert clients.errors == []
    assert router.observe(soon()).serves(Side.GREEN)


def test_after_a_crash_it_leads_to_blue_as_well(bouncer: PgBouncer, router: Router, ground: Ground) -> None:
    bouncer.kill()
    bouncer.start()

    assert router.observe(soon()).serves(Side.BLUE)
    session = connect(bouncer, ground)
    assert side_of(session) is Side.BLUE
    session.close()
