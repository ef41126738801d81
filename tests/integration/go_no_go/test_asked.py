# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own checks, approvals and postponements before a cutover, on real servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.databases import run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess

ASKED: dict[str, Any] = {"target": "green", "routes": []}


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair without any reason not to switch."""
    made = pair()
    made.replicate()
    return made


def codes(made: Pair, *, check: bool = False, **parameters: Any) -> list[str]:
    """Run go/no-go and return the codes of all reasons."""
    result = made.runner("cutover", {**made.ends(), **ASKED, **parameters}, check=check)
    assert result["code"] == "BG500", result
    assert "blue is in service and untouched" in result["msg"]
    return sorted(reason["code"] for reason in result["details"]["reasons"])


class Answer(BaseHTTPRequestHandler):
    """Answers 200 at /well, 503 at /ill, and late at /late."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/late":
            time.sleep(3)
        self.send_response(503 if self.path == "/ill" else 200)
        self.end_headers()
        self.wfile.write(b"all is well")

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Give the address of a server that answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_checks_of_the_user_s_pass_fail_and_run_out_of_time(ready: Pair, url: str) -> None:
    passing = [
        {"name": "web", "url": f"{url}/well", "body": "^all"},
        {"name": "ill by design", "url": f"{url}/ill", "status": 503},
        {"name": "rows", "sql": "SELECT count(*) = 100 FROM public.users"},
        {"name": "true", "command": ["true"]},
    ]
    assert ready.succeed("cutover", check=True, **ASKED, health_checks=passing)["changed"]
    failing: dict[str, dict[str, Any]] = {
        "status": {"url": f"{url}/ill"},
        "body": {"url": f"{url}/well", "body": "amiss"},
        "late": {"url": f"{url}/late", "timeout": 0.3},
        "nobody": {"url": "http://127.0.0.1:9/"},
        "false": {"sql": "SELECT false", "side": "blue"},
        "no row": {"sql": "SELECT true WHERE false"},
        "sleeps": {"sql": "SELECT pg_sleep(30) IS NOT NULL", "timeout": 0.3},
        "writes": {"sql": "WITH w AS (DELETE FROM public.users RETURNING 1) SELECT true", "side": "blue"},
        "status of a command": {"command": ["sh", "-c", "echo broken >&2; exit 3"]},
        "hangs": {"command": ["sleep", "30"], "timeout": 0.3},
    }
    checks = [{"name": name, **check} for name, check in failing.items()]
    result = ready.runner("cutover", {**ready.ends(), **ASKED, "health_checks": [*passing, *checks]}, check=True)
    said = {reason["what"].split(" failed: ")[0]: reason["what"] for reason in result["details"]["reasons"]}
    assert set(said) == {f"the check {name}" for name in failing}
    assert "3: broken" in said["the check status of a command"]
    assert url not in str(result)
    assert ready.blue.query("SELECT count(*) FROM users") == [(100,)]


def test_an_approval_by_file_or_row_counts_and_an_old_row_does_not(ready: Pair, tmp_path: Path) -> None:
    word = tmp_path / "go"
    assert codes(ready, check=True, approval={"file": str(word)}) == ["BG528"]
    word.write_text("Ada, 2026-11-20\n", encoding="utf-8")
    assert ready.succeed("cutover", check=True, **ASKED, approval={"file": str(word)})["changed"]
    row = {"approval": {"row": True}}
    assert codes(ready, check=True, **row) == ["BG528"]
    ready.blue.query("INSERT INTO bluegreen.word (migration, word) VALUES (%s, 'approved')", ready.migration)
    assert ready.succeed("cutover", **ASKED, **row)["in_service"] == "green"
    assert ready.succeed("cutover", target="blue")["in_service"] == "blue"
    assert codes(ready, check=True, **row) == ["BG528"]


@pytest.mark.parametrize("way", ["file", pytest.param("row", marks=pytest.mark.soak)])
def test_a_postponed_switch_waits_and_reads_everything_again(ready: Pair, tmp_path: Path, way: str) -> None:
    file = tmp_path / "wait"
    parameters: dict[str, Any] = {**ASKED, "postpone_file": str(file)}
    if way == "file":
        file.touch()
    else:
        ready.green.query("INSERT INTO bluegreen.word (migration, word) VALUES (%s, 'postponed')", ready.migration)

    def lift() -> None:
        file.unlink(missing_ok=True)
        ready.green.query("DELETE FROM bluegreen.word")

    would = ready.succeed("cutover", check=True, **parameters)
    assert [step["title"].split(" postponed")[0] for step in would["steps"]] == [
        "wait while the switch is",
        "switch from blue to green",
    ]
    assert ready.run("cutover", **parameters, postpone_limit=0.1)["code"] == "BG533"
    holder = ready.blue.connect("app", autocommit=False)
    run_statement(holder, "SELECT 1")
    waiting = ModuleProcess("cutover", {**ready.ends(), **parameters, "max_transaction_seconds": 2.5})
    time.sleep(2.5)
    assert waiting.process.poll() is None
    assert (ready.write(ready.blue), ready.write(ready.green)) == (None, "25006")
    lift()
    refused = waiting.wait()
    assert refused["code"] == "BG500"
    assert "BG513" in refused["msg"]
    holder.rollback()
    assert ready.succeed("cutover", **parameters)["in_service"] == "green"
