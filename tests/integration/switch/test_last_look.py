# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick check under the fence: it reports whatever the thorough one would, and clients do not wait for both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.go_no_go.readiness import (
    plan_looks,
    read_quick_look,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.switch.left_behind import read_harmless
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.test_locks_of_ours import session_on

WHOEVER_MAY_PASS = {
    "a trigger is off": "ALTER TABLE looked DISABLE TRIGGER bluegreen_gate",
    "it is on again": "ALTER TABLE looked ENABLE TRIGGER bluegreen_gate",
    "another trigger": "CREATE OR REPLACE TRIGGER bluegreen_gate BEFORE INSERT ON looked EXECUTE FUNCTION theirs()",
    "a table": "CREATE TABLE more (n int PRIMARY KEY)",
    "a partition": "CREATE TABLE events_2030 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
    "it is detached": "ALTER TABLE events DETACH PARTITION events_2030",
    "a right": "GRANT TRIGGER ON looked TO PUBLIC",
    "a schema": "CREATE SCHEMA more",
    "a schema's rights": "GRANT CREATE ON SCHEMA more TO PUBLIC",
    "a member": "GRANT {owner} TO {app}",
    "the database's rights": "GRANT CREATE ON DATABASE {database} TO {app}",
    "the gate's function": "ALTER FUNCTION bluegreen.pass_gate() SECURITY INVOKER",
    "an owner": "ALTER TABLE looked OWNER TO {app}",
    "rows that are written anew": "ALTER TABLE looked ALTER id TYPE numeric",
    "a view that writes": "CREATE VIEW v AS SELECT 1 AS n;"
    "CREATE TRIGGER t INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION theirs()",
}
ANOTHER_FORM = {
    "a column's name": "ALTER TABLE looked RENAME name TO called",
    "a column's type": "ALTER TABLE looked ALTER called TYPE varchar(90)",
    "a column must be there": "ALTER TABLE looked ALTER called SET NOT NULL",
    "a column goes": "ALTER TABLE looked DROP COLUMN called",
    "a constraint": "ALTER TABLE looked ADD CONSTRAINT positive CHECK (id > 0)",
    "it goes": "ALTER TABLE looked DROP CONSTRAINT positive",
}
NOTHING = (
    "CREATE TEMP TABLE passing (n int PRIMARY KEY, CHECK (n > 0)); DROP TABLE passing",
    "ANALYZE looked",
    "VACUUM looked",
    "INSERT INTO looked VALUES (1, 'one more')",
    "SELECT setval('bluegreen.gate', 1, false)",
)


@pytest.fixture
def watched(pair: PairFactory) -> Iterator[tuple[Pair, Session]]:
    """Give a pair with the gate installed, and a session that has checked its blue."""
    made = pair()
    for side in (made.blue, made.green):
        side.query("CREATE TABLE looked (id integer PRIMARY KEY, name varchar(80))", role="owner")
    made.succeed("write_gate")
    made.blue.query("CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    session = session_on(made.blue, "migrator")
    plan_looks(session)
    yield made, session
    session.close()


def told(side: Database, statement: str) -> str:
    """Return the statement with this side's names in it."""
    return statement.format(database=side.name, **{kind: role.name for kind, role in side.roles.items()})


def test_whatever_lets_somebody_pass_the_gate_or_gives_a_table_another_form_is_told(
    watched: tuple[Pair, Session],
) -> None:
    made, session = watched
    unseen = []
    for statements, part in ((ANOTHER_FORM, "forms"), (WHOEVER_MAY_PASS, "gates")):
        for what, statement in statements.items():
            before = getattr(read_quick_look(session), part)
            made.blue.query(told(made.blue, statement))
            if getattr(read_quick_look(session), part) == before:
                unseen.append(what)
    assert unseen == []


def test_what_changes_nothing_costs_no_careful_look(watched: tuple[Pair, Session]) -> None:
    made, session = watched
    before = read_quick_look(session)
    for statement in NOTHING:
        made.blue.query(statement)
    assert read_quick_look(session) == before


def test_a_transaction_that_was_open_already_is_told(watched: tuple[Pair, Session]) -> None:
    made, session = watched
    opened = made.blue.connect("owner", autocommit=False)
    with opened.cursor() as cursor:
        cursor.execute("ALTER TABLE looked RENAME name TO called")
    made.blue.query("SELECT pg_current_xact_id()")
    plan_looks(session)
    before = read_quick_look(session)
    opened.commit()
    assert read_quick_look(session).forms != before.forms


@pytest.mark.parametrize(
    "right",
    [
        "GRANT TRIGGER ON looked TO {app}", "GRANT TRIGGER ON looked TO PUBLIC", "GRANT {owner} TO {app}",
        "CREATE SCHEMA theirs; GRANT CREATE ON SCHEMA theirs TO {app}", "ALTER ROLE {app} CREATEROLE",
        "GRANT CREATE ON DATABASE {database} TO {app}", "CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO {app}",
    ],
)  # fmt: skip
def test_who_may_pass_the_gate_is_not_harmless(watched: tuple[Pair, Session], right: str) -> None:
    made, session = watched
    app = made.blue.roles["app"].name
    assert app in read_harmless(session)
    assert made.blue.roles["owner"].name not in read_harmless(session)
    made.blue.query(told(made.blue, right))
    assert app not in read_harmless(session)
