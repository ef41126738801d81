# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versioned migrations that are applied with the switch and taken back with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.advice import NO_WAY_BACK_WORDS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.at_switch import AtSwitch
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.forward import withdraw_fence
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

_MARK = "-- bluegreen: at_cutover\n"
# Could not exist before: rows from blue would have no value for the column.
_PHONE = {
    "0001_phone.up.sql": f"""{_MARK}
ALTER TABLE users ADD COLUMN phone text;
UPDATE users SET phone = 'of ' || name, name = upper(name) WHERE id <= 10;
UPDATE users SET phone = '' WHERE phone IS NULL;
ALTER TABLE users ALTER COLUMN phone SET NOT NULL;
CREATE TABLE calls (id int PRIMARY KEY, user_id int REFERENCES users);
""",
    "0001_phone.down.sql": """
DROP TABLE calls;
UPDATE users SET name = lower(name) WHERE id <= 10;
ALTER TABLE users DROP COLUMN phone;
""",
}
_NAMES = "SELECT string_agg(name, ',' ORDER BY id) FROM users"
_HAS_PHONE = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'phone'"
_GATED = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'calls'::regclass AND tgname = 'bluegreen_gate'"
_PUBLISHED = """
SELECT r.prrelid::regclass::text, r.prattrs::text FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
WHERE p.pubname LIKE '%reverse%' ORDER BY 1
"""
_ACCEPT = {"accept_loss_of": ["public.users.phone", "public.calls"]}
_PATIENCE = 60.0


class Files:
    """A pair with both links, and a folder of versioned migrations."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        self.pair = pair
        self.folder = folder

    def write(self, files: dict[str, str]) -> None:
        """Replace the files in the folder."""
        for old in self.folder.iterdir():
            old.unlink()
        for name, text in files.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def parameters(self, target: str, **more: Any) -> dict[str, Any]:
        """Return the module's parameters."""
        loss = {"loss_file": str(self.folder.parent / "loss.jsonl")} if target == "blue" else {}
        return {"target": target, "schema_migrations": str(self.folder), **loss, **more}

    def switch(self, target: str, **more: Any) -> dict[str, Any]:
        """Switch, with the files; it must not fail."""
        return self.pair.succeed("cutover", **self.parameters(target, **more))

    def reasons(self, target: str, **more: Any) -> dict[str, str]:
        """Return the reasons not to switch, by code; the switch must be refused."""
        refused = self.pair.run("cutover", **self.parameters(target, **more))
        assert (refused["failed"], refused["code"]) == (True, "BG500"), refused
        return {one["code"]: f"{one['what']} {one['objects']}" for one in refused["details"]["reasons"]}

    def arrive(self, direction: str) -> None:
        """Wait until everything has arrived in that direction."""
        self.pair.succeed("replication_catchup", direction=direction, timeout=60)


def _files(made: Pair, tmp_path: Path) -> Files:
    made.replicate()
    folder = tmp_path / "versions"
    folder.mkdir()
    return Files(made, folder)


@pytest.fixture
def files(pair: PairFactory, tmp_path: Path) -> Files:
    """Give a pair of 17 and 18."""
    return _files(pair(), tmp_path)


def _versions(side: Database) -> list[tuple[Any, ...]]:
    if side.query("SELECT to_regclass('public.schema_version')") == [(None,)]:
        return []
    return side.query("SELECT version FROM schema_version ORDER BY 1")


def _there_and_back_and_there_again(files: Files) -> None:
    made = files.pair
    for turn, target in enumerate(("green", "blue", "green")):
        if target == "blue":
            assert "users.phone" in files.reasons("blue")["BG534"]
        done = files.switch(target, **(_ACCEPT if target == "blue" else {}))
        assert done["in_service"] == target
        at_green = target == "green"
        verb = "bring version 1 to green" if at_green else "take back version 1 on green"
        assert [step["title"] for step in done["steps"] if "version" in step["title"]] == [verb]
        assert made.green.query(_HAS_PHONE) == [(int(at_green),)]
        assert _versions(made.green) == ([(1,)] if at_green else [])
        if at_green:
            assert made.green.query(_GATED) == [(1,)]
            assert made.write(made.green, f"INSERT INTO users (name, phone) VALUES ('g{turn}', '1')") is None
        else:
            assert made.write(made.blue, f"INSERT INTO users (name) VALUES ('b{turn}')") is None
        files.arrive("reverse" if at_green else "forward")
        if at_green:
            assert made.blue.query(_NAMES) == made.green.query(_NAMES)
        else:
            first = [side.query("SELECT name FROM users WHERE id = 1") for side in (made.blue, made.green)]
            assert first == [[("USER 1",)], [("user 1",)]], "what a rollback takes back on green stays there"
    assert not files.pair.changes("cutover", **files.parameters("green"))


def test_it_comes_with_the_switch_and_goes_with_the_rollback(files: Files) -> None:
    files.write(_PHONE)
    would = files.pair.succeed("cutover", check=True, **files.parameters("green"))
    assert would["changed"]
    assert files.pair.green.query(_HAS_PHONE) == [(0,)]
    _there_and_back_and_there_again(files)
    events = files.pair.blue.query("SELECT details FROM bluegreen.journal WHERE event = 'fenced'")
    assert "UPDATE users SET phone" in str(events)
    shown = files.pair.succeed("migration_info", exclude_tables=[])
    assert "UPDATE users SET phone" not in str(shown), "the journal is shown without the files' text"


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(15, 18), (16, 17)])
def test_it_comes_and_goes_with_other_majors(pair: PairFactory, tmp_path: Path, blue: int, green: int) -> None:
    files = _files(pair(blue, green), tmp_path)
    files.write(_PHONE)
    _there_and_back_and_there_again(files)


def test_what_fails_is_seen_before_anybody_is_held_or_undone_with_the_switch(files: Files) -> None:
    made = files.pair
    for refused in ("\\set x 1\n", "COPY users FROM STDIN;\n", "SELECT 1; COMMIT;\n"):
        files.write({"0001_bad.up.sql": _MARK + refused})
        assert made.run("cutover", **files.parameters("green"))["code"] == "BG261"
    hidden = "CREATE PROCEDURE sly() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;\nCALL sly();\n"
    files.write({"0001_bad.up.sql": _MARK + hidden})
    reasons = files.reasons("green")
    assert "invalid transaction termination" in reasons["BG263"]
    assert "no down file" in reasons["BG264"]
    # Harmless when tried out, and too slow when it counts.
    slow = "SELECT pg_sleep(CASE WHEN current_setting('application_name') LIKE '% rehearsal' THEN 0 ELSE 60 END);\n"
    files.write({"0001_slow.up.sql": _PHONE["0001_phone.up.sql"] + slow, "0001_slow.down.sql": "SELECT 1;"})
    failed = made.run("cutover", **files.parameters("green", at_cutover_limit=0.5))
    assert (failed["code"], failed["details"]["step"]) == ("BG520", "bring version 1 to green"), failed
    assert "Everything was undone: blue is in service" in failed["msg"]
    assert (made.write(made.blue), made.write(made.green)) == (None, "25006")
    assert (made.green.query(_HAS_PHONE), _versions(made.green)) == ([(0,)], [])
    files.write(_PHONE)
    assert files.switch("green")["in_service"] == "green"


def test_a_process_that_dies_after_the_point_of_no_return_is_followed_by_the_whole_opening(files: Files) -> None:
    files.write(_PHONE)
    made = files.pair
    stop = Stop("commit the fence", Moment.AFTER, Act.KILL)
    process = ModuleProcess("cutover", {**made.ends(), **files.parameters("green")}, stop)
    assert process.wait() == {}, "it was killed"
    end = time.monotonic() + _PATIENCE
    while made.write(made.green, "INSERT INTO users (name, phone) VALUES ('after', '1')") is not None:
        assert time.monotonic() < end, "nobody has opened green with its new column"
        time.sleep(0.1)
    assert made.write(made.blue) == "25006"
    assert _versions(made.green) == [(1,)]
    assert files.switch("green")["in_service"] == "green"
    files.arrive("reverse")
    assert made.blue.query(_NAMES) == made.green.query(_NAMES)
    assert process.await_nothing_left(_PATIENCE)


def test_a_rollback_whose_fence_is_taken_back_brings_again_what_it_took(files: Files) -> None:
    files.write(_PHONE)
    made = files.pair
    files.switch("green")
    before = made.green.query(_PUBLISHED)
    files.switch("blue", **_ACCEPT)
    assert made.green.query(_PUBLISHED) != before
    [(details,)] = made.green.query("SELECT details FROM bluegreen.journal WHERE event = 'fenced' AND epoch = 2")
    sides = Sides.from_parameters(made.migration, made.blue.endpoint(made.role), made.green.endpoint(made.role))
    try:
        scripts = AtSwitch.from_details(sides, details, 3.0)
        withdraw_fence(sides.green, made.migration, 2, scripts)
    finally:
        sides.close()
    assert (made.green.query(_HAS_PHONE), _versions(made.green)) == ([(1,)], [(1,)])
    assert made.green.query(_PUBLISHED) == before
    assert made.write(made.green, "INSERT INTO users (name, phone) VALUES ('again', '1')") is None


def test_what_ends_the_way_back_takes_a_word(files: Files) -> None:
    files.write(
        {
            "0001_members.up.sql": f"{_MARK}ALTER TABLE users RENAME TO members;\n"
            "CREATE VIEW users AS SELECT id, name FROM members;\n",
            "0001_members.down.sql": "DROP VIEW users;\nALTER TABLE members RENAME TO users;\n",
        }
    )
    assert "public.users is gone or has another name" in files.reasons("green")["BG265"]
    done = files.switch("green", accept_one_way=[1])
    assert done["in_service"] == "green"
    assert done["ends_way_back"] == ["version 1: public.users is gone or has another name"]
    files.arrive("reverse")
    assert files.pair.write(files.pair.green, "INSERT INTO members (name) VALUES ('new')") is None
    assert files.reasons("blue") == {"BG760": f"{NO_WAY_BACK_WORDS} ['public.users']"}
    said = files.pair.succeed("migration_info")["rollback"]
    assert said["reasons"][0] == f"{NO_WAY_BACK_WORDS} (public.users)"
