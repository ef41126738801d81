# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each word of libpq's `target_session_attrs` leads, before a cutover and after it: what docs/routes.md says."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from demo.commands import PROJECT
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.routes.rigs import side_of

_WORDS = ("read-write", "read-only", "any", "primary", "prefer-standby", "standby")
_BLUE_FIRST, _GREEN_FIRST = (Side.BLUE, Side.GREEN), (Side.GREEN, Side.BLUE)


def _reached(made: Pair, word: str, order: Sequence[Side]) -> str:
    ports = ",".join(str(getattr(made, side).server.port) for side in order)
    ends = {**made.blue.endpoint("app"), "host": f"{LOOPBACK},{LOOPBACK}", "port": ports}
    try:
        session = psycopg2.connect(**ends, target_session_attrs=word)
    except psycopg2.OperationalError:
        return "neither"
    try:
        return str(side_of(session))
    finally:
        session.close()


def _by_word(made: Pair, order: Sequence[Side]) -> dict[str, str]:
    return {word: _reached(made, word, order) for word in _WORDS}


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair whose links live in both directions."""
    made = pair()
    made.replicate()
    return made


def test_no_word_of_libpq_moves_readers_first_and_the_page_says_where_each_leads(ready: Pair) -> None:
    seen = {("before", order): _by_word(ready, order) for order in (_BLUE_FIRST, _GREEN_FIRST)}
    ready.succeed("cutover", target="green", routes=[{"type": "multihost"}])
    seen |= {("after", order): _by_word(ready, order) for order in (_BLUE_FIRST, _GREEN_FIRST)}

    page = (PROJECT / "docs" / "routes.md").read_text(encoding="utf-8")
    for word in _WORDS:
        row = [seen[when, order][word] for order in (_BLUE_FIRST, _GREEN_FIRST) for when in ("before", "after")]
        assert f"| `{word}` | {' | '.join(row)} |" in page
    # The two that could be meant for readers are on the wrong side, before or after.
    assert seen["before", _BLUE_FIRST]["read-only"] == "green"
    assert seen["after", _BLUE_FIRST]["read-only"] == "blue"
    assert seen["after", _BLUE_FIRST]["prefer-standby"] == "blue"
