# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each versioned migration runs, what the switch can run, and what a rollback takes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import LaneSpec, Published
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.lint import FLOWS, STOPS, Verdict
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.marks import (
    AFTER_CUTOVER,
    AT_CUTOVER,
    BEFORE_COPY,
    PHASES,
    read_marks,
    why_not_within_a_switch,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.version import (
    DOWN,
    UP,
    Applied,
    Migration,
    collect,
    due,
    moves,
    require_nothing_from_before,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import OPENED, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sql_text import statements
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.scripts import (
    Rehearsed,
    SwitchScript,
    SwitchScripts,
    after_the_switch,
    at_the_switch,
    ends_the_way_back,
    lanes_during,
    only_markers,
    reasons,
    that_can_be_taken_back,
    to_take_back,
    what_is_lost,
)

_MARKER = Published(TableName("bluegreen", "marker_1"))


def _folder(*phases: str) -> tuple[Migration, ...]:
    files = {}
    for number, phase in enumerate(phases, start=1):
        files[f"{number}_step.up.sql"] = f"-- bluegreen: {phase}\nSELECT {number};"
        files[f"{number}_step.down.sql"] = f"SELECT -{number};"
    return collect(files)


def _applied(migrations: tuple[Migration, ...], count: int) -> list[Applied]:
    return [Applied(one.version, one.description, one.up.checksum) for one in migrations[:count]]


@given(st.lists(st.sampled_from(PHASES), max_size=6))
def test_each_phase_runs_its_own_files_or_is_refused_and_never_skips_one(phases: list[str]) -> None:
    migrations = _folder(*phases)
    done = 0
    for phase in PHASES:
        files = moves(migrations, _applied(migrations, done), "latest")
        try:
            mine = due(files, phase)
        except MigrationError as error:
            if error.code != "BG262" or phases == sorted(phases, key=PHASES.index):
                raise
            return
        assert [one.migration.version for one in mine] == list(range(done + 1, done + 1 + len(mine)))
        assert {one.migration.phase for one in mine} <= {phase}
        done += len(mine)
    assert done == len(phases)


def test_a_cutover_waits_for_what_should_have_run_before() -> None:
    migrations = _folder(BEFORE_COPY, AT_CUTOVER)
    require_nothing_from_before(moves(migrations, _applied(migrations, 1), "latest"))
    with pytest.raises(MigrationError) as caught:
        require_nothing_from_before(moves(migrations, [], "latest"))
    assert caught.value.code == "BG262"


def test_what_the_first_comments_say() -> None:
    assert read_marks("f", "SELECT 1;") == read_marks("f", "-- bluegreen: before_copy")
    both = read_marks("f", "-- what it does\n\n-- bluegreen: after_cutover, no-transaction\nSELECT 1;")
    assert (both.phase, both.in_transaction) == (AFTER_CUTOVER, False)
    for text in ("-- bluegreen: at-cutover", "-- bluegreen: at_cutover after_cutover", "--bluegreen:"):
        with pytest.raises(MigrationError) as caught:
            read_marks("f", text)
        assert caught.value.code == "BG260"


@pytest.mark.parametrize(
    "text",
    [
        "\\set x 1",
        "SELECT 1 \\gset",
        "COPY t FROM STDIN;\n1\n\\.",
        "/* one /* two */ */ COPY t (a)\nFROM stdin;",
        "SELECT 1; commit",
        "BEGIN; SELECT 1",
        "START  TRANSACTION",
        "-- c\nrollback;",
        "SAVEPOINT a",
        "-- bluegreen: no-transaction\nSELECT 1",
    ],
)
def test_what_no_switch_can_run(text: str) -> None:
    assert why_not_within_a_switch("f", text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'a; COMMIT', E'it\\'s \\n; COMMIT' -- ; COMMIT\n",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN; RAISE '\\'; COMMIT; END $f$;",
        "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; END;",
        'ALTER TABLE "rollback; \\x" ADD "commit" text; /* \\q ; COMMIT */',
        "COPY t FROM '/tmp/stdin'; ALTER TABLE t ADD beginning text",
        "SELECT $1$2",
    ],
)
def test_what_is_quoted_is_no_command(text: str) -> None:
    assert not why_not_within_a_switch("f", text)


@given(st.lists(st.text(st.characters(exclude_characters="'\x00"), max_size=20), max_size=5))
def test_strings_never_end_a_statement(strings: list[str]) -> None:
    text = "".join(f"SELECT '{one}', $q${one.replace('$', '')}$q$;" for one in strings)
    assert list(statements(text)) == ["SELECT '', ''"] * len(strings)


def test_a_folder_with_a_file_that_no_switch_can_run_is_refused() -> None:
    with pytest.raises(MigrationError) as caught:
        collect({"1_a.up.sql": "-- bluegreen: at_cutover\nCOMMIT;"})
    assert caught.value.code == "BG261"


def _lane(*tables: Published) -> LaneSpec:
    return LaneSpec("bluegreen_shop_reverse_1", 1, Direction.REVERSE, (*tables, _MARKER))


def _published(name: str, *columns: str) -> Published:
    return Published(TableName("public", name), columns or None)


def test_while_the_files_run_only_what_stays_flows_back() -> None:
    before = [_lane(_published("users"), _published("gone"), _published("same"))]
    after = [_lane(_published("users", "id", "name"), _published("new"), _published("same"))]
    assert lanes_during(before, after) == (_lane(_published("users", "id", "name"), _published("same")),)


def test_the_journal_keeps_everything_that_another_process_needs() -> None:
    lane = _lane(_published("users", "id"))
    script = SwitchScript(3, "a phone", "abc", "ALTER TABLE …", "")
    scripts = SwitchScripts("up", TableName("public", "V x"), 3.0, (script,), (lane,), (lane,), (lane,))
    details = json.loads(json.dumps(scripts.as_details()))
    assert SwitchScripts.from_details(details) == scripts
    assert SwitchScripts.from_details({}) is None
    shown = Entry("shop", Side.BLUE, 1, "fenced", "now", details={**details, "step": "x"}).as_result()
    assert shown["details"] == {"step": "x"}


def _switch(*versions: int, direction: str = UP) -> SwitchScripts:
    scripts = tuple(SwitchScript(number, "", "", "up", "down") for number in versions)
    return SwitchScripts(direction, TableName("public", "v"), 3.0, scripts)


def test_the_versions_are_told_in_words() -> None:
    assert [_switch(*numbers).versions for numbers in ((3,), (3, 5))] == ["version 3", "versions 3, 5"]
    assert not _switch(3).leaves_some, "a switch leaves none behind unless somebody says so"


def test_what_a_rollback_took_back_is_brought_again_in_its_own_order() -> None:
    lane, during = _lane(_published("users")), _lane()
    back = replace(_switch(4, 3, 2, direction=DOWN), during=(during,), standing=(lane,))
    again = back.brought_again()
    assert (again.direction, [one.version for one in again.scripts]) == (UP, [2, 3, 4])
    assert (again.during, again.after) == ((during,), (lane,)), "then everything flows as it did before"


def test_a_lane_that_carries_only_markers_has_no_table_of_the_users() -> None:
    assert only_markers(_lane(_published("users"))) == _lane()


def test_a_file_without_a_way_back_has_no_down_script() -> None:
    files = {"1_a.up.sql": "-- bluegreen: at_cutover\nSELECT 1;", "1_a.down.sql": "SELECT -1;"}
    files["2_b.up.sql"] = "-- bluegreen: at_cutover\nSELECT 2;"
    scripts = at_the_switch(moves(collect(files), [], "latest"))
    assert [(one.version, one.down) for one in scripts] == [(1, "SELECT -1;"), (2, "")]


def test_files_for_later_are_named_with_how_they_run() -> None:
    files = {
        "1_a.up.sql": "-- bluegreen: at_cutover\nSELECT 1;",
        "2_b.up.sql": "-- bluegreen: after_cutover\nSELECT 2;",
        "3_c.up.sql": "-- bluegreen: after_cutover, no-transaction\nSELECT 3;",
    }
    assert after_the_switch(moves(collect(files), [], "latest")) == (
        "2_b.up.sql: it runs once green is in service",
        "3_c.up.sql: it runs once green is in service, without a transaction",
    )


def test_what_nobody_has_tried_is_named_with_the_reason() -> None:
    assert Rehearsed(_switch(3), untried="green is full", later=("4: later",)).not_tried == (
        "version 3: green is full",
        "4: later",
    )
    assert Rehearsed(_switch(3), later=("4: later",)).not_tried == ("4: later",)
    assert Rehearsed(_switch(), untried="green is full").not_tried == (), "nothing is there to try"


def test_an_accepted_file_that_was_not_tried_may_end_the_way_back() -> None:
    untried = Rehearsed(_switch(3, 2, 5), lost={2: ("public.users is gone", "public.orders is gone")})
    assert ends_the_way_back(untried, [2, 3, 9]) == (
        "version 2, which nobody has tried yet",
        "version 3, which nobody has tried yet",
    )
    known = ("version 2: public.users is gone, public.orders is gone",)
    assert ends_the_way_back(replace(untried, milliseconds=4.0), [2, 3]) == known
    assert ends_the_way_back(replace(untried, scripts=_switch(3, 2, direction=DOWN)), [2, 3]) == known


def _verdict(**other: Any) -> Verdict:
    users = TableName("public", "users")
    return replace(Verdict(Direction.REVERSE, users, "phone", "is of another type", STOPS, "", ""), **other)


def test_what_no_longer_flows_back_after_a_file_is_named_once() -> None:
    before = [_lane(_published("users"), _published("gone"))]
    verdicts = [
        _verdict(),
        _verdict(column="", difference="has another name"),
        _verdict(column="a", verdict=FLOWS),
        _verdict(column="b", direction=Direction.FORWARD),
        _verdict(column="c"),
    ]
    lost = what_is_lost(before, [_lane(_published("users"), _published("new"))], verdicts, [_verdict(column="c")])
    assert lost == (
        "public.gone is gone or has another name",
        "public.users.phone: is of another type",
        "public.users: has another name",
    )
    assert what_is_lost(before, before, [_verdict()], [_verdict()]) == (), "what was so before is no loss"


def _opened(*versions: int, epoch: int = 1) -> Entry:
    return Entry("shop", Side.GREEN, epoch, OPENED, "now", Side.GREEN, details={"migrations": list(versions)})


def test_a_rollback_takes_back_what_the_last_cutover_brought_and_what_came_after_it() -> None:
    migrations = _folder(BEFORE_COPY, AT_CUTOVER, AFTER_CUTOVER)
    applied = _applied(migrations, 3)

    def versions(entries: list[Entry], has: list[Applied]) -> list[int]:
        return [one.version for one in to_take_back(entries, has, migrations)]

    assert versions([_opened(2)], applied) == [3, 2]
    assert versions([_opened()], applied) == []
    assert versions([_opened(2), _opened(epoch=3)], applied) == [], "an older cutover's were accepted for good"
    assert versions([_opened(2)], applied[:1]) == [], "they were taken back already"
    missing = to_take_back([_opened(2)], applied, ())
    assert [(one.version, one.down) for one in missing] == [(3, ""), (2, "")]


def test_a_version_without_a_way_back_keeps_those_below_it_and_takes_a_word() -> None:
    scripts = [SwitchScript(number, "", "", "up", "" if number == 3 else "down") for number in (4, 3, 2)]
    assert [one.version for one in that_can_be_taken_back(scripts)] == [4]
    rehearsed = Rehearsed(
        SwitchScripts("up", TableName("public", "v"), 3.0, tuple(scripts)), lost={2: ("public.users is gone",)}
    )
    assert [one.code for one in reasons(rehearsed, [])] == ["BG264", "BG265"]
    assert [one.code for one in reasons(rehearsed, [2])] == ["BG264"]
    assert reasons(rehearsed, [2, 3]) == []


@pytest.mark.parametrize(("length", "shown"), [(39, 39), (40, 40), (41, 39)])
def test_a_long_statement_is_told_by_its_first_forty_letters(length: int, shown: int) -> None:
    statement = "COMMIT " + "x" * (length - 7)
    told = why_not_within_a_switch("f", statement)
    assert told == f"it begins or ends a transaction ({statement[:shown]}{'…' if shown < length else ''})"


def test_the_first_word_that_is_not_understood_is_named() -> None:
    with pytest.raises(MigrationError, match="BG260: f says 'one' in its comment"):
        read_marks("f", "-- bluegreen: one, two")
