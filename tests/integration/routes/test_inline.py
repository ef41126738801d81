# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PgBouncer as packages ship it, with its entries in its own configuration, becomes a route under its clients."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.fixtures.bouncers import BouncerFactory, PgBouncer
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.ssh import SshFactory
from tests.integration.routes.rigs import shown, side_of


@pytest.fixture
def made(pair: PairFactory) -> Pair:
    """Give a pair of which nothing has been replicated."""
    return pair()


@pytest.fixture
def inline(made: Pair, pgbouncer: BouncerFactory) -> PgBouncer:
    """Give a bouncer whose entries lie between the other sections of its one file."""
    bouncer = pgbouncer({"shop": made.blue})
    section = (
        bouncer.databases_file.read_text(encoding="utf-8") + "reports = host=127.0.0.1 port=1 password=never-seen\n"
    )
    main = bouncer.config.read_text(encoding="utf-8").partition("\n")[2]
    bouncer.config.write_text(
        f"{main}\n{section}\n; who may look\n[users]\nsomebody = pool_mode=transaction\n", "utf-8"
    )
    bouncer.databases_file.unlink()
    bouncer.console("RELOAD")
    return bouncer


def _route(bouncer: PgBouncer, **more: Any) -> dict[str, Any]:
    return {
        "type": "pgbouncer",
        "console": bouncer.console_endpoint(),
        "databases": ["shop"],
        "live_file": str(bouncer.databases_file),
        "blue_file": str(bouncer.folder / "databases.blue.ini"),
        "green_file": str(bouncer.folder / "databases.green.ini"),
        **more,
    }


def _texts(bouncer: PgBouncer) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in bouncer.folder.glob("*.ini*")}


def test_without_a_word_nothing_moves_and_the_way_is_told(made: Pair, inline: PgBouncer) -> None:
    before = _texts(inline)
    for check in (True, False):
        refused = made.run("route_files", routes=[_route(inline)], check=check)
        assert refused["code"] == "BG616", refused
        assert "convert_inline" in str(refused["msg"])
        assert "never-seen" not in str(refused)
    assert _texts(inline) == before


@pytest.mark.parametrize("by_ssh", [False, True])
def test_entries_move_under_a_client_and_the_switch_goes_through(
    made: Pair, inline: PgBouncer, ssh_server: SshFactory, *, by_ssh: bool
) -> None:
    route = _route(inline, convert_inline=True, **({"ssh": ssh_server().entry} if by_ssh else {}))
    made.replicate()
    before, entries = _texts(inline), shown(inline, "DATABASES")
    would = made.run("route_files", routes=[route], check=True)
    assert "become `%include" in str(would["diff"])
    assert "never-seen" not in str(would)
    assert _texts(inline) == before
    with closing(psycopg2.connect(**inline.endpoint("shop", made.blue))) as session:
        session.autocommit = True
        assert side_of(session).value == "blue"
        done = made.succeed("route_files", routes=[route])
        assert [step["title"].rpartition("/")[2] for step in done["steps"]] == [
            "pgbouncer.ini.before-bluegreen", "databases.ini", "databases.blue.ini", "databases.green.ini",
            "pgbouncer.ini",
        ]  # fmt: skip
        assert (done["problems"], done["blocked"]) == ([], False)
        assert not made.changes("route_files", routes=[route])
        keys = ("name", "host", "port", "database", "pool_size")
        assert [[row[key] for key in keys] for row in shown(inline, "DATABASES")] == [
            [row[key] for key in keys] for row in entries
        ]
        assert made.succeed("cutover", target="green", routes=[route])["routes"] == {
            f"pgbouncer 127.0.0.1:{inline.port}": "green"
        }
        assert side_of(session).value == "green"
    kept = inline.config.with_name("pgbouncer.ini.before-bluegreen")
    assert kept.read_text(encoding="utf-8") == before["pgbouncer.ini"]
    assert inline.config.stat().st_mode == kept.stat().st_mode


def test_what_pgbouncer_would_read_otherwise_goes_back(made: Pair, inline: PgBouncer) -> None:
    """Somebody has changed the file, and not yet told PgBouncer."""
    made.replicate()
    text = inline.config.read_text(encoding="utf-8").replace("reports = host=127.0.0.1 port=1", "reports = port=2")
    inline.config.write_text(text, encoding="utf-8")
    refused = made.run("route_files", routes=[_route(inline, convert_inline=True)])
    assert refused["code"] == "BG605", refused
    assert "has its old text again" in str(refused["msg"])
    assert inline.config.read_text(encoding="utf-8") == text
    assert made.succeed("route_files", routes=[_route(inline, convert_inline=True)])["problems"] == []


def test_a_run_that_ended_before_the_configuration_changed_goes_on(
    made: Pair, inline: PgBouncer, tmp_path: Path
) -> None:
    made.replicate()
    route = _route(inline, convert_inline=True)
    text = inline.config.read_text(encoding="utf-8")
    made.succeed("route_files", routes=[route])
    inline.config.write_text(text, encoding="utf-8")
    assert [step["title"].rpartition("/")[2] for step in made.succeed("route_files", routes=[route])["steps"]] == [
        "pgbouncer.ini"
    ]
