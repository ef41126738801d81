# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every statement of ours is understood by a server of every major version in which it may be used."""

from __future__ import annotations

import re

import pytest
from psycopg2 import errors

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.capabilities import Capability
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql import older
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.older import spelled_for
from demo.installations import VERSIONS
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.every_statement import (
    BEFORE,
    ON_GREEN,
    SINCE,
    TEMPORARY,
    Statement,
    fragments_left_over,
    functions_without_example,
    furnish,
    statements,
)


@pytest.fixture(params=chosen(VERSIONS, 11, 12, 13, 18))
def furnished(request: pytest.FixtureRequest, database: DatabaseFactory) -> Database:
    """Give a database with everything that is ours, and a table of the user's."""
    made = database(request.param)
    furnish(made)
    return made


def test_every_statement_is_understood(furnished: Database) -> None:
    major, opened = furnished.server.major, furnished.connect()
    opened.cursor().execute(TEMPORARY)
    refused = []
    for one in statements(major):
        with opened.cursor() as cursor:
            for part in one.as_checked(lambda text: spelled_for(text, major)):
                try:
                    cursor.execute(part)
                    cursor.execute("ROLLBACK")
                except errors.Error as error:
                    refused.append(f"{one.name}: {type(error).__name__}: {str(error).strip()[:300]}")
                    cursor.execute("ROLLBACK")
                    break
    assert not refused, "\n".join(refused)


def test_no_constant_is_left_out() -> None:
    newest = max(VERSIONS)
    assert not fragments_left_over(newest), "they are part of no statement that this test knows"
    assert not functions_without_example()
    names = {one.name for major in VERSIONS for one in statements(major)}
    assert {*SINCE, *BEFORE, *ON_GREEN} <= names | {one.partition(" ")[0] for one in names}


@pytest.mark.parametrize("capability", older._WITHOUT, ids=lambda one: one.name)
def test_every_older_spelling_is_needed(capability: Capability) -> None:
    texts = [one.text for one in statements(max(VERSIONS))]
    for pattern, _instead in older._WITHOUT[capability]:
        assert any(re.search(pattern, text) for text in texts), pattern


def test_a_statement_that_a_server_does_not_understand_is_seen(database: DatabaseFactory) -> None:
    opened = database(13).connect()
    for text in (
        "SELECT x.nobody FROM pg_catalog.pg_class x WHERE x.relname = %(name)s",
        "ALTER TABLE {table} ALTER COLUMN a SET COMPRESSION pglz",
        "SET idle_session_timeout = %(ms)s",
    ):
        [part] = Statement("made.up", text).as_checked(str)
        with pytest.raises((errors.UndefinedColumn, errors.SyntaxError, errors.UndefinedObject)):
            opened.cursor().execute(part)
