# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode says no where the switch would, and names what it has not tried; nothing of a trial stays."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lock import try_lock
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from tests.fixtures.migrations import Pair, PairFactory

_MARK = "-- bluegreen: at_cutover\n"
# Draws from sequences, in every way, and writes rows.
_DRAWS = (
    "ALTER TABLE users ADD COLUMN phone text;\nINSERT INTO users (name) VALUES ('drawn');\nINSERT INTO events (day)"
    " VALUES ('2026-05-05');\nSELECT setval('tickets', 500), nextval('tickets');\n"
)
_UNDO = "ALTER TABLE users DROP COLUMN phone;\n"
_OWNERS_TRIGGER = """
CREATE FUNCTION owners() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER owners BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION owners();
"""


class Trial:
    """A pair with both links, and a folder of versioned migrations."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        self.pair, self._folder = pair, folder
        pair.replicate()

    def write(self, **texts: str) -> None:
        """Replace the files; ``up_1`` is the file that applies version 1."""
        for old in self._folder.iterdir():
            old.unlink()
        for name, text in texts.items():
            direction, number = name.split("_")
            (self._folder / f"000{number}_file.{direction}.sql").write_text(text, encoding="utf-8")

    def run(self, *, check: bool = True, target: str = "green", **more: Any) -> dict[str, Any]:
        """Run the module, without a warning about anything else."""
        return self.pair.run("cutover", check=check, target=target, schema_migrations=str(self._folder), **more)

    def go(self, **more: Any) -> dict[str, Any]:
        """Run the module in check mode; it must not refuse."""
        result = self.run(**more)
        assert not result.get("failed"), result["msg"]
        return result

    def reasons(self, *, check: bool, **more: Any) -> dict[str, str]:
        """Return the reasons not to switch, by code."""
        result = self.run(check=check, **more)
        assert result.get("code") == "BG500", result.get("msg", result)
        return {one["code"]: one["what"] for one in result["details"]["reasons"]}

    def dumps(self) -> list[str]:
        """Return both databases as text, rows and sequences included."""
        return [self.pair.dump(side, rows=True) for side in (self.pair.blue, self.pair.green)]


@pytest.fixture
def trial(pair: PairFactory, tmp_path: Path) -> Trial:
    """Give a pair of 17 and 18."""
    return Trial(pair(), tmp_path)


def test_check_mode_says_no_where_the_switch_would(trial: Trial) -> None:
    drops = "ALTER TABLE users RENAME TO members;\n"
    for up, down, code in (
        (f"{_DRAWS}SELECT 1/0;\n", _UNDO, "BG263"),
        (f"{_DRAWS}{drops}", f"ALTER TABLE members RENAME TO users;\n{_UNDO}", "BG265"),
        (_DRAWS, "", "BG264"),
    ):
        trial.write(up_1=_MARK + up, **({"down_1": down} if down else {}))
        before = trial.dumps()
        for check in (True, False):
            assert list(found := trial.reasons(check=check)) == [code], found
            assert trial.dumps() == before, "nothing stays, the values of sequences included"
    trial.write(up_1=_MARK + _DRAWS, down_1=_UNDO)
    before = trial.dumps()
    would = trial.go()
    assert (would["changed"], would["untried"]) == (True, [])
    assert trial.dumps() == before
    assert trial.run(check=False)["in_service"] == "green"
    back = trial.go(target="blue", accept_loss_of=["public.users.phone"], loss_file="/dev/null")
    assert back["untried"] == ["version 1: its down file is not tried while green is in service"]


def test_what_check_mode_does_not_try_is_named(trial: Trial) -> None:
    pair = trial.pair
    trial.write(
        up_1=f"{_MARK}{_DRAWS}SELECT 1/0;\n", down_1=_UNDO, up_2="-- bluegreen: after_cutover\nSELECT 1;\n",
        up_3="-- bluegreen: after_cutover, no-transaction\nVACUUM;\n",
    )  # fmt: skip
    later = [
        "0002_file.up.sql: it runs once green is in service",
        "0003_file.up.sql: it runs once green is in service, without a transaction",
    ]
    sides = Sides.from_parameters(pair.migration, pair.blue.endpoint(pair.role), pair.green.endpoint(pair.role))
    try:
        assert try_lock(sides.green, pair.migration)
        beside = trial.go()
    finally:
        sides.close()
    assert beside["untried"][0].startswith("version 1: another run is at work on green (pid ")
    assert beside["untried"][1:] == later
    trial.write(up_1="-- bluegreen: after_cutover\nSELECT 1;\n")
    assert trial.go()["untried"] == ["0001_file.up.sql: it runs once green is in service"]


def test_code_of_others_does_not_run_as_a_superuser(pair: PairFactory, tmp_path: Path) -> None:
    made = pair()
    made.role = "superuser"
    trial = Trial(made, tmp_path)
    trial.write(up_1=_MARK + _DRAWS, down_1=_UNDO)
    assert trial.go()["untried"] == []
    for side in (made.blue, made.green):
        side.query(_OWNERS_TRIGGER, role="owner")
    [untried] = trial.go()["untried"]
    assert (
        "our role on green is a superuser, and code of others could run as it (public.users trigger owners" in untried
    )


def test_a_trial_waits_for_a_lock_only_shortly(trial: Trial) -> None:
    trial.write(up_1=f"{_MARK}ALTER TABLE users ADD COLUMN phone text;\n", down_1=_UNDO)
    reader = trial.pair.green.connect("superuser", autocommit=False)
    reader.cursor().execute("SELECT FROM users")
    began = time.monotonic()
    assert list(trial.reasons(check=True)) == ["BG263"]
    assert time.monotonic() - began < 90, "five tries of less than a second each"
    reader.rollback()
    assert trial.go()["changed"]
