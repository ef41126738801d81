# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist before a cutover, read from real servers and from real proofs."""

from __future__ import annotations

import http.server
import os
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.migrations import Pair, PairFactory

_TOKEN = "token-that-nobody-may-see"


@pytest.fixture
def made(pair: PairFactory) -> Pair:
    """Give a pair on which nothing has been done yet."""
    return pair()


@pytest.fixture
def url() -> Iterator[str]:
    """Give a URL that was changed an hour ago; below it, `/missing` is not there and `/plain` says no time."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if self.path.endswith("missing") else 200)
            if not self.path.endswith("plain"):
                self.send_header("Last-Modified", formatdate(time.time() - 3600, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{_TOKEN}"
    server.shutdown()
    server.server_close()
    thread.join()


def _line(result: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(line for line in result["prerequisites"] if line["name"] == name)
    return found


def test_the_way_back_is_read_from_the_servers(made: Pair) -> None:
    before = made.succeed("prerequisites_info")
    assert (before["changed"], before["switch_ahead"]) == (False, True)
    assert _line(before, "access")["fulfilled"] is True
    assert _line(before, "rollback")["fulfilled"] is False
    made.replicate()
    assert _line(made.succeed("prerequisites_info"), "rollback")["fulfilled"] is True
    made.blue.query(f"ALTER SUBSCRIPTION {made.lane('reverse')} DISABLE")
    assert _line(made.succeed("prerequisites_info"), "rollback")["fulfilled"] is False


def test_an_older_pair_has_its_way_back_lying_ready(pair: PairFactory) -> None:
    made = pair(blue=15)
    made.replicate()
    assert _line(made.succeed("prerequisites_info"), "rollback")["fulfilled"] is True


def test_a_side_that_does_not_answer_is_a_line_and_no_error(made: Pair) -> None:
    wrong = {**made.green.endpoint(made.role), "password": "wrong"}
    seen = made.succeed("prerequisites_info", green=wrong)
    assert _line(seen, "access")["fulfilled"] is False
    assert "refused the password" in _line(seen, "access")["detail"]
    assert _line(seen, "rollback")["fulfilled"] is None
    assert seen["switch_ahead"] is None


def test_a_backup_is_proven_by_a_file(made: Pair, tmp_path: Path) -> None:
    dump = tmp_path / "shop.dump"
    proof = {"backup_proof": {"file": str(dump)}}
    assert _line(made.succeed("prerequisites_info", **proof), "backup")["fulfilled"] is None
    dump.touch()
    assert _line(made.succeed("prerequisites_info", **proof), "backup")["fulfilled"] is True
    os.utime(dump, (time.time() - 90_000,) * 2)
    assert _line(made.succeed("prerequisites_info", **proof), "backup")["fulfilled"] is False
    assert _line(made.succeed("prerequisites_info", **proof, backup_max_age_hours=26), "backup")["fulfilled"] is True


@pytest.mark.parametrize(
    ("script", "fulfilled"),
    [
        ("echo shop; date -u +%FT%TZ", True),
        ("date +%s", True),
        ("date -u -d '2 days ago' +%FT%TZ", False),
        ("date -u +%FT%TZ; exit 3", None),
        ("echo fine", None),
        ("true", None),
    ],
)
def test_a_backup_is_proven_by_a_command(made: Pair, script: str, fulfilled: bool | None) -> None:
    seen = made.succeed("prerequisites_info", backup_proof={"command": ["sh", "-c", script]})
    assert _line(seen, "backup")["fulfilled"] is fulfilled, _line(seen, "backup")


@pytest.mark.parametrize(("path", "fulfilled"), [("", True), ("/missing", None), ("/plain", None)])
def test_a_backup_is_proven_by_a_url_that_is_never_shown(
    made: Pair, url: str, path: str, fulfilled: bool | None
) -> None:
    seen = made.succeed("prerequisites_info", backup_proof={"url": url + path})
    assert _line(seen, "backup")["fulfilled"] is fulfilled, _line(seen, "backup")
    assert _TOKEN not in str(seen)


def test_a_proof_is_of_one_kind(made: Pair) -> None:
    refused = made.run("prerequisites_info", backup_proof={"file": "/etc/hosts", "command": ["date"]})
    assert refused["failed"]
    assert "mutually exclusive" in refused["msg"]
