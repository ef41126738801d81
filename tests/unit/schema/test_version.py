# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files run, in which order, and which folders are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.marks import (
    AFTER_CUTOVER,
    AT_CUTOVER,
    BEFORE_COPY,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.psql import (
    Failure,
    failure_of,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.version import (
    DOWN,
    UP,
    Applied,
    Migration,
    Script,
    collect,
    due,
    moves,
    require_nothing_from_before,
)


def _folder(count: int) -> dict[str, str]:
    names = [(number, direction) for number in range(1, count + 1) for direction in (UP, DOWN)]
    return {f"{number:04}_step_{number}.{direction}.sql": f"{direction} {number}" for number, direction in names}


def _applied(migrations: tuple[Migration, ...], version: int) -> list[Applied]:
    return [Applied(one.version, one.description, one.up.checksum) for one in migrations if one.version <= version]


def _code(files: dict[str, str]) -> str:
    with pytest.raises(MigrationError) as caught:
        collect(files)
    return caught.value.code


def _refusal(migrations: tuple[Migration, ...], applied: list[Applied], wanted: str) -> str:
    with pytest.raises(MigrationError) as caught:
        moves(migrations, applied, wanted)
    return caught.value.code


@given(st.integers(0, 12), st.data())
def test_every_way_leads_to_the_version_wanted_one_by_one(count: int, data: st.DataObject) -> None:
    migrations = collect(_folder(count))
    start, target = data.draw(st.integers(0, count)), data.draw(st.integers(0, count))

    way = moves(migrations, _applied(migrations, start), str(target))

    versions = set(range(1, start + 1))
    for move in way:
        number = move.migration.version
        if move.direction == UP:
            assert number == max(versions, default=0) + 1
            assert move.script.text == f"up {number}"
            versions.add(number)
        else:
            assert number == max(versions)
            assert move.script.text == f"down {number}"
            versions.remove(number)
    assert versions == set(range(1, target + 1))
    assert len(way) == abs(target - start)


@given(st.integers(1, 12))
def test_latest_is_the_highest(count: int) -> None:
    migrations = collect(_folder(count))

    assert moves(migrations, [], "latest") == moves(migrations, [], str(count))


@given(st.permutations(sorted(_folder(6))))
def test_the_order_of_the_folder_does_not_matter(names: list[str]) -> None:
    files = _folder(6)

    assert collect({name: files[name] for name in names}) == collect(files)


@given(st.integers(2, 12), st.data())
def test_a_gap_is_refused(count: int, data: st.DataObject) -> None:
    missing = data.draw(st.integers(1, count - 1))
    files = {name: text for name, text in _folder(count).items() if int(name[:4]) != missing}

    assert _code(files) == "BG221"


@given(st.integers(1, 8), st.data())
def test_a_changed_file_is_refused_whatever_is_wanted(count: int, data: st.DataObject) -> None:
    migrations = collect(_folder(count))
    applied = _applied(migrations, count)
    changed = data.draw(st.integers(1, count))
    files = {**_folder(count), f"{changed:04}_step_{changed}.up.sql": "another text"}

    assert _refusal(collect(files), applied, data.draw(st.sampled_from(["latest", "0"]))) == "BG223"


def test_both_layouts_mean_the_same() -> None:
    golang = collect({"0001_add_email.up.sql": "a", "0001_add_email.down.sql": "b"})
    flyway = collect({"V1__add_email.sql": "a", "U1__add_email.sql": "b"})

    assert [(one.version, one.description) for one in golang] == [(1, "add email")]
    assert [(one.version, one.description) for one in flyway] == [(1, "add email")]
    assert golang[0].up.checksum == flyway[0].up.checksum


def test_times_may_have_gaps() -> None:
    migrations = collect({"20240131120000_a.up.sql": "", "20240201_b.up.sql": "", "1_c.up.sql": ""})

    assert [one.version for one in migrations] == [1, 20240201, 20240131120000]


@pytest.mark.parametrize(
    "names",
    [
        ["add_email.sql"],
        ["1-add.up.sql"],
        ["R__views.sql"],
        ["V1.1__add.sql"],
        ["0000_nothing.up.sql"],
        ["99999999999999999999_large.up.sql"],
        ["0001_a.up.sql", "1_b.up.sql"],
        ["0001_a.up.sql", "V1__b.sql"],
        ["0001_a.up.sql", "0002_b.down.sql"],
    ],
)
def test_folders_that_are_refused(names: list[str]) -> None:
    assert _code(dict.fromkeys(names, "")) == "BG221"


@pytest.mark.parametrize("wanted", ["3", "-1", "last", "", "1.0", "²"])
def test_versions_that_are_no_file(wanted: str) -> None:
    assert _refusal(collect(_folder(2)), [], wanted) == "BG222"


def test_a_version_without_a_way_back_stays() -> None:
    migrations = collect({"1_a.up.sql": ""})

    assert _refusal(migrations, _applied(migrations, 1), "0") == "BG222"


def test_applied_versions_need_their_files() -> None:
    migrations = collect(_folder(3))

    assert _refusal(migrations[:2], _applied(migrations, 3), "latest") == "BG224"
    assert _refusal(migrations, _applied(migrations, 3)[1:], "latest") == "BG224"


def _told(files: dict[str, str]) -> str:
    with pytest.raises(MigrationError) as caught:
        collect(files)
    return caught.value.what


def test_a_number_is_a_counter_or_a_time_and_fits_the_table() -> None:
    assert [one.version for one in collect({"10000000_a.up.sql": ""})] == [10_000_000], "a time may have gaps"
    assert _told({"9999999_a.up.sql": ""}) == "Version 9999999 is there, and version 1 is missing"
    assert [one.version for one in collect({f"{2**63 - 1}_a.up.sql": ""})] == [2**63 - 1]
    assert _told({f"{2**63}_a.up.sql": ""}) == f"{2**63}_a.up.sql has no version from 1 to {2**63 - 1}"
    assert _told({"0_a.up.sql": ""}) == f"0_a.up.sql has no version from 1 to {2**63 - 1}"


def test_the_first_of_several_faults_is_told() -> None:
    alone = {"1_a.up.sql": "", "2_b.down.sql": "", "3_c.down.sql": ""}
    assert _told(alone) == "2_b.down.sql has no file that it takes back"
    migrations = collect(_folder(4))
    with pytest.raises(MigrationError, match="BG224: Version 1 is not applied, although 4 is"):
        moves(migrations, [_applied(migrations, 4)[-1]], "latest")


def _phases(*phases: str) -> tuple[Migration, ...]:
    return collect(
        {f"{number}_s.up.sql": f"-- bluegreen: {phase}\nSELECT 1;" for number, phase in enumerate(phases, 1)}
        | {f"{number}_s.down.sql": "SELECT 1;" for number in range(1, len(phases) + 1)}
    )


def test_a_file_waits_for_those_before_it_unless_all_are_taken_back() -> None:
    late = _phases(AT_CUTOVER, AFTER_CUTOVER, BEFORE_COPY)
    with pytest.raises(MigrationError) as caught:
        due(moves(late, [], "latest"), BEFORE_COPY)
    assert caught.value.what == (
        "3_s.up.sql is to run before_copy, and version 1, which runs at_cutover, has not been applied"
    )
    assert [one.migration.version for one in due(moves(late, [], "latest"), AT_CUTOVER)] == [1]
    back = moves(late, _applied(late, 3), "0")
    assert [one.migration.version for one in due(back, BEFORE_COPY)] == [3, 2, 1]


def test_the_first_file_that_should_have_run_before_the_copy_is_named() -> None:
    pending = moves(_phases(BEFORE_COPY, BEFORE_COPY, AT_CUTOVER), [], "latest")
    with pytest.raises(MigrationError, match=r"BG262: 1_s\.up\.sql is to run before_copy, and has not been applied"):
        require_nothing_from_before(pending)
    require_nothing_from_before(pending[2:])


def test_a_move_says_what_it_does_and_a_row_what_was_applied() -> None:
    migrations = collect(_folder(1))
    (up,), (down,) = moves(migrations, [], "1"), moves(migrations, _applied(migrations, 1), "0")
    assert up.title == "apply version 1: step 1 (0001_step_1.up.sql)"
    assert down.title == "take back version 1: step 1 (0001_step_1.down.sql)"
    assert Applied(1, "a", "b").as_row() == {
        "version": 1,
        "description": "a",
        "checksum": "b",
        "duration_ms": 0,
        "applied_at": "",
        "applied_by": "",
    }


def test_line_ends_do_not_change_a_checksum() -> None:
    assert Script("a", "one\r\ntwo\r\n").checksum == Script("a", "one\ntwo\n").checksum
    assert Script("a", "one\n").checksum != Script("a", "one \n").checksum


@pytest.mark.parametrize(
    ("text", "in_transaction"),
    [
        ("CREATE TABLE a ();", True),
        ("-- bluegreen: no-transaction\nCREATE INDEX CONCURRENTLY …", False),
        ("\n-- why\n--bluegreen:no-transaction \nSELECT 1", False),
        ("-- not bluegreen: no-transaction", True),
    ],
)
def test_a_comment_at_the_beginning_takes_the_transaction_away(text: str, in_transaction: bool) -> None:
    assert Script("a", text).in_transaction is in_transaction


def test_the_first_error_is_what_psql_is_understood_to_say() -> None:
    failure = failure_of(
        'psql:/m/1.sql:2: NOTICE:  00000: table "a" does not exist, skipping\n'
        "LOCATION:  DropErrorMsgNonExistent, tablecmds.c:1\n"
        'psql:/m/1.sql:7: FEHLER:  42703: Spalte "x: y" existiert nicht\n'
        "LINE 1: SELECT x\n               ^\nLOCATION:  errorMissingColumn, parse_relation.c:3\n"
    )

    assert failure == Failure('Spalte "x: y" existiert nicht; LINE 1: SELECT x; ^', "/m/1.sql", 7, "42703")


def test_the_first_of_several_errors_counts_with_eight_lines_that_explain_it() -> None:
    explained = [f"DETAIL:  {number}" for number in range(1, 10)]
    said = "\n".join(["psql:/m/1.sql:7: ERROR:  42703: no", *explained, "psql:/m/1.sql:9: ERROR:  42501: never"])
    told = "; ".join(["no", *(f"DETAIL: {number}" for number in range(1, 9))])
    assert failure_of(said) == Failure(told, "/m/1.sql", 7, "42703")
    assert failure_of("\n".join(explained)).message == "; ".join(explained[:8]), "what is no report is kept as it is"
    assert failure_of("").message == "psql said nothing"


@given(st.text())
def test_whatever_psql_says_is_kept(stderr: str) -> None:
    assert failure_of(stderr).message


def test_what_belongs_to_the_second_error_does_not_explain_the_first() -> None:
    said = ["psql:a.sql:1: ERROR:  42601: one", "LINE 1: x", "psql:a.sql:2: ERROR:  42P01: two", "HINT:  of the second"]
    assert failure_of("\n".join(said)).message == "one; LINE 1: x"


def test_a_file_that_another_one_includes_is_held_to_the_rules() -> None:
    included = {"1_a.up.sql": [Script("part.sql", "-- bluegreen: at_cutover\nSELECT 1;")]}
    with pytest.raises(MigrationError, match=r"BG260: part\.sql has the comment"):
        collect({"1_a.up.sql": "\\ir part.sql"}, included)
