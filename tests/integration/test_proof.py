# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""We never write to a user's table to prove something: its triggers would see the write, or refuse it."""

from __future__ import annotations

import pytest
from psycopg2 import sql

from tests.fixtures.migrations import Pair, PairFactory

# Named so that it comes first. Only inserts are allowed; every DELETE is recorded, even of no rows.
_SENSITIVE = """
SET ROLE {owner};
CREATE TABLE "Odd ""Name"."AAA" (id int PRIMARY KEY, note text);
CREATE TABLE seen (at timestamptz DEFAULT clock_timestamp(), by_role text DEFAULT session_user, what text,
                   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE FUNCTION only_rows_that_come() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows only ever come'; END $$;
CREATE FUNCTION put_down() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO seen (what) VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE TRIGGER only_rows_that_come BEFORE UPDATE OR DELETE ON "Odd ""Name"."AAA" EXECUTE FUNCTION only_rows_that_come();
CREATE TRIGGER put_down BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON users EXECUTE FUNCTION put_down();
CREATE TRIGGER put_down BEFORE DELETE ON "Odd ""Name"."Täble 1" EXECUTE FUNCTION put_down();
GRANT SELECT, INSERT, UPDATE, DELETE ON "Odd ""Name"."AAA", seen TO {app};
"""


@pytest.mark.parametrize("majors", [(17, 18), pytest.param((15, 17), marks=pytest.mark.soak)])
def test_no_trigger_of_a_table_sees_the_switch_or_the_check_of_the_route(
    pair: PairFactory, majors: tuple[int, int]
) -> None:
    made = pair(*majors)
    for side in (made.blue, made.green):
        side.query(sql.SQL(_SENSITIVE).format(**{kind: sql.Identifier(one.name) for kind, one in side.roles.items()}))
    made.replicate()
    for target in ("green", "blue"):
        assert made.succeed("cutover", target=target)["in_service"] == target
        serves = made.green if target == "green" else made.blue
        assert made.succeed("route_check", application=serves.endpoint("app"))["reached"] == target
        assert _seen(made) == [[], []]
    assert made.write(made.blue) is None
    assert _seen(made)[0], "a trigger that sees nothing proves nothing"


def _seen(made: Pair) -> list[list[tuple[str, str]]]:
    return [side.query("SELECT by_role, what FROM seen") for side in (made.blue, made.green)]
