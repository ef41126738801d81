# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of every shape: keys of all kinds and none, partitions, types and columns that differ between the sides."""

from __future__ import annotations

import pytest

from tests.fixtures.chosen import BLUE
from tests.fixtures.consistency import ReplicatedFactory, found_in, replicated, table_of

__all__ = ["replicated"]

ODD = '"Odd ""One"""."It\'s 100%"'
KEYS = '''
CREATE SCHEMA "Odd ""One""";
CREATE TABLE "Odd ""One"""."It's 100%" ("Nº" int, "100%" text, "select" text, PRIMARY KEY ("100%", "Nº"));
CREATE TABLE textual (k text PRIMARY KEY, v int);
CREATE TABLE fixed (k char(6) PRIMARY KEY, v int);
CREATE TABLE numbers (k numeric PRIMARY KEY, v int);
CREATE TABLE moments (k timestamptz, day date, is_it bool, v int, PRIMARY KEY (k, day, is_it));
CREATE TABLE addresses (k inet PRIMARY KEY, v int);
CREATE TYPE color AS ENUM ('red', 'green');
CREATE DOMAIN short AS text CHECK (length(value) < 10) NOT NULL;
CREATE TABLE custom (k color, d short, l int[], v int, other short DEFAULT 'x', PRIMARY KEY (k, d, l));
CREATE TYPE composed AS (a varbit, "{b}" text);
CREATE DOMAIN settled AS composed CHECK ((value).a IS NOT NULL);
CREATE TABLE pairs (k composed, n int, d settled, v int, PRIMARY KEY (k, n, d));
'''
KEY_ROWS = '''
INSERT INTO "Odd ""One"""."It's 100%" SELECT g, '%s {0} '' \\ "' || g, 'v' FROM generate_series(1, 50) g;
INSERT INTO textual
    VALUES ('', 1), ('a', 2), ('a ', 3), ('Ärger', 4), ('日本', 5), (E'tab\\t', 6), ('NULL', 7), ('{}', 8);
INSERT INTO fixed VALUES ('a', 1), ('ab', 2);
INSERT INTO numbers VALUES (1, 1), (1.50, 2), ('NaN', 3);
INSERT INTO moments SELECT '2026-03-29 01:30+01'::timestamptz + g * interval '20 min', '2026-03-29', g % 2 = 0, g
    FROM generate_series(1, 20) g;
INSERT INTO addresses VALUES ('10.0.0.1', 1), ('10.0.0.0/8', 2), ('::1', 3);
INSERT INTO custom VALUES ('red', 'a', '{1,2}', 1), ('green', 'b', '{}', 2);
INSERT INTO pairs VALUES ('(101,"it''s, ")', 1, '(1,)', 1), ('(,)', 2, '(0,"")', 2);
'''


def test_keys_of_all_kinds_find_their_rows(replicated: ReplicatedFactory) -> None:
    pair = replicated(KEYS, KEY_ROWS)
    assert pair.compare()["consistent"] is True
    pair.plant(f"""UPDATE {ODD} SET "select" = 'w' WHERE "Nº" = 7""")
    pair.plant("UPDATE textual SET v = v + 100; UPDATE fixed SET v = 100; UPDATE moments SET v = 100 WHERE v = 5")
    pair.plant("UPDATE numbers SET k = 1.5 WHERE v = 2; UPDATE numbers SET v = 100 WHERE k = 'NaN'")
    pair.plant("UPDATE addresses SET v = 100; UPDATE custom SET v = 100")
    pair.plant("UPDATE pairs SET v = 100")
    result = pair.compare()
    assert found_in(result, ODD) == [("changed", {"100%": "%s {0} ' \\ \"7", "Nº": "7"}, ["select"])]
    assert [key["k"] for _kind, key, _columns in found_in(result, "public.textual")] == sorted(
        ["", "a", "a ", "Ärger", "日本", "tab\t", "NULL", "{}"], key=lambda key: str({"k": key})
    )
    assert found_in(result, "public.fixed") == [
        ("changed", {"k": "a     "}, ["v"]), ("changed", {"k": "ab    "}, ["v"]),
    ]  # fmt: skip
    assert found_in(result, "public.numbers") == [
        ("changed", {"k": "NaN"}, ["v"]), ("extra", {"k": "1.5"}, None), ("missing", {"k": "1.50"}, None),
    ]  # fmt: skip
    assert found_in(result, "public.pairs") == [
        ("changed", {"k": "(,)", "n": "2", "d": '(0,"")'}, ["v"]),
        ("changed", {"k": '(101,"it\'s, ")', "n": "1", "d": "(1,)"}, ["v"]),
    ]
    assert found_in(result, "public.moments") == [
        ("changed", {"k": "2026-03-29 02:10:00+00", "day": "2026-03-29", "is_it": "f"}, ["v"])
    ]
    assert len(found_in(result, "public.addresses")) == 3
    assert found_in(result, "public.custom")[1] == ("changed", {"k": "red", "d": "a", "l": "{1,2}"}, ["v"])


def test_a_key_that_is_no_value_of_the_other_sides_type_is_extra(replicated: ReplicatedFactory) -> None:
    schema = """CREATE TYPE color AS ENUM ('red'); CREATE TABLE t (k color PRIMARY KEY, v int);
                CREATE DOMAIN few AS int CHECK (value < 10); CREATE TABLE u (k few PRIMARY KEY, v int)"""
    pair = replicated(schema, "INSERT INTO t VALUES ('red', 1); INSERT INTO u VALUES (1, 1)")
    pair.plant("ALTER TYPE color ADD VALUE 'mauve'")
    pair.plant("ALTER DOMAIN few DROP CONSTRAINT few_check")
    pair.plant("INSERT INTO t VALUES ('mauve', 2); UPDATE t SET v = 7 WHERE k = 'red'; INSERT INTO u VALUES (11, 2)")
    result = pair.compare()
    assert found_in(result, "public.t") == [("changed", {"k": "red"}, ["v"]), ("extra", {"k": "mauve"}, None)]
    assert found_in(result, "public.u") == [("extra", {"k": "11"}, None)]


def test_a_key_of_an_extension_is_looked_up_by_its_own_operator(replicated: ReplicatedFactory) -> None:
    schema = """RESET ROLE; CREATE EXTENSION citext; CREATE TABLE mails (k citext PRIMARY KEY, v citext);
                GRANT SELECT ON mails TO PUBLIC"""
    pair = replicated(schema, "INSERT INTO mails VALUES ('Ann', 'x'), ('Bob', 'y')")
    pair.plant("UPDATE mails SET v = 'X' WHERE k = 'ann'; UPDATE mails SET k = 'BOB' WHERE k = 'bob'")
    assert found_in(pair.compare(), "public.mails") == [
        ("changed", {"k": "Ann"}, ["v"]), ("extra", {"k": "BOB"}, None), ("missing", {"k": "Bob"}, None),
    ]  # fmt: skip


def test_tables_without_a_key_are_compared_as_multisets(replicated: ReplicatedFactory) -> None:
    schema = "CREATE TABLE log (at date, what text); CREATE TABLE nothing ();"
    rows = """INSERT INTO log SELECT '2026-01-01', 'line ' || g % 10 FROM generate_series(1, 100) g;
              INSERT INTO log VALUES (NULL, NULL), (NULL, ''); INSERT INTO nothing DEFAULT VALUES;"""
    pair = replicated(schema, rows)
    clean = pair.compare()
    assert clean["consistent"] is True
    assert table_of(clean, "public.log")["key"] == []
    pair.plant("INSERT INTO log VALUES ('2026-01-01', 'line 1'), ('2026-01-01', 'unheard of')")
    pair.plant("DELETE FROM log WHERE what = 'line 2'; UPDATE log SET what = '' WHERE what IS NULL")
    pair.plant("INSERT INTO nothing DEFAULT VALUES")
    result = pair.compare()
    assert [kind for kind, _key, _columns in found_in(result, "public.log")] == [
        "extra",
        "extra",
        "extra",
        "missing",
        "missing",
    ]
    assert all(list(key) == ["row_hash"] for _kind, key, _columns in found_in(result, "public.log"))
    assert table_of(result, "public.nothing")["rows"] == {"blue": 1, "green": 2}
    assert [kind for kind, _key, _columns in found_in(result, "public.nothing")] == ["extra"]


def test_a_replica_identity_index_names_rows(replicated: ReplicatedFactory) -> None:
    schema = """CREATE TABLE codes (a int NOT NULL, b text NOT NULL, v int);
                CREATE UNIQUE INDEX codes_key ON codes (b, a);
                ALTER TABLE codes REPLICA IDENTITY USING INDEX codes_key;"""
    pair = replicated(schema, "INSERT INTO codes VALUES (1, 'x', 1), (2, 'x', 2)")
    pair.plant("UPDATE codes SET v = 3 WHERE a = 2")
    assert found_in(pair.compare(), "public.codes") == [("changed", {"b": "x", "a": "2"}, ["v"])]


@pytest.mark.skipif(BLUE < 13, reason="it publishes each partition by its own name")
def test_partitions_may_be_cut_differently(replicated: ReplicatedFactory) -> None:
    columns = "(id int, at date, v text, PRIMARY KEY (id, at))"
    blue = f"""CREATE TABLE events {columns} PARTITION BY RANGE (at);
               CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
               CREATE TABLE events_new PARTITION OF events DEFAULT; CREATE TABLE plain {columns};"""
    green = f"""CREATE TABLE events {columns} PARTITION BY HASH (id);
                CREATE TABLE events_0 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                CREATE TABLE plain {columns} PARTITION BY HASH (id);
                CREATE TABLE plain_0 PARTITION OF plain FOR VALUES WITH (MODULUS 1, REMAINDER 0);"""
    rows = """INSERT INTO events SELECT g, date '2024-06-01' + g, 'v' FROM generate_series(1, 400) g;
              INSERT INTO plain SELECT * FROM events"""
    pair = replicated(blue, rows, green_schema=green)
    clean = pair.compare()
    assert clean["consistent"] is True
    assert [table["table"] for table in clean["tables"]] == ["public.events", "public.plain"]
    pair.plant("UPDATE events SET v = 'w' WHERE id = 3; DELETE FROM plain WHERE id = 4")
    result = pair.compare()
    assert found_in(result, "public.events") == [("changed", {"id": "3", "at": "2024-06-04"}, ["v"])]
    assert found_in(result, "public.plain") == [("missing", {"id": "4", "at": "2024-06-05"}, None)]


def test_inheriting_tables_are_compared_each_for_itself(replicated: ReplicatedFactory) -> None:
    schema = "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);"
    pair = replicated(schema, "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1), (2)")
    clean = pair.compare()
    assert clean["consistent"] is True
    assert table_of(clean, "public.parent")["rows"] == {"blue": 1, "green": 1}
    pair.plant("DELETE FROM child WHERE id = 1")
    assert found_in(pair.compare(), "public.child") == [("missing", {"id": "1"}, None)]
    assert found_in(pair.compare(), "public.parent") == []


@pytest.mark.skipif(BLUE < 12, reason="it has no generated columns")
def test_wider_types_and_columns_of_one_side_only_are_no_difference(replicated: ReplicatedFactory) -> None:
    blue = """CREATE TABLE t (id int PRIMARY KEY, small smallint, name varchar(20), code char(3), price numeric(8,2),
              doc json, at timestamp(0), legacy text, twice int GENERATED ALWAYS AS (id * 2) STORED);"""
    green = """CREATE TABLE t (phone text, doc jsonb, price numeric(12,4), code char(5), name text, small int,
               id bigint PRIMARY KEY, at timestamp(6), twice int GENERATED ALWAYS AS (id * 2) STORED);"""
    pair = replicated(blue, "", green_schema=green, link=False)
    pair.blue.query("""INSERT INTO t VALUES (1, -2, 'Ann', 'ab', 1.50, '{"b": 1,  "a": 2}', '2026-01-01', 'x')""")
    pair.plant("""INSERT INTO t (id, small, name, code, price, doc, at) VALUES
                  (1, -2, 'Ann', 'ab', 1.50, '{"b": 1,  "a": 2}', '2026-01-01')""")
    clean = pair.compare(at_rest=True)
    assert clean["consistent"] is True, clean
    assert table_of(clean, "public.t")["columns_ignored"] == {"blue": ["legacy"], "green": ["phone"]}
    pair.plant("UPDATE t SET small = 2, price = 1.5001, code = 'abc', at = at + interval '1 us'")
    assert found_in(pair.compare(at_rest=True), "public.t") == [
        ("changed", {"id": "1"}, ["small", "code", "price", "at"])
    ]


@pytest.mark.parametrize("key", ["PRIMARY KEY", ""])
def test_values_swapped_between_two_rows_do_not_cancel_out(replicated: ReplicatedFactory, key: str) -> None:
    # Twenty tables, because a weaker sum would let only some of them pass.
    tables = [f"t{number}" for number in range(20)]
    schema = "".join(f"CREATE TABLE {table} (id int {key}, a int, b text);" for table in tables)
    rows = "".join(
        f"INSERT INTO {table} VALUES (1, {number}, 'x'), (2, {number + 7}, 'y');" for number, table in enumerate(tables)
    )
    pair = replicated(schema, rows, link=False)
    pair.plant(rows)
    for number, table in enumerate(tables):
        pair.plant(f"UPDATE {table} SET a = {2 * number + 7} - a")
    result = pair.compare(buckets=1, at_rest=True)
    expected = 2 if key else 4
    assert [table["difference_count"] for table in result["tables"]] == [expected] * 20


@pytest.mark.parametrize("buckets", [1, 3, 65536])
def test_any_number_of_buckets_finds_the_same(replicated: ReplicatedFactory, buckets: int) -> None:
    schema = "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE keyless (id int, v int);"
    rows = "INSERT INTO t SELECT g, g FROM generate_series(1, 100) g; INSERT INTO keyless SELECT * FROM t;"
    pair = replicated(schema, rows)
    pair.plant("UPDATE t SET v = 0 WHERE id IN (1, 77); UPDATE keyless SET v = 0 WHERE id IN (1, 77)")
    result = pair.compare(buckets=buckets)
    assert found_in(result, "public.t") == [("changed", {"id": "1"}, ["v"]), ("changed", {"id": "77"}, ["v"])]
    assert table_of(result, "public.keyless")["difference_count"] == 4


def test_crowded_buckets_are_split(replicated: ReplicatedFactory) -> None:
    schema = "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE keyless (v int);"
    rows = """INSERT INTO t SELECT g, g FROM generate_series(1, 60000) g;
              INSERT INTO keyless SELECT 7 FROM generate_series(1, 30000);
              INSERT INTO keyless SELECT g FROM generate_series(1, 30000) g"""
    pair = replicated(schema, rows)
    pair.plant("UPDATE t SET v = 0 WHERE id IN (1, 60000); DELETE FROM t WHERE id = 30000")
    pair.plant("INSERT INTO keyless VALUES (7); DELETE FROM keyless WHERE v = 30000")
    result = pair.compare(buckets=2)
    assert found_in(result, "public.t") == [
        ("changed", {"id": "1"}, ["v"]), ("changed", {"id": "60000"}, ["v"]), ("missing", {"id": "30000"}, None),
    ]  # fmt: skip
    assert [kind for kind, _key, _columns in found_in(result, "public.keyless")] == ["extra", "missing"]
    assert table_of(result, "public.keyless")["rows"] == {"blue": 60000, "green": 60000}


def test_many_differences_are_all_counted(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t SELECT g, 'v' FROM generate_series(1, 9000) g"
    )
    pair.plant("DELETE FROM t WHERE id % 2 = 0; UPDATE t SET v = 'w' WHERE id % 3 = 0")
    table = table_of(pair.compare(max_differences=7), "public.t")
    assert table["difference_count"] == 4500 + 1500
    assert len(table["differences"]) == 7
    assert table["rows"] == {"blue": 9000, "green": 4500}
