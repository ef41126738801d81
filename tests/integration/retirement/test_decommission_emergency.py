# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A green that an emergency left alone holds rows that nobody else has: dropping it takes its archive's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.away import Lost, come_back, go_away
from tests.fixtures.migrations import Pair
from tests.fixtures.retired import archive_parameters, clean_up


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(17, 18), (15, 18)])
def test_a_green_that_was_left_alone_is_not_dropped_by_its_own_name(
    lost: Lost, tmp_path: Path, blue: int, green: int
) -> None:
    pair = lost(blue, green)
    pair.succeed("replication_link", direction="reverse", state="disabled")
    pair.green.query("INSERT INTO users (name) VALUES ('nowhere else')", role="app")
    go_away(pair, "killed")
    wish = {"file": str(tmp_path / "missing.json"), "patience": 0.0, "accept_loss": True}
    assert pair.succeed("emergency_rollback", **wish)["in_service"] == "blue"
    come_back(pair)
    pair.succeed("cutover", target="blue")
    clean_up(pair)
    drop: dict[str, Any] = {"side": "green", "mode": "drop", "after_days": 0, "confirm": pair.green.name}
    refused = _reasons(pair, drop)
    assert list(refused) == ["BG813"]
    assert "switch 2 opened the other side alone" in refused["BG813"]
    made = pair.succeed(
        "archive_database", **archive_parameters(pair, tmp_path / "archives", pg_bindir=str(pair.green.server.pg_bin))
    )
    assert (made["side"], made["archived"]) == ("green", True)
    name = Path(made["folder"]).name
    refused = _reasons(pair, drop)
    assert list(refused) == ["BG911"]
    assert f"set bluegreen_decommission_confirm to {name}" in refused["BG911"]
    assert pair.green.query("SELECT count(*) FROM users WHERE name = 'nowhere else'") == [(1,)]
    done = pair.succeed("decommission", **{**drop, "confirm": name})
    assert (done["exists"], done["decommissioned"]) == (False, True)
    assert pair.write(pair.blue) is None


def _reasons(pair: Pair, parameters: dict[str, Any]) -> dict[str, str]:
    result = pair.run("decommission", **parameters)
    assert result["code"] == "BG810", result
    return {one["code"]: f"{one['what']}. {one['fix']}" for one in result["details"]["reasons"]}
