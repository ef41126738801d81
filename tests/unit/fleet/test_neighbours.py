# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many migrations of one run share a server."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.filter.migrations_at_once import migrations_at_once as filtered
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.neighbours import (
    Server,
    migrations_at_once,
    server_of,
)

_SERVERS: st.SearchStrategy[Server] = st.sampled_from([None, ("a", "", ""), ("b", "", ""), ("a", "", "5433")])


def test_a_server_is_told_by_address_and_port() -> None:
    assert server_of({"host": "a", "port": 5432, "dbname": "x"}) == server_of({"host": "a", "port": "5432"})
    assert server_of({"host": "a", "port": 5432}) != server_of({"host": "a", "port": 5433})
    assert server_of({"host": "a"}) != server_of({"hostaddr": "a"})
    assert [server_of(side) for side in (None, {}, {"service": "x"}, {"dsn": "host=a", "port": 1})] == [None] * 4


@given(st.dictionaries(st.text(), st.tuples(_SERVERS, _SERVERS), min_size=1))
def test_each_counts_all_that_may_use_one_of_its_servers(servers: dict[str, tuple[Server, Server]]) -> None:
    found = migrations_at_once(servers)
    for host, pair in servers.items():
        shared = [
            sum(None in (pair[side], other[side]) or pair[side] == other[side] for other in servers.values())
            for side in (0, 1)
        ]
        assert found[host] == max(shared) >= 1


def test_what_cannot_be_read_of_one_host_counts_for_all() -> None:
    sides = {"bluegreen_blue": {"host": "a"}, "bluegreen_green": {"host": "b"}}
    others: dict[str, Any] = {"two": {"bluegreen_blue": {"host": "c"}}, "three": {**sides, "bluegreen_blue": "a text"}}
    assert filtered({"one": sides, **others}, ["one", "two", "three"]) == {"one": 3, "two": 3, "three": 3}
    assert filtered({"one": sides, **others}, ["one"]) == {"one": 1}
