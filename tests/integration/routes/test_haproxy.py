# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy under clients: sessions end, new ones reach the other side, and a reload does not lead back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError, Router
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_routers
from demo.commands import run_command
from tests.fixtures.proxies import BACKEND, Haproxy
from tests.integration.routes.rigs import Ground, give_ground, haproxy_entry, side_of, soon

__all__ = ["give_ground"]
_CHECK_MILLISECONDS = 200
_SECTION = f"\nbackend {BACKEND}\n"


@pytest.fixture
def proxy(ground: Ground) -> Haproxy:
    """Give an HAProxy that leads to blue."""
    return ground.haproxy({"blue": ground.blue.server, "green": ground.green.server})


@pytest.fixture
def router(proxy: Haproxy) -> Iterator[Router]:
    """Give its router."""
    (made,) = build_routers([haproxy_entry(proxy)], run_command)
    yield made
    made.close()


def _reconfigure(proxy: Haproxy, *changes: tuple[str, str]) -> None:
    text = proxy.config.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    proxy.config.write_text(text, encoding="utf-8")
    proxy.kill()
    proxy.start()


def _connect(proxy: Haproxy, ground: Ground) -> Any:
    return psycopg2.connect(**proxy.endpoint(ground.blue))


def _limits(proxy: Haproxy) -> dict[str, str]:
    lines = [line.split(",") for line in proxy.command(f"show stat {BACKEND} 4 -1").splitlines()]
    return {line[1]: line[6] for line in lines if line[0] == BACKEND}


def _switch(router: Router, target: Side) -> None:
    router.arm(soon())
    router.hold(soon())
    router.switch(target, soon())
    router.release(soon())


def test_sessions_of_the_old_side_are_ended_and_come_back_on_the_new_one(
    proxy: Haproxy, router: Router, ground: Ground
) -> None:
    old = _connect(proxy, ground)
    assert side_of(old) is Side.BLUE
    router.hold(soon())
    assert side_of(old) is Side.BLUE
    router.switch(Side.GREEN, soon())
    router.release(soon())

    with pytest.raises(psycopg2.OperationalError):
        side_of(old)
    old.close()
    new = _connect(proxy, ground)
    assert side_of(new) is Side.GREEN
    new.close()


def test_a_restart_leads_to_where_the_switch_has_led(proxy: Haproxy, router: Router, ground: Ground) -> None:
    _reconfigure(
        proxy,
        ("global\n", f"global\n  server-state-file {proxy.folder / 'state'}\n"),
        ("defaults\n", "defaults\n  load-server-state-from-file global\n"),
    )
    for target in (Side.GREEN, Side.BLUE):
        _switch(router, target)
        proxy.kill()
        proxy.start()

        assert router.observe(soon()).serves(target)
        session = _connect(proxy, ground)
        assert side_of(session) is target
        session.close()


def test_a_reload_that_would_lead_back_is_found(proxy: Haproxy) -> None:
    entry = {name: value for name, value in haproxy_entry(proxy).items() if name != "state_file"}
    (router,) = build_routers([entry], run_command)

    assert [(problem.code, problem.severity) for problem in router.observe(soon()).problems] == [("BG605", "warns")]


@pytest.mark.parametrize("check", ["option tcp-check", "option pgsql-check user nobody"])
def test_health_checks_let_the_new_side_live(proxy: Haproxy, router: Router, ground: Ground, check: str) -> None:
    _reconfigure(
        proxy,
        (_SECTION, f"{_SECTION}  {check}\n  default-server check inter {_CHECK_MILLISECONDS}\n"),
    )
    for target in (Side.GREEN, Side.BLUE):
        _switch(router, target)
        time.sleep(4 * _CHECK_MILLISECONDS / 1000)

        session = _connect(proxy, ground)
        assert side_of(session) is target
        session.close()
        assert router.observe(soon()).problems == ()


def test_limits_of_sessions_are_what_they_were(proxy: Haproxy, router: Router) -> None:
    _reconfigure(proxy, (_SECTION, f"{_SECTION}  default-server maxconn 40\n"))
    router.hold(soon())
    assert _limits(proxy) == {"blue": "1", "green": "40"}
    router.release(soon())
    assert _limits(proxy) == {"blue": "40", "green": "40"}


@pytest.mark.parametrize(("configured", "limit"), [("", ""), ("default-server maxconn 40", "40")])
def test_a_limit_that_a_killed_run_has_left_is_the_other_servers(
    proxy: Haproxy, ground: Ground, configured: str, limit: str
) -> None:
    _reconfigure(proxy, (_SECTION, f"{_SECTION}  {configured}\n"))
    killed, following = build_routers([haproxy_entry(proxy)], run_command)[0], haproxy_entry(proxy)
    killed.hold(soon())
    (router,) = build_routers([following], run_command)
    assert router.observe(soon()).held is True
    _switch(router, Side.GREEN)

    assert _limits(proxy) == {"blue": limit, "green": limit}
    session = _connect(proxy, ground)
    assert side_of(session) is Side.GREEN
    session.close()


def test_the_runtime_api_is_reached_by_tcp(proxy: Haproxy) -> None:
    port = free_port()
    _reconfigure(proxy, ("global\n", f"global\n  stats socket ipv4@{LOOPBACK}:{port} level admin\n"))
    (router,) = build_routers([{**haproxy_entry(proxy), "socket": f"{LOOPBACK}:{port}"}], run_command)
    _switch(router, Side.GREEN)

    assert router.observe(soon()).serves(Side.GREEN)


def test_a_socket_that_may_only_look_is_found_before_anything_is_held(proxy: Haproxy) -> None:
    port = free_port()
    _reconfigure(proxy, ("global\n", f"global\n  stats socket ipv4@{LOOPBACK}:{port} level operator\n"))
    (router,) = build_routers([{**haproxy_entry(proxy), "socket": f"{LOOPBACK}:{port}"}], run_command)

    assert [(problem.code, problem.severity) for problem in router.observe(soon()).problems] == [("BG606", "blocks")]
    with pytest.raises(RouteError, match="BG606"):
        router.hold(soon())


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (f"set server {BACKEND}/green state ready", "Both servers"),
        (f"set server {BACKEND}/blue state maint", "Neither server"),
        (f"set server {BACKEND}/blue state drain", "Neither server"),
    ],
)
def test_servers_that_do_not_tell_one_side_are_found(proxy: Haproxy, router: Router, command: str, found: str) -> None:
    proxy.command(command)
    facts = router.observe(soon())

    assert facts.side is None
    (problem,) = facts.problems
    assert (problem.code, problem.severity) == ("BG608", "blocks")
    assert found in problem.what


def test_a_third_server_is_found(proxy: Haproxy, router: Router, ground: Ground) -> None:
    third = f"  server third {LOOPBACK}:{ground.blue.server.port}\n"
    proxy.config.write_text(proxy.config.read_text(encoding="utf-8") + third, encoding="utf-8")
    _reconfigure(proxy)
    (problem,) = router.observe(soon()).problems

    assert (problem.code, problem.severity, problem.objects) == ("BG608", "blocks", ("third",))


@pytest.mark.parametrize("change", [{"backend": "nowhere"}, {"blue_server": "nowhere"}])
def test_a_name_that_haproxy_does_not_know_is_said(proxy: Haproxy, change: dict[str, str]) -> None:
    (router,) = build_routers([{**haproxy_entry(proxy), **change}], run_command)
    for verb in ("arm", "observe", "hold", "release"):
        with pytest.raises(RouteError, match="BG612"):
            getattr(router, verb)(soon())
