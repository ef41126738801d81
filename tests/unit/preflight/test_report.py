# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Acceptances, and preflight's answer to people and machines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.acceptance import (
    Acceptance,
    Accepted,
    divide,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import CODES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.forecast import forecast
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Sample
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import literal
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.report import Preflight
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.servers import Pace
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.space import Space
from tests.unit.preflight.examples import facts, settings, slot, with_database

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
UNLOGGED = Finding("BG151", "blocks", "blue", "2 unlogged tables", "ALTER …", ("public.a", "public.b"))
LARGE = Finding("BG152", "blocks", "blue", "1 large object", "Move it", ())
TROUBLESHOOTING = Path(__file__).parents[3] / "docs" / "troubleshooting.d" / "preflight.md"


def word(code: str = "BG151", **changes: Any) -> Acceptance:
    return Acceptance.from_parameters({"code": code, "object": None, "reason": "cache", "expires": None, **changes})


def said(*findings: Finding, accepted: Iterable[Accepted] = ()) -> Preflight:
    return Preflight(findings, tuple(accepted), forecast(facts(), None, None, NOW))


@pytest.mark.parametrize("code", ["BG145", "BG146", "BG147", "BG907"])
def test_what_a_link_refuses_is_not_accepted(code: str) -> None:
    with pytest.raises(MigrationError, match="BG245"):
        word(code)


def test_an_object_is_accepted_and_the_others_stand() -> None:
    standing, accepted = divide([UNLOGGED, LARGE], [word(object="public.a")], TODAY)
    assert [(finding.code, finding.objects) for finding in standing] == [("BG151", ("public.b",)), ("BG152", ())]
    assert [each.as_result()["objects"] for each in accepted] == [["public.a"]]
    assert accepted[0].as_result()["reason"] == "cache"


def test_a_code_alone_accepts_all_of_its_findings() -> None:
    standing, accepted = divide([UNLOGGED, LARGE], [word(), word("BG152")], TODAY)
    assert standing == []
    assert [each.finding for each in accepted] == [UNLOGGED, LARGE]


@pytest.mark.parametrize("other", [word("BG152"), word(object="public.c"), word(object="a")])
def test_another_code_or_object_accepts_nothing(other: Acceptance) -> None:
    assert divide([UNLOGGED], [other], TODAY) == ([UNLOGGED], [])


def test_an_acceptance_ends_after_its_last_day() -> None:
    assert divide([LARGE], [word("BG152", expires="2026-07-01")], TODAY)[0] == []
    standing, accepted = divide([LARGE], [word("BG152", expires="2026-06-30")], TODAY)
    assert [finding.what for finding in standing] == ["1 large object (accepted until 2026-06-30)"]
    assert accepted == []


def test_an_expired_acceptance_is_told_for_what_it_covered_and_on_its_last_day_it_holds() -> None:
    def told(today: date, *words: Acceptance) -> list[str]:
        return [finding.what for finding in divide([LARGE], words, today)[0]]

    expired = word("BG152", expires="2026-06-30")
    assert told(date(2026, 6, 30), expired) == []
    assert told(TODAY, expired) == ["1 large object (accepted until 2026-06-30)"]
    assert told(TODAY, word("BG151", expires="2026-06-30")) == ["1 large object"]
    assert told(TODAY, word("BG152", object="public.a", expires="2026-07-01")) == ["1 large object"]


def test_an_acceptance_says_its_last_day_where_it_has_one() -> None:
    ends = [word("BG152", expires=day) for day in ("2026-07-02", None)]
    assert [Accepted(LARGE, one).because for one in ends] == ["cache (until 2026-07-02)", "cache"]


@pytest.mark.parametrize(
    "wrong",
    [{"code": "BG999"}, {"reason": " "}, {"expires": "tomorrow"}, {"expires": "2026-02-30"}],
)
def test_a_malformed_acceptance_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(MigrationError) as refused:
        word(**wrong)
    assert refused.value.code == "BG021"


def test_only_what_is_not_accepted_blocks() -> None:
    assert said(UNLOGGED).as_result()["blocked"] is True
    standing, accepted = divide([UNLOGGED], [word()], TODAY)
    result = said(*standing, accepted=accepted).as_result()
    assert result["blocked"] is False
    assert "because: cache" in result["table"]
    warning = Finding("BG153", "warns", "blue", "w", "f", ())
    assert said(warning).as_result()["blocked"] is False


def test_the_table_shows_five_objects_and_counts_the_others() -> None:
    many = Finding("BG151", "blocks", "blue", "7 unlogged tables", "fix\n" * 7, tuple("abcdefg"))
    table = said(many).as_result()["table"]
    assert "a, b, c, d, e, … 2 more" in table
    assert table.startswith("1 finding: 1 block, 0 warn, 0 inform; 0 accepted")


@pytest.mark.parametrize(
    ("number", "objects", "fixes"),
    [
        (1, "t0", ["fix: f0"]),
        (2, "t0, t1", ["fix: f0", "f1"]),
        (5, "t0, t1, t2, t3, t4", ["fix: f0", "f1", "f2", "f3", "f4"]),
        (6, "t0, t1, t2, t3, t4, … 1 more", ["fix: f0", "f1", "f2", "f3", "f4", "… 1 more"]),
        (7, "t0, t1, t2, t3, t4, … 2 more", ["fix: f0", "f1", "f2", "f3", "f4", "… 2 more"]),
    ],
)
def test_a_finding_shows_five_objects_and_five_fixes(number: int, objects: str, fixes: list[str]) -> None:
    names = tuple(f"t{one}" for one in range(number))
    finding = Finding("BG151", "blocks", "blue", "it is so", "\n".join(f"f{one}" for one in range(number)), names)
    lines = said(finding).as_table().splitlines()[1:]
    shown = [line.strip() for line in lines[: lines.index(next(one for one in lines if "forecast" in one))]]
    assert shown == ["blocks    BG151 blue  it is so", objects, *fixes]


def test_each_finding_is_a_line_as_well() -> None:
    many = Finding("BG151", "blocks", "blue", "2 unlogged tables", "first;\nsecond;", ("a", "b"))
    assert said(many).as_result()["findings"][0]["line"] == ("BG151 blue: 2 unlogged tables (a, b). first; second;")


def test_sarif_knows_what_is_accepted() -> None:
    standing, accepted = divide([UNLOGGED, LARGE], [word("BG152")], TODAY)
    run = said(*standing, accepted=accepted).as_result()["sarif"]["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["BG151", "BG152"]
    assert [("suppressions" in result, result["level"]) for result in run["results"]] == [
        (False, "error"),
        (True, "error"),
    ]
    places = run["results"][0]["locations"][0]["logicalLocations"]
    assert places == [{"fullyQualifiedName": "blue:public.a"}, {"fullyQualifiedName": "blue:public.b"}]


def test_every_code_is_explained() -> None:
    headings = [line for line in TROUBLESHOOTING.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert {heading.split()[1].rstrip(":") for heading in headings} >= CODES


def test_literals_are_safe_to_paste() -> None:
    assert literal("it's") == "'it''s'"
    assert literal("back\\slash's") == "E'back\\\\slash''s'"


GIGABYTE = 1024**3
PACE = Pace(seconds=100.0, wal_bytes=200 * 1024.0**2, transactions=1000)


def test_a_forecast_shows_its_arithmetic() -> None:
    base = facts({"pace": PACE, "settings": settings(max_slot_wal_keep_size="1024")})
    base = with_database(base, Side.BLUE, size=10 * GIGABYTE, frozen_age=0)
    told = forecast(base, Sample("public.orders", 16 * 1024**2, 0.16), Space(7200 * 2 * 1024**2), NOW).as_result()
    assert told["copy_seconds_at_least"] == pytest.approx(102.4)
    assert told["wal_bytes_per_second"] == 2 * 1024**2
    assert told["retained_wal_bytes_after_copy"] == pytest.approx(102.4 * 2 * 1024**2)
    assert told["slot_lost_after_seconds"] == 512
    assert told["disk_full_after_seconds"] == 7200
    assert "14.1 GB free / 2.0 MB a second = 2 h: a link that stops now fills blue's disk at 2026-05-01 02:00 UTC" in (
        "\n".join(told["arithmetic"])
    )
    assert "snapshot: vacuum on blue is held back while rows are copied, for 102 s at least" in str(told["arithmetic"])
    assert told["wraparound_after_seconds"] == pytest.approx((2**31 - 3_000_000) / 10)
    assert "copy: 10.0 GB / 100.0 MB a second (16.0 MB of public.orders read in 0.16 s) = 102 s at least" in str(
        told["arithmetic"]
    )


@pytest.mark.parametrize("pace", [None, Pace(seconds=1.0, wal_bytes=0.0, transactions=0)])
def test_what_was_not_measured_is_unknown(pace: Pace | None) -> None:
    told = forecast(facts({"pace": pace}), None, None, NOW).as_result()
    assert {value for name, value in told.items() if name not in ("size_bytes", "arithmetic")} == {None}


def test_a_server_without_writes_has_no_hour_of_trouble() -> None:
    idle = Pace(seconds=100.0, wal_bytes=0.0, transactions=0)
    told = forecast(
        facts({"pace": idle, "settings": settings(max_slot_wal_keep_size="1024")}), None, Space(5), NOW
    ).as_result()
    assert (told["wal_bytes_per_second"], told["slot_lost_after_seconds"]) == (0.0, None)
    assert told["wraparound_after_seconds"] is None
    assert told["disk_full_after_seconds"] is None


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (None, "set bluegreen_free_disk_command to know the hour"),
        (Space(None, "df ended with status 1"), "how much is free is unknown: df ended with status 1"),
        (Space(2**60), "fills blue's disk in more than a year"),
    ],
)
def test_the_hour_of_the_full_disk_is_not_guessed(space: Space | None, said: str) -> None:
    assert said in "\n".join(forecast(facts({"pace": PACE}), None, space, NOW).lines)


@pytest.mark.parametrize(
    ("retained", "said"),
    [(20 * 1024**2, "drain: 20.0 MB kept / 2.0 MB a second written = 10 s"), (None, "drain: unknown;")],
)
def test_the_drain_is_told_once_a_link_stands(retained: int | None, said: str) -> None:
    running = facts({"pace": PACE, "slots": (slot("bluegreen_shop_forward_1", retained=retained),)})
    assert said in "\n".join(forecast(running, None, None, NOW).lines)
