# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of 100 MB (in the short test, of 1): compared inside the servers, down to their last byte."""

from __future__ import annotations

import pytest

from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of
from tests.live.modules import run_and_measure

__all__ = ["replicated"]

# How a large value of a type is made.
TYPES = {
    "bytea": "convert_to({letters} || {end}, 'UTF8')",
    "text": "{letters} || {end}",
    "jsonb": "jsonb_build_object('k', {letters} || {end})",
    "text[]": "ARRAY[{letters} || {end}, NULL, 'b']",
    "xml": "('<a>' || {letters} || {end} || '</a>')::xml",
}
# The values stay in the servers: the module needs no more memory than without them.
_MOST_MEMORY = 100 << 20


def value(kind: str, megabytes: int, end: str) -> str:
    return TYPES[kind].format(letters=f"repeat('letters.', {megabytes} << 17)", end=f"'{end}'")


def fill(pair: Replicated, megabytes: int) -> None:
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(TYPES))
    values = ", ".join(value(kind, megabytes, "end") for kind in TYPES)
    for side in (pair.blue, pair.green):
        for table, key in (("t", "id int PRIMARY KEY"), ("keyless", "id int")):
            side.query(f"CREATE TABLE {table} ({key}, {columns}); GRANT SELECT ON {table} TO PUBLIC")
        side.query(f"INSERT INTO t VALUES (1, {values}), (2{', NULL' * len(TYPES)}); INSERT INTO keyless TABLE t")


@pytest.mark.parametrize("megabytes", [1, pytest.param(100, marks=pytest.mark.soak)])
def test_the_last_byte_of_a_large_value(replicated: ReplicatedFactory, megabytes: int) -> None:
    pair = replicated("SELECT 1", link=False)
    fill(pair, megabytes)
    clean = pair.compare(at_rest=True, timeout=300)
    assert clean["consistent"] is True, clean
    for number, kind in enumerate(TYPES):
        pair.plant(f"UPDATE t SET c{number} = {value(kind, megabytes, 'enD')} WHERE id = 1")
    pair.plant("UPDATE keyless SET c0 = c0 || c0 WHERE id = 1")
    arguments = pair.arguments(at_rest=True, timeout=300, show_values=True)
    result, peak = run_and_measure("consistency_check", arguments, timeout=300)
    columns = [f"c{number}" for number in range(len(TYPES))]
    assert found_in(result, "public.t") == [("changed", {"id": "1"}, columns)]
    [found] = table_of(result, "public.t")["differences"]
    assert {len(text) for shown in found["shown"].values() for text in shown.values()} == {200}
    assert [kind for kind, _key, _columns in found_in(result, "public.keyless")] == ["extra", "missing"]
    assert peak < _MOST_MEMORY
