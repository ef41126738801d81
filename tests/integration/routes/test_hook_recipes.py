# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes of docs/examples/hooks: BIND, HAProxy and libpq are real; Consul, kubectl and aws are stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError, Router
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_routers
from demo.commands import PROJECT, run_command
from tests.fixtures.stand_ins import AWS, KUBECTL, Consul, Patroni, serving
from tests.fixtures.workplace import unavailable
from tests.integration.routes.rigs import Ground, give_ground, side_of, soon

__all__ = ["give_ground"]
_HOOKS = PROJECT / "docs" / "examples" / "hooks"
_PROGRAM_PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


def _route(*command: str) -> Router:
    (router,) = build_routers([{"type": "hook", "observe": list(command), "switch": list(command)}], run_command)
    return router


def _assert_there_and_back(router: Router, seen: Callable[[], object] | None = None) -> list[object]:
    """Check that it leads to blue, and to each side after a switch, twice; return what clients have seen."""
    found: list[object] = []
    router.arm(soon())
    assert router.observe(soon()).serves(Side.BLUE)
    for target in (Side.GREEN, Side.GREEN, Side.BLUE, Side.GREEN):
        router.switch(target, soon())
        facts = router.observe(soon())
        assert facts.serves(target)
        assert facts.held is False
        if seen is not None:
            found.append(seen())
    return found


# --- libpq's service file


def test_a_service_file_leads_real_clients(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "services.conf"
    places = [f"{each.endpoint()['host']}:{each.endpoint()['port']}" for each in (ground.blue, ground.green)]
    other = "[other]\nhost=elsewhere\nport=1\n"
    file.write_text(
        f"{other}[shop]\nhost={places[0].split(':')[0]}\nport={places[0].split(':')[1]}\n", encoding="utf-8"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    lasting = {key: value for key, value in ground.blue.endpoint("app").items() if key not in ("host", "port")}

    def reached() -> Side:
        session = psycopg2.connect(service="shop", **lasting)
        try:
            return side_of(session)
        finally:
            session.close()

    router = _route(str(_HOOKS / "libpq_service.sh"), str(file), "shop", *places)
    assert _assert_there_and_back(router, reached) == [Side.GREEN, Side.GREEN, Side.BLUE, Side.GREEN]
    assert other in file.read_text(encoding="utf-8")


# --- DNS

_NAMED = """
options {{ directory "{folder}"; listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }}; recursion no;
           pid-file none; session-keyfile "{folder}/session.key"; managed-keys-directory "{folder}"; }};
key "bluegreen" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "example.com" {{ type primary; file "{folder}/zone"; allow-update {{ key "bluegreen"; }}; }};
controls {{ }};
"""
_ZONE = """$TTL 5
@ IN SOA ns hostmaster 1 60 60 60 5
@ IN NS ns
ns IN A 127.0.0.1
shop IN CNAME db17.example.com.
"""
_SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


@pytest.fixture
def name_server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Give a real BIND with a zone that a key may update: its address for `dns.sh`, and the file of the key."""
    program = shutil.which("named", path=_PROGRAM_PATH)
    if program is None or shutil.which("nsupdate") is None or shutil.which("dig") is None:
        unavailable("BIND and its tools are not installed.")
    port = free_port()
    settings = {"folder": tmp_path, "port": port, "address": LOOPBACK, "secret": _SECRET}
    (tmp_path / "named.conf").write_text(_NAMED.format(**settings), encoding="utf-8")
    (tmp_path / "zone").write_text(_ZONE, encoding="utf-8")
    key = tmp_path / "key"
    key.write_text(f'key "bluegreen" {{ algorithm hmac-sha256; secret "{_SECRET}"; }};\n', encoding="utf-8")
    with (tmp_path / "log").open("wb") as log:
        argv = [program, "-g", "-c", str(tmp_path / "named.conf")]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 10
        while not _record(port):
            assert process.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"{LOOPBACK}#{port}", key
    finally:
        process.kill()
        process.wait()


def _record(port: int) -> str:
    argv = ["dig", "+short", "+time=1", "+tries=1", "-p", str(port), f"@{LOOPBACK}", "shop.example.com", "CNAME"]
    status, output, _complaint = run_command(argv)
    return output.strip() if status == 0 else ""


def test_a_name_in_the_dns_is_led_by_a_real_server(name_server: tuple[str, Path]) -> None:
    server, key = name_server
    sides = ("db17.example.com.", "db18.example.com.")
    router = _route(str(_HOOKS / "dns.sh"), server, str(key), "shop.example.com.", "5", *sides)
    _assert_there_and_back(router)
    assert _record(int(server.partition("#")[2])) == sides[1]

    key.write_text(key.read_text(encoding="utf-8").replace(_SECRET, "d3Jvbmc="), encoding="utf-8")
    with pytest.raises(RouteError, match="BG611"):
        router.switch(Side.BLUE, soon())


# --- Patroni behind HAProxy


@pytest.fixture
def patroni() -> Iterator[int]:
    """Give the port of a REST API that calls its server the primary."""
    yield from serving(Patroni)


@pytest.mark.soak
def test_haproxy_follows_one_of_two_patroni_clusters(ground: Ground, patroni: int) -> None:
    proxy = ground.haproxy({"blue": ground.blue.server, "green": ground.green.server})
    mapfile = proxy.folder / "side.map"
    mapfile.write_text("service cluster_blue\n", encoding="utf-8")
    text = proxy.config.read_text(encoding="utf-8").partition("  default_backend")[0]
    text += f"  use_backend %[str(service),map({mapfile})]\n"
    for side in (ground.blue, ground.green):
        name = "cluster_blue" if side is ground.blue else "cluster_green"
        text += f"backend {name}\n  option httpchk GET /primary\n"
        text += f"  server node {LOOPBACK}:{side.server.port} check port {patroni} inter 200\n"
    proxy.config.write_text(text, encoding="utf-8")
    proxy.kill()
    proxy.start()
    script = [sys.executable, str(_HOOKS / "patroni_haproxy.py"), str(proxy.socket), str(mapfile)]
    old = psycopg2.connect(**proxy.endpoint(ground.blue))
    assert side_of(old) is Side.BLUE

    def reached() -> Side:
        session = psycopg2.connect(**proxy.endpoint(ground.blue))
        try:
            return side_of(session)
        finally:
            session.close()

    router = _route(*script, "cluster_blue", "cluster_green")
    assert _assert_there_and_back(router, reached) == [Side.GREEN, Side.GREEN, Side.BLUE, Side.GREEN]
    with pytest.raises(psycopg2.OperationalError):
        side_of(old)
    old.close()
    proxy.kill()
    proxy.start()
    assert reached() is Side.GREEN


# --- Consul


@pytest.fixture
def consul() -> Iterator[int]:
    """Give the port of a stand-in for Consul."""
    Consul.entries.clear()
    Consul.tokens.clear()
    yield from serving(Consul)


def test_a_service_in_consul_is_registered_anew(consul: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "a-token")
    sides = ("db17.example.com:5432", "db18.example.com:5433")
    router = _route(str(_HOOKS / "consul.sh"), f"http://{LOOPBACK}:{consul}", "shop", *sides)
    assert router.observe(soon()).side is None
    router.switch(Side.BLUE, soon())
    _assert_there_and_back(router)

    assert Consul.entries["shop"] == {"Service": "shop", "Address": "db18.example.com", "Port": 5433}
    assert set(Consul.tokens) == {"a-token"}


# --- Kubernetes and Amazon RDS Proxy


@pytest.mark.parametrize(
    ("program", "text", "recipe", "arguments", "sides"),
    [
        ("kubectl", KUBECTL, "kubernetes_service.sh", ("prod", "shop"), ("db17.example.com", "db18.example.com")),
        ("aws", AWS, "rds_proxy.sh", ("proxy",), ("shop-blue", "shop-green")),
    ],
)
def test_a_command_line_is_called_as_it_is_documented(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    text: str,
    recipe: str,
    arguments: tuple[str, ...],
    sides: tuple[str, str],
) -> None:
    stand_in, state = tmp_path / program, tmp_path / "state"
    stand_in.write_text(text, encoding="utf-8")
    stand_in.chmod(0o755)
    state.write_text(f"{sides[0]}\n", encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("STATE", str(state))

    _assert_there_and_back(_route(str(_HOOKS / recipe), *arguments, *sides))

    assert state.read_text(encoding="utf-8").strip() == sides[1]
    stand_in.write_text("#!/bin/sh\necho 'access denied' >&2\nexit 1\n", encoding="utf-8")
    with pytest.raises(RouteError, match="access denied"):
        _route(str(_HOOKS / recipe), *arguments, *sides).switch(Side.BLUE, soon())
