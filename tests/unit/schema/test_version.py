# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files run, in which order, and which folders are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.psql import Failure, failure_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.version import (
    DOWN,
    UP,
    Applied,
    Migration,
    Script,
    collect,
    moves,
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


@given(st.text())
def test_whatever_psql_says_is_kept(stderr: str) -> None:
    assert failure_of(stderr).message
