# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating a subscription, and leading it elsewhere, so that no log contains its connection string.

A server logs a statement that fails, and in the context of a warning the statement that a DO block has executed. So the
string is passed in a setting, errors are raised again, and the statement is in the body of a function, of which a
warning shows only the name. The function is dropped before anybody else could see it.
"""

from __future__ import annotations

from .functions import PINNED

HAND_OVER = "SELECT pg_catalog.set_config(pg_catalog.concat('bluegreen.', %(name)s::text), %(value)s, true)"


def _by_a_function(statement: str, *settings: str) -> str:
    values = ", ".join(f"pg_catalog.current_setting('bluegreen.{name}')" for name in settings)
    return f"""
CREATE SCHEMA bluegreen_statement;
EXECUTE pg_catalog.format(
    'CREATE FUNCTION bluegreen_statement.run() RETURNS pg_catalog.void LANGUAGE sql {PINNED} AS %L',
    pg_catalog.format('{statement}', {values}));
REVOKE ALL ON FUNCTION bluegreen_statement.run() FROM PUBLIC;
PERFORM bluegreen_statement.run();
"""


def _in_a_block(body: str) -> str:
    return f"""
DO $bluegreen$
DECLARE
    detail pg_catalog.text;
BEGIN
    {body}
    DROP FUNCTION bluegreen_statement.run();
    DROP SCHEMA bluegreen_statement;
EXCEPTION
    WHEN query_canceled OR OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = pg_catalog.concat_ws(': ', SQLERRM,
            CASE WHEN detail OPERATOR(pg_catalog.<>) '' THEN detail END);
END $bluegreen$
"""


CREATE = _by_a_function(
    "CREATE SUBSCRIPTION %1$I CONNECTION %2$L PUBLICATION %1$I WITH (%3$s)", "name", "conninfo", "options"
)
SUBSCRIBE = _in_a_block(CREATE)
LEAD = _in_a_block(_by_a_function("ALTER SUBSCRIPTION %1$I CONNECTION %2$L", "name", "conninfo"))
