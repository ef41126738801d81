# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template, filled with made-up facts of every kind, looked at in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import WARNS, Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.fleet import rows_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.page import page_of
from demo.commands import PROJECT
from tests.integration.report.browsing import look
from tests.unit.report.facts import BEGIN, comparison, phase, plans, reading, seen, statement, switch, table

_HOSTILE = 'Weird "%s" <b>Name</b> {{ 7*7 }}'


def _filled(template: str, **variables: Any) -> str:
    folder = PROJECT / "roles" / "notifications" / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), trim_blocks=True, undefined=StrictUndefined, autoescape=False
    )
    environment.globals["lookup"] = lambda _kind, path: environment.get_template(Path(path).name).render()
    environment.filters["bluegreen.postgresql.report_index"] = rows_of
    return environment.get_template(template).render(**variables)


def _everything() -> dict[str, Any]:
    undone = {**switch(1, "green", "01:03:59", step="drain into green", why="no rows <x>"), "event": "undone"}
    said = {"accepted": [f"BG152 {_HOSTILE}: small"], "approved": ["Anna, 2026-11-30"]}
    journal = [
        phase("prepare", "00:53:20", 12.3, operator="anna", evidence=said, observations=["nothing found"]),
        undone,
        phase("cutover", "01:04:00", 3.0, state="failed", task="Put it into service", error=f"BG520: {_HOSTILE}\nmore"),
        switch(1, "green", "01:05:00"),
        {**switch(1, "green", "01:05:00"), "event": "opened", "lsn": "0/1939070"},
        phase("rollback", "01:08:00", None),
    ]
    kept = [reading(number * 5, None if number == 9 else number / 100, free_disk=5 * 2**30) for number in range(200)]
    kept += [
        {"kind": "copy", "at": BEGIN + at, "attempt": 1, "phase": "copying", "tables": 7, "bytes": 2**30,
         "bytes_done": at * 2**20, "bytes_per_second": 2.0**20}
        for at in range(0, 100, 5)
    ]  # fmt: skip
    kept.append(comparison(table(_HOSTILE), table("b", agrees=False, differences=3), table("c", agrees=None)))
    kept.append(
        {"kind": "canary", "at": BEGIN, "canaries": {"forward": {"milliseconds": 4.1, "slowest": 6.0}}, "traffic": None}
    )
    compared = [
        statement("-4193841203841203", "worse", sequential=[_HOSTILE], role=_HOSTILE),
        statement("77", "changed"),
        statement("78", "unknown", why="it is not read", cost_after=None),
    ]
    differs = [{"kind": "setting", "name": "random_page_cost", "blue": "1.1", "green": "4"}]
    kept.append(plans(statement("1", "same"), *compared, differences=differs))
    kept.append({"kind": "untold", "at": BEGIN, "lines": [f"BG730: {_HOSTILE} was not told of cutover (failed)"]})
    client = {"role": _HOSTILE, "application": "", "address": None, "sessions": 3}
    finding = Finding("BG268", WARNS, "blue", _HOSTILE, "Run setup", (_HOSTILE,))
    now = seen(views=["views of green: 3 of 3"], left_behind=[client], findings=[finding.as_result()])
    return page_of(_HOSTILE, now, journal, kept, unreadable=1)


@pytest.mark.parametrize("page", [_everything(), page_of("shop", {}, [], [], refresh=3600.0)], ids=["full", "empty"])
def test_a_page_is_read_by_everybody(browser: Browser, tmp_path: Path, page: dict[str, Any]) -> None:
    file = tmp_path / "report.html"
    file.write_text(_filled("report.html.j2", notifications_page=page), encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    assert "<b>Name</b>" not in text
    assert ('id="again" value="3600"' in text) == (page["refresh"] is not None)
    look(browser, file, tmp_path)


def test_a_live_page_shows_itself_again_until_somebody_says_stop(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(
        _filled("report.html.j2", notifications_page=page_of("shop", {}, [], [], refresh=0.7)), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(file.as_uri())
    with page.expect_navigation(timeout=10_000):
        pass
    page.uncheck("#again")
    asked: list[object] = []

    def note(request: object) -> None:
        asked.append(request)

    page.on("request", note)
    page.wait_for_timeout(2500)
    assert not asked
    page.close()


def test_the_page_of_a_fleet_is_read_by_everybody(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    summaries = {"a/report.html": _everything()["summary"], "b/report.html": page_of("b", {}, [], [])["summary"]}
    file.write_text(_filled("index.html.j2", notifications_report_dir=summaries), encoding="utf-8")
    look(browser, file, tmp_path)


@pytest.mark.parametrize(
    ("unreadable", "words"),
    [(0, "measurements.jsonl. What"), (1, "of which 1 line is incomplete. "), (2, "of which 2 lines are incomplete. ")],
)
def test_incomplete_lines_are_counted_as_one_says_it(unreadable: int, words: str) -> None:
    page = page_of("shop", {}, [], [], unreadable=unreadable)
    assert words in _filled("report.html.j2", notifications_page=page)
