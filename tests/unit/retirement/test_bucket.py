# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy in a bucket counts only as what was restored from there, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.archive import (
    ArchivedFile,
    Manifest,
    Source,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.bucket import (
    Copy,
    Place,
    StoredObject,
    copy_problems,
    folder_of,
    listing_problems,
    unfinished,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.contents import (
    Contents,
    TableContents,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.bucket import Bucket

SECRET = "hunter2hunter2"
SOURCE = Source("orders", Side.BLUE, 1, "7412", "16384", "orders", 170011)
MANIFEST = Manifest(
    SOURCE, "0/1", "2026-12-01 04:13:25.123456", "UTF8", 17,
    Contents({TableName("public", "users"): TableContents(1, "c")}),
    (ArchivedFile("dump/1.dat", 10, "a"), ArchivedFile("dump/toc.dat", 20, "b")), "",
)  # fmt: skip
PLACE = Place.of({"bucket": "archives", "prefix": "/databases/"})
HOME = PLACE.home("orders-blue-1", SOURCE)
FOLDER = folder_of(HOME, MANIFEST)
OBJECTS = tuple(
    StoredObject(f"{FOLDER}{path}", size, f"e{size}")
    for path, size in (("dump/1.dat", 10), ("dump/toc.dat", 20), ("manifest.json", 30))
)
COPY = Copy.listed(PLACE, FOLDER, OBJECTS, "a throw-away server", ("extension x",))


def test_each_archive_of_each_database_has_a_place_of_its_own() -> None:
    assert FOLDER == "databases/orders-blue-1-7412-16384/20261201041325123456/"
    assert PLACE.url(FOLDER) == COPY.url == f"s3://archives/{FOLDER}"
    others = [replace(SOURCE, system="7413"), replace(SOURCE, oid="16385")]
    assert len({HOME, *(PLACE.home("orders-blue-1", other) for other in others)}) == 3
    assert folder_of(HOME, replace(MANIFEST, taken_at="2026-12-01 04:13:25.123457")) != FOLDER
    assert Place.of({"bucket": "archives"}).home("n", SOURCE) == "n-7412-16384/"


def test_a_row_of_the_journal_tells_of_the_same_copy() -> None:
    assert Copy.of({"s3": COPY.as_details()}) == COPY
    assert Copy.of({"folder": "/srv/archives"}) is None


@pytest.mark.parametrize(
    ("named", "lies"),
    [
        ({"bucket": "archives"}, True),
        ({"bucket": "archives", "prefix": "databases"}, True),
        ({"bucket": "archives", "prefix": "data"}, False),
        ({"bucket": "others", "prefix": "databases"}, False),
    ],
)
def test_a_copy_lies_where_it_was_sent(named: dict[str, Any], lies: bool) -> None:
    assert COPY.lies_in(Place.of(named)) is lies


@pytest.mark.parametrize(
    ("objects", "problems"),
    [
        (OBJECTS, []),
        (OBJECTS[::-1], []),
        (OBJECTS[1:], ["dump/1.dat is missing"]),
        ((replace(OBJECTS[0], bytes=11), *OBJECTS[1:]), ["dump/1.dat has 11 bytes instead of 10"]),
        ((*OBJECTS, StoredObject(f"{FOLDER}x", 1, "e")), ["x does not belong to it"]),
        ((replace(OBJECTS[0], etag="f"), *OBJECTS[1:]), ["an object was replaced since the copy was restored"]),
        (OBJECTS[:2], ["an object was replaced since the copy was restored"]),
    ],
)
def test_a_copy_is_what_was_restored_or_its_difference_is_told(
    objects: tuple[StoredObject, ...], problems: list[str]
) -> None:
    assert copy_problems(COPY, MANIFEST, iter(objects)) == problems


def test_files_are_looked_at_before_a_manifest_makes_them_an_archive() -> None:
    assert listing_problems(FOLDER, MANIFEST, OBJECTS[:2]) == []
    assert listing_problems(FOLDER, MANIFEST, OBJECTS[:1]) == ["dump/toc.dat is missing"]


def test_what_earlier_runs_have_left_is_found() -> None:
    left, whole = f"{HOME}2/", f"{HOME}3/"
    others = [
        StoredObject(key, 1, "e")
        for key in (f"{left}dump/1.dat", f"{left}dump/2.dat", f"{whole}manifest.json", f"{whole}dump/1.dat", "x/y")
    ]
    assert unfinished(HOME, FOLDER, [*OBJECTS[:2], *others]) == [left]
    assert unfinished(HOME, whole, [*OBJECTS[:2], *others]) == [left, FOLDER]


@pytest.mark.parametrize(
    "named",
    [
        {"endpoint": "ftp://host"},
        {"endpoint": "host:9000"},
        {"endpoint": "https://"},
        {"endpoint": f"https://me:{SECRET}@host"},
        {"endpoint": f"https://host?a={SECRET}"},
        {"endpoint": "http://[x"},
        {"storage_class": "GLACIER"},
        {"storage_class": "DEEP_ARCHIVE"},
        {"access_key": "id"},
        {"secret_key": SECRET},
        {"access_key": "id", "session_token": SECRET},
        {"secret_key": SECRET, "session_token": SECRET},
    ],
)
def test_a_place_that_proves_nothing_is_refused_without_its_secrets(named: dict[str, str]) -> None:
    place = Place.of({"bucket": "archives", **named})
    assert SECRET not in repr(place)
    with pytest.raises(MigrationError) as refused:
        Bucket(place, "Nothing was changed")
    assert refused.value.code == "BG564"
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("endpoint", ["https://s3.example.com", "http://127.0.0.1:9000/", None])
def test_a_place_that_can_prove_something_is_taken(endpoint: str | None) -> None:
    named = {"endpoint": endpoint, "storage_class": "GLACIER_IR", "access_key": "id", "secret_key": SECRET}
    Bucket(Place.of({"bucket": "archives", "region": "us-east-1", **named}), "Nothing was changed").close()
