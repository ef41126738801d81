# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive is what its manifest says, or it counts for nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.archive import (
    ArchivedFile,
    Manifest,
    NotAManifest,
    Source,
    file_problems,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.contents import (
    Contents,
    TableContents,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

TABLES = {TableName("public", "users"): TableContents(3, "a"), TableName("public", "orders"): TableContents(4, "b")}
FILES = (ArchivedFile("dump/1.dat", 10, "aa"), ArchivedFile("dump/toc.dat", 5, "bb"))
MANIFEST = Manifest(
    source=Source("shop", Side.BLUE, 1, "7", "5", "shop", 170011),
    lsn="16/B374D848",
    taken_at="2026-01-01T00:00:00Z",
    encoding="UTF8",
    programs=18,
    contents=Contents(TABLES, {}, "schema"),
    files=FILES,
    restored_on="a throw-away server",
    not_restored=("EXTENSION x",),
)


def test_what_was_written_is_read_again() -> None:
    assert Manifest.from_json(MANIFEST.as_json()) == MANIFEST
    older = json.loads(MANIFEST.as_json())
    del older["not_restored"]
    assert Manifest.from_json(json.dumps(older)) == replace(MANIFEST, not_restored=())


def test_a_person_reads_its_manifest_and_every_later_version_reads_it_too() -> None:
    named = replace(MANIFEST, source=replace(MANIFEST.source, migration="Größe"))
    lines = named.as_json().splitlines()
    assert lines[:4] == ["{", '  "format": 1,', '  "source": {', '    "migration": "Größe",']


@pytest.mark.parametrize("change", [{"format": 2}, {"source": {}}, {"files": [{}]}, {"tables": None}])
def test_anything_else_is_no_manifest(change: dict[str, Any]) -> None:
    with pytest.raises(NotAManifest):
        Manifest.from_json(json.dumps({**json.loads(MANIFEST.as_json()), **change}))
    with pytest.raises(NotAManifest):
        Manifest.from_json("{")


def test_its_facts_are_sums_over_files_and_tables() -> None:
    facts = MANIFEST.facts()
    assert (facts["files"], facts["bytes"], facts["tables"], facts["rows"]) == (2, 15, 2, 7)


def test_files_that_are_missing_changed_or_unknown_are_named() -> None:
    assert file_problems(FILES, FILES) == []
    found = [replace(FILES[0], sha256="cc"), ArchivedFile("dump/3.dat", 1, "dd")]
    assert file_problems(FILES, found) == [
        "dump/toc.dat is missing",
        "dump/1.dat was changed",
        "dump/3.dat does not belong to it",
    ]
    assert file_problems(FILES, [replace(FILES[0], bytes=11), FILES[1]]) == ["dump/1.dat was changed"]
