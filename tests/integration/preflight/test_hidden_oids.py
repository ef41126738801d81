# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table with hidden oids is named: neither a copy nor a link would carry them."""

from __future__ import annotations

from typing import Any

from tests.fixtures.migrations import Pair, PairFactory


def test_tables_with_oids_are_refused_by_name_until_they_have_none(pair: PairFactory) -> None:
    made = pair(11, 18)
    made.blue.query("CREATE TABLE old_style (id int PRIMARY KEY) WITH OIDS; CREATE TABLE plain (id int PRIMARY KEY)")
    [found] = _hidden_oids(made)
    assert f"{found['code']} {found['side']}" == "BG282 blue"
    assert (found["severity"], found["objects"]) == ("blocks", ["public.old_style"])
    made.blue.query("ALTER TABLE old_style SET WITHOUT OIDS")
    assert not _hidden_oids(made)


def _hidden_oids(made: Pair) -> list[dict[str, Any]]:
    return [found for found in made.succeed("preflight_info")["findings"] if found["code"] == "BG282"]
