# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides hold besides tables: compared on request, and named."""

from __future__ import annotations

from tests.fixtures.consistency import ReplicatedFactory, replicated

__all__ = ["replicated"]

SCHEMA = """
CREATE TABLE t (id int PRIMARY KEY, v text); CREATE SEQUENCE numbers CYCLE; CREATE INDEX by_v ON t (v);
CREATE MATERIALIZED VIEW totals AS SELECT g, g * 2.50 AS twice FROM generate_series(1, 5) g;
RESET ROLE; GRANT SELECT ON totals TO PUBLIC; CREATE EXTENSION hstore
"""
KINDS = ["schema", "roles", "sequences", "materialized_views", "large_objects"]


def test_equal_objects_are_consistent_and_faults_are_named(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, "INSERT INTO t VALUES (1, 'a')")
    for side in (pair.blue, pair.green):
        side.query("SELECT lo_from_bytea(4711, 'one'); GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC")
        # Larger than a piece, nearly all of it a hole.
        side.query("SELECT lo_create(4710), lo_put(4710, 20000000, 'end'); GRANT SELECT ON LARGE OBJECT 4710 TO PUBLIC")
    clean = pair.compare(objects=KINDS)
    assert "objects" in clean, clean
    assert {kind: found["consistent"] for kind, found in clean["objects"].items()} == dict.fromkeys(KINDS, True), clean
    assert clean["consistent"] is True
    owner = pair.green.roles["owner"].name
    app = pair.green.roles["app"].name
    pair.plant(
        "SELECT lo_put(4711, 0, 'two'), lo_put(4710, 20000002, 'D');"
        "SELECT lo_from_bytea(4712, 'x'); GRANT SELECT ON LARGE OBJECT 4712 TO PUBLIC;"
        "ALTER SEQUENCE numbers NO CYCLE; DROP INDEX by_v; REVOKE SELECT ON t FROM PUBLIC;"
        f'GRANT TRUNCATE ON t TO "{app}"; ALTER ROLE "{owner}" CREATEDB;'
        "DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1 AS g, 2.5 AS twice;"
        "GRANT SELECT ON totals TO PUBLIC; DROP EXTENSION hstore"
    )
    result = pair.compare(objects=KINDS)
    pair.green.query(f'ALTER ROLE "{owner}" NOCREATEDB')
    found = result["objects"]
    assert result["consistent"] is result["agrees"] is False
    assert "index public.by_v" in found["schema"]["missing"]
    assert "extension hstore" in found["schema"]["missing"]
    assert "table public.t" in found["schema"]["different"]
    assert found["roles"]["different"] == [owner]
    assert found["sequences"]["different"] == ["public.numbers"]
    assert found["materialized_views"]["different"] == ["public.totals"]
    assert (found["large_objects"]["different"], found["large_objects"]["extra"]) == (["4710", "4711"], ["4712"])
    assert pair.compare()["objects"] == {}
    assert pair.compare()["consistent"] is True
