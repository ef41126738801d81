# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values whose text is too large for a link are named before one stops it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import large_values as domain
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.preflight import large_values as postgres
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.migrations import PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.integration.preflight.test_preflight import looked, sides

SCHEMA = """
CREATE DOMAIN raw AS bytea;
CREATE TABLE files (id int PRIMARY KEY, "Photo %" raw, note text, doc jsonb, tags text[], short varchar(100));
ALTER TABLE files ALTER "Photo %" SET STORAGE EXTERNAL, ALTER note SET STORAGE EXTERNAL, ALTER doc SET STORAGE EXTERNAL;
CREATE TABLE small (id int PRIMARY KEY, photo bytea);
INSERT INTO small VALUES (1, 'x');
"""
ROWS = (
    "INSERT INTO files SELECT n, convert_to(repeat('x', 1000 * n), 'UTF8'), repeat('y', 1200 * n),"
    " to_jsonb(repeat('z', 300 * n)), ARRAY['a'] FROM generate_series(1, 300) n"
)


def named(result: dict[str, Any]) -> list[str]:
    """Return the objects of the finding on blue."""
    assert not result.get("failed"), result
    return [
        name
        for finding in result["findings"]
        if f"{finding['code']} {finding['side']}" == "BG281 blue"
        for name in finding["objects"]
    ]


@pytest.mark.parametrize("major", [14, 17, 18])
def test_columns_with_values_near_the_limit_are_named(
    database: DatabaseFactory, run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch, major: int
) -> None:
    blue, green = database(major, "blue"), database(18, "green")
    blue.query(SCHEMA, role="owner")
    blue.query(ROWS, role="owner")
    parameters = sides(blue, green, "migrator" if major >= 16 else "superuser")
    assert named(looked(run_module, parameters)) == [], "nothing of it comes near the real limit"
    monkeypatch.setattr(domain, "NEAR", 500_000)
    assert named(looked(run_module, parameters)) == ["public.files.Photo %"], "600 kB of text; the note has 360 kB"
    monkeypatch.setattr(domain, "NEAR", 350_000)
    assert named(looked(run_module, parameters)) == ["public.files.Photo %", "public.files.note"]
    excluded = looked(run_module, {**parameters, "exclude_tables": ["public.files"]})
    assert named(excluded) == []


def test_what_is_not_read_in_time_is_sampled_or_unknown(
    database: DatabaseFactory, run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    blue, green = database(17, "blue"), database(18, "green")
    blue.query(SCHEMA, role="owner")
    blue.query(ROWS, role="owner")
    monkeypatch.setattr(domain, "NEAR", 500_000)
    monkeypatch.setattr(postgres, "_SECONDS_OF_A_TABLE", 0.0)
    result = looked(run_module, sides(blue, green))
    assert named(result) == ["public.files.Photo %"]
    assert any("in a sample" in finding["what"] for finding in result["findings"] if finding["code"] == "BG281")
    monkeypatch.setattr(postgres, "_SECONDS_OF_A_SAMPLE", 0.0)
    result = looked(run_module, sides(blue, green))
    assert "public.files.Photo %" in named(result)
    assert any("not read in time" in finding["what"] for finding in result["findings"] if finding["code"] == "BG281")


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(17, 18), (14, 17)])
def test_a_real_value_that_no_link_carries_is_named_copied_and_stops_the_link(
    pair: PairFactory, run_module: ModuleRunner, blue: int, green: int
) -> None:
    made = pair(blue, green, alone=True)
    for side in (made.blue, made.green):
        side.query("CREATE TABLE files (id int PRIMARY KEY, photo bytea)", role="owner")
    huge = "convert_to(repeat('x', 520 * 1024 * 1024), 'UTF8')"
    made.blue.query(f"INSERT INTO files VALUES (1, {huge})", role="owner")
    ends = {**made.ends(), "migration": "shop"}
    assert named(looked(run_module, ends)) == ["public.files.photo"]
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=300)
    assert made.green.query("SELECT octet_length(photo) FROM files") == [(520 * 1024 * 1024,)]
    made.blue.query(f"INSERT INTO files VALUES (2, {huge})", role="owner")
    failed = made.run("replication_catchup", timeout=120)
    assert failed["code"] in ("BG311", "BG312"), failed["msg"]
    assert made.green.query("SELECT count(*) FROM files") == [(1,)]
