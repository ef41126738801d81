# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PgBouncer's console over every kind of connection, and what a real one reports about itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_routers
from demo.commands import run_command
from tests.integration.routes.rigs import Ground, bouncer_entry, give_ground, shown, soon

__all__ = ["give_ground"]


@pytest.fixture
def sockets() -> Iterator[Path]:
    """Give a folder whose name is short enough for a socket, for the account that servers run as."""
    folder = Path(tempfile.mkdtemp(prefix="bouncer-"))
    find_identity(run_command).own(folder)
    yield folder
    shutil.rmtree(folder)


def _observe(entry: dict[str, Any]) -> RouteFacts:
    (router,) = build_routers([entry], run_command)
    try:
        return router.observe(soon())
    finally:
        router.close()


def _switch(entry: dict[str, Any]) -> RouteFacts:
    (router,) = build_routers([entry], run_command)
    try:
        router.arm(soon())
        router.hold(soon())
        router.switch(Side.GREEN, soon())
        router.release(soon())
        return router.observe(soon())
    finally:
        router.close()


def _codes(facts: RouteFacts) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in facts.problems]


def _with_console(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**entry, "console": {**entry["console"], **changes}}


def test_the_console_is_reached_by_unix_socket(ground: Ground, sockets: Path) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue}, unix_socket_dir=str(sockets))
    facts = _switch(_with_console(bouncer_entry(bouncer, ground, "shop"), host=str(sockets)))

    assert facts.serves(Side.GREEN)
    assert facts.problems == ()


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """Give a certificate of our own for 127.0.0.1, as settings of PgBouncer."""
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    argv += ["-keyout", str(key), "-out", str(chain), "-subj", "/CN=localhost", "-days", "2"]
    status, _output, complaint = run_command([*argv, "-addext", "subjectAltName=IP:127.0.0.1"])
    assert status == 0, complaint
    for path in (tmp_path, key, chain):
        find_identity(run_command).own(path)
    return {"client_tls_key_file": str(key), "client_tls_cert_file": str(chain)}


def test_the_console_is_reached_by_tls_and_its_certificate_is_checked(
    ground: Ground, certificate: dict[str, str]
) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue}, client_tls_sslmode="allow", **certificate)
    entry = bouncer_entry(bouncer, ground, "shop")
    checked = {"sslmode": "verify-full", "sslrootcert": certificate["client_tls_cert_file"]}

    assert _switch(_with_console(entry, **checked)).serves(Side.GREEN)
    with pytest.raises(RouteError, match="BG602"):
        _observe(_with_console(entry, sslmode="verify-full", sslrootcert=__file__))


def test_a_wrong_password_is_refused_and_not_repeated(ground: Ground) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue})
    with pytest.raises(RouteError, match="BG606") as raised:
        _observe(_with_console(bouncer_entry(bouncer, ground, "shop"), password="wrong-and-secret"))

    assert "wrong-and-secret" not in str(raised.value)


def test_a_user_that_may_only_look_is_found_before_anything_is_held(ground: Ground) -> None:
    account = ground.blue.roles["app"]
    bouncer = ground.pgbouncer({"shop": ground.blue}, stats_users=account.name)
    entry = _with_console(bouncer_entry(bouncer, ground, "shop"), user=account.name, password=account.password)

    assert _codes(_observe(entry)) == [("BG606", "blocks")]
    with pytest.raises(RouteError, match="BG606"):
        _switch(entry)
    assert not any(row["paused"] for row in shown(bouncer, "DATABASES"))


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"pool_mode": "session"}, [("BG604", "blocks")]),
        ({"pool_mode": "statement"}, []),
        ({"query_wait_timeout": "3"}, [("BG607", "blocks")]),
        ({"server_login_retry": "60"}, [("BG607", "warns")]),
    ],
)
def test_settings_that_hurt_are_found(ground: Ground, settings: dict[str, str], found: list[tuple[str, str]]) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue}, **settings)

    assert _codes(_observe(bouncer_entry(bouncer, ground, "shop"))) == found


def test_a_user_with_session_pooling_is_found_when_it_has_come(ground: Ground) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue})
    entry = bouncer_entry(bouncer, ground, "shop")
    account = ground.blue.roles["app"].name
    bouncer.config.write_text(f"{bouncer.config.read_text()}[users]\n{account} = pool_mode=session\n")
    bouncer.console("RELOAD")
    assert _codes(_observe(entry)) == [("BG604", "warns")]

    session = psycopg2.connect(**bouncer.endpoint("shop", ground.blue))
    session.close()
    assert _codes(_observe(entry)) == [("BG604", "blocks"), ("BG604", "warns")]


def test_an_entry_that_only_the_fallback_serves_is_found(ground: Ground) -> None:
    bouncer = ground.pgbouncer({"*": ground.blue})
    entry = bouncer_entry(bouncer, ground, "*", "shop")
    bouncer.databases_file.write_text((bouncer.folder / "databases.blue.ini").read_text().partition("shop")[0])
    bouncer.console("RELOAD")

    assert ("BG612", "blocks") in _codes(_observe({**entry, "databases": ["shop"]}))


def test_a_live_file_that_pgbouncer_does_not_read_is_found(ground: Ground) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue})
    entry = bouncer_entry(bouncer, ground, "shop")
    assert _codes(_observe(entry)) == []
    stray = bouncer.folder / "stray.ini"
    shutil.copy(bouncer.databases_file, stray)

    assert _codes(_observe({**entry, "live_file": str(stray)})) == [("BG605", "blocks")]
