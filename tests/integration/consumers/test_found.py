# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers are found by themselves, and cleanup waits for those that are to move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.chosen import chosen
from tests.fixtures.consumers import CREATE_TABLE, TABLE, Pgoutput
from tests.fixtures.migrations import Pair, PairFactory

_ASKED = {"trial_restore": False, "backup_waived": "a test"}


def _findings(made: Pair, **arguments: Any) -> dict[str, dict[str, Any]]:
    found = made.succeed("preflight_info", **_ASKED, **arguments)["findings"]
    return {one["code"]: one for one in found if one["code"] in ("BG163", "BG284", "BG288")}


def _line(made: Pair, **arguments: Any) -> dict[str, Any]:
    lines: list[dict[str, Any]] = made.succeed("prerequisites_info", **arguments)["prerequisites"]
    return next(line for line in lines if line["name"] == "consumers")


@pytest.mark.parametrize(("blue", "green"), chosen([(17, 18), (14, 17), (11, 18)], (17, 18)))
def test_a_consumer_of_blue_blocks_until_it_is_named(pair: PairFactory, tmp_path: Path, blue: int, green: int) -> None:
    made = pair(blue, green)
    slot = f"cdc_{made.migration}"
    assert _findings(made) == {}
    assert _line(made)["detail"] == "nobody else follows blue"
    made.blue.query(CREATE_TABLE)
    made.blue.query(f"CREATE PUBLICATION orders FOR TABLE {TABLE}")
    made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", slot)
    consumer = Pgoutput(made.blue, slot, "orders", tmp_path / "kept")
    made.blue.query(f"INSERT INTO {TABLE} VALUES ('{'0' * 32}', 1, 1)")
    consumer.await_event("00000000-0000-0000-0000-000000000000")
    finding = _findings(made)["BG163"]
    assert (finding["severity"], finding["objects"]) == ("blocks", [slot])
    reader = made.blue.endpoint("superuser")["user"]
    assert f"{slot} (pgoutput), read by " in finding["what"]
    assert f" as {reader} from " in finding["what"]
    assert _line(made)["fulfilled"] is False
    for entry, word in (
        ({"slot": slot}, "it is to move"),
        ({"slot": slot, "leave": "a test"}, "it stays there: a test"),
    ):
        told = _findings(made, consumers=[entry])
        assert list(told) == ["BG284"]
        assert word in told["BG284"]["what"]
        line = _line(made, consumers=[entry])
        assert line["fulfilled"] is True
        assert word in line["detail"]
    assert set(_findings(made, consumers=[{"slot": "misspelt"}])) == {"BG163", "BG288"}
    consumer.stop()
    [seen] = made.succeed("migration_info", consumers=[{"slot": slot}])["consumers"]
    assert (seen["side"], seen["slot"], seen["plugin"], seen["reader"], seen["leave"]) == (
        "blue", slot, "pgoutput", None, "",
    )  # fmt: skip
    assert seen["behind"] >= 0


@pytest.mark.parametrize("left", ["blue", "green"])
def test_no_link_goes_while_a_consumer_follows_the_side_out_of_service(pair: PairFactory, left: str) -> None:
    made = pair()
    made.replicate()
    if left == "blue":
        made.succeed("cutover", target="green")
    sides = {"blue": made.blue, "green": made.green}
    slot = f"cdc_{made.migration}"
    for name, side in sides.items():  # the one in service has a slot as well, which is in nobody's way
        side.query("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", f"{slot}_{name}")
    stays = {"slot": f"{slot}_{left}"}
    for arguments in ({}, {"consumers": [stays]}):
        for check in (True, False):
            for direction in ("reverse", "forward"):
                refused = made.run("replication_link", direction=direction, state="absent", check=check, **arguments)
                assert refused["code"] == "BG707", refused
                assert [one["slot"] for one in refused["details"]["consumers"]] == [stays["slot"]]
    leave = [{**stays, "leave": "a test"}]
    assert made.run("replication_link", direction="reverse", state="absent", check=True, consumers=leave)["changed"]
    sides[left].query("SELECT pg_drop_replication_slot(%s)", stays["slot"])
    for direction in ("reverse", "forward"):
        assert made.changes("replication_link", direction=direction, state="absent")
        assert not made.changes("replication_link", direction=direction, state="absent")
