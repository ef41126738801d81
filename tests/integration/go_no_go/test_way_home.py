# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the rollback still safe? What only green has, how to leave it behind, and other reasons against a rollback."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.migrations import Pair, PairFactory

WRITE = "UPDATE users SET phone = '+49 ' || id WHERE id <= 3"


@pytest.fixture
def moved(pair: PairFactory) -> Pair:
    """Give a pair whose green is in service, with a column and a table of its own."""
    made = pair(green_ddl="ALTER TABLE users ADD phone text, ADD length int GENERATED ALWAYS AS (length(name)) STORED")
    made.green.query("CREATE TABLE notes (id int PRIMARY KEY, note text)", role="owner")
    made.green.query("GRANT INSERT ON notes TO PUBLIC")
    made.replicate()
    made.green.query("SET session_replication_role = replica; UPDATE users SET phone = 'from before'")
    made.succeed("cutover", target="green")
    return made


def way_home(made: Pair, **parameters: Any) -> dict[str, Any]:
    """Return what migration_info says about the rollback."""
    found: dict[str, Any] = made.succeed("migration_info", **parameters)["rollback"]
    return found


def test_what_only_green_has_is_counted_asked_for_and_exported(moved: Pair, tmp_path: Path) -> None:
    file = tmp_path / "made" / "loss.jsonl"
    back: dict[str, Any] = {"target": "blue", "loss_file": str(file)}
    before = way_home(moved)
    assert (before["safe"], before["reasons"]) == (True, [])
    assert len(moved.succeed("cutover", check=True, **back)["steps"]) == 1
    assert moved.write(moved.green, WRITE) is None
    assert moved.write(moved.green, "INSERT INTO notes VALUES (7, 'new')") is None
    after = way_home(moved)
    assert after["safe"] is False
    assert {one["name"]: one["values"] for one in after["green_only"]} == {"public.users.phone": 3, "public.notes": 1}
    refused = moved.run("cutover", **back)
    assert [reason["code"] for reason in refused["details"]["reasons"]] == ["BG534"]
    assert refused["details"]["reasons"][0]["objects"] == ["public.notes (1 values)", "public.users.phone (3 values)"]
    half = moved.run("cutover", **back, accept_loss_of=["public.notes"])
    assert half["details"]["reasons"][0]["objects"] == ["public.users.phone (3 values)"]
    accepted = ["public.notes", "public.users.phone"]
    assert moved.run("cutover", target="blue", accept_loss_of=accepted)["code"] == "BG535"
    nowhere = moved.run("cutover", **{**back, "loss_file": "/proc/nowhere"}, accept_loss_of=accepted)
    assert nowhere["code"] == "BG535"
    assert moved.write(moved.blue) == "25006"
    assert not file.exists()
    done = moved.succeed("cutover", **back, accept_loss_of=accepted)
    assert (done["in_service"], done["exported"]) == ("blue", 4)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {"name": "public.notes", "row": {"id": 7, "note": "new"}} in rows
    assert {"name": "public.users.phone", "row": {"id": 2, "phone": "+49 2"}} in rows
    assert moved.succeed("migration_info")["rollback"] is None
    moved.succeed("cutover", target="green")
    assert way_home(moved)["safe"] is True


@pytest.mark.soak
def test_rows_of_a_child_are_counted_and_exported_with_the_child(moved: Pair, tmp_path: Path) -> None:
    moved.green.query("CREATE TABLE child (PRIMARY KEY (id)) INHERITS (notes)", role="owner")
    moved.green.query("CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)", role="owner")
    moved.green.query("CREATE TABLE part PARTITION OF parted DEFAULT", role="owner")
    moved.green.query("INSERT INTO notes VALUES (7, 'own'); INSERT INTO child VALUES (8, 'of the child')", role="owner")
    moved.green.query("INSERT INTO parted VALUES (1)", role="owner")
    counted = {one["name"]: one["values"] for one in way_home(moved)["green_only"]}
    assert counted == {"public.users.phone": 0, "public.notes": 1, "public.child": 1, "public.parted": 1}
    file = tmp_path / "loss.jsonl"
    moved.succeed("write_gate")
    moved.succeed("cutover", target="blue", loss_file=str(file), accept_loss_of=list(counted))
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted((one["name"], one["row"]["id"]) for one in rows) == [
        ("public.child", 8), ("public.notes", 7), ("public.parted", 1)
    ]  # fmt: skip


def test_a_link_that_is_down_a_full_disk_and_what_may_not_be_seen_are_said(moved: Pair) -> None:
    assert way_home(moved, free_disk_command=["echo", "0"])["reasons"] == ["only 0 bytes are free on blue's disk"]
    roomy = way_home(moved, free_disk_command=["echo", "1000000000000"])
    assert (roomy["safe"], roomy["notes"][-1]) == (True, "931.3 GB are free on blue's disk")
    assert "not a number" in way_home(moved, free_disk_command=["echo", "much"])["notes"][-1]
    moved.green.query("ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    hidden = way_home(moved)
    why = "how many values public.users.phone has is unknown: our role may not read all its rows"
    assert (hidden["safe"], hidden["unknown"]) == (None, [why])
    moved.green.query("ALTER TABLE users DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
    moved.green.query("ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    assert way_home(moved)["safe"] is True, "it has no page, so that nobody has to read it"
    moved.green.query("ALTER TABLE notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
    moved.succeed("replication_link", direction="reverse", state="disabled")
    down = way_home(moved)
    assert down["safe"] is False
    assert any(reason.endswith("its subscription is disabled") for reason in down["reasons"])
    moved.blue.query('ALTER TABLE "Odd ""Name"."Täble 1" ALTER note TYPE varchar(3)')
    assert any(note.startswith('may stop: "Odd ""Name"."Täble 1".note: ') for note in way_home(moved)["notes"])
