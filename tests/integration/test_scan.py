# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After every phase, on both sides: the migrator owns all our objects, and nobody else has privileges on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.scan import Scan

_FILE = "ALTER TABLE users ADD COLUMN late text;\n"


def _both_ways(made: Pair) -> list[tuple[str, Callable[[], Any]]]:
    """Return the steps of a migration there, back and there again."""
    return [
        ("setup", lambda: made.succeed("write_gate", ddl_guard="warn")),
        ("replicate", lambda: made.succeed("replication_link", direction="forward")),
        ("caught up", lambda: made.succeed("replication_catchup", timeout=120)),
        ("way back", lambda: made.succeed("replication_link", direction="reverse")),
        ("canary", lambda: made.succeed("canary", timeout=30.0)),
        ("compared", lambda: made.succeed("consistency_check")),
        ("cutover", lambda: made.succeed("cutover", target="green", max_lag_seconds=60)),
        ("rollback", lambda: made.succeed("cutover", target="blue", max_lag_seconds=60)),
        ("cutover again", lambda: made.succeed("cutover", target="green", max_lag_seconds=60)),
        ("way back gone", lambda: made.succeed("replication_link", direction="reverse", state="absent")),
        ("way there gone", lambda: made.succeed("replication_link", direction="forward", state="absent")),
        ("cleanup", lambda: made.succeed("write_gate", state="absent")),
    ]


def _version(made: Pair, folder: Path) -> None:
    """Run a file of the user's on green, which psql does with functions of ours around it."""
    (folder / "0001_late.up.sql").write_text(_FILE, encoding="utf-8")
    made.succeed("schema_version", directory=str(folder), pg_bindir=str(made.green.server.pg_bin))


@pytest.mark.parametrize(
    ("blue", "green", "role"),
    [
        (17, 18, "migrator"),
        *(
            pytest.param(*one, marks=pytest.mark.soak)
            for one in (
                (14, 15, "superuser"),
                (15, 16, "superuser"),
                (16, 17, "migrator"),
                (17, 18, "superuser"),
                (18, 14, "superuser"),
            )
        ),
    ],
)
def test_after_every_phase(pair: PairFactory, tmp_path: Path, blue: int, green: int, role: Any) -> None:
    made = pair(blue, green)
    made.role = role
    scans = {side: Scan(getattr(made, side), made.blue.roles[made.role].name) for side in ("blue", "green")}
    for scan in scans.values():
        scan.watch()
    strange: dict[str, list[str]] = {}
    for title, step in [*_both_ways(made), ("version", lambda: _version(made, tmp_path))]:
        step()
        strange.update({f"{title}: {side}": words for side, scan in scans.items() if (words := scan.strange())})
    assert strange == {}
    (blues, blue_words), (greens, green_words) = (scan.strange_in_the_log() for scan in scans.values())
    assert blue_words + green_words == []
    assert {"bluegreen.pass_gate", "bluegreen.pass_first_copy", "bluegreen_statement.run"} <= blues | greens
    assert "pg_temp.bluegreen_refuse_commit" in greens
    assert "bluegreen.guard_ddl" in blues or made.role == "migrator"
