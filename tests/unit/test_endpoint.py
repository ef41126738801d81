# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side as we reach it, and as the other server does."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_OURS = {"host": "blue.example.org", "dbname": "shop", "password": "secret", "service": "s", "options": "-c x=y"}


def test_what_only_we_can_use_is_not_told_to_the_other_server() -> None:
    seen = Endpoint.from_parameters(Side.BLUE, {**_OURS, "passfile": "/here"}, {}).peer
    assert seen == {"host": "blue.example.org", "dbname": "shop", "password": "secret"}


def test_a_password_file_on_the_other_server_spares_it_the_password() -> None:
    endpoint = Endpoint.from_parameters(Side.BLUE, {**_OURS, "peer": {"passfile": "/there", "port": None}}, {})
    assert endpoint.peer == {"host": "blue.example.org", "dbname": "shop", "passfile": "/there"}
    assert endpoint.keywords["password"] == "secret"


def test_a_keyword_that_belongs_to_us_is_refused_in_a_connection_string() -> None:
    with pytest.raises(MigrationError, match="The dsn of blue has replication, which we ask for") as refused:
        Endpoint.from_parameters(Side.BLUE, {}, {"host": "h", "replication": "database"})
    assert refused.value.code == "BG012"
    taken = {"host": "h", "sslnegotiation": "direct", "require_auth": "scram-sha-256"}
    assert Endpoint.from_parameters(Side.BLUE, {}, taken).keywords == taken
    assert Endpoint.from_parameters(Side.BLUE, taken, {}).peer == taken


def test_options_for_the_other_server_are_added_to_its_own() -> None:
    own = Endpoint(Side.BLUE, {}, {"options": "-c a=1"})
    assert own.peer_conninfo("x", "-c b=2") == "options='-c a=1 -c b=2' application_name='x'"
    assert own.peer_conninfo("x") == "options='-c a=1' application_name='x'"
    bare = Endpoint(Side.BLUE, {}, {})
    assert bare.peer_conninfo("x", "-c b=2") == "options='-c b=2' application_name='x'"
    assert bare.peer_conninfo("x") == "application_name='x'"


@pytest.mark.parametrize(
    ("keywords", "address"),
    [
        ({"host": "h", "hostaddr": "1.2.3.4", "service": "s", "port": "6432", "dbname": "shop"}, "h:6432/shop"),
        ({"hostaddr": "1.2.3.4", "service": "s", "dbname": "shop"}, "1.2.3.4/shop"),
        ({"service": "s", "dbname": "shop"}, "s/shop"),
        ({"dbname": "shop", "password": "secret"}, "local socket/shop"),
        ({"port": "5433"}, "local socket:5433/"),
    ],
)
def test_an_address_is_told_by_the_first_thing_that_says_where(keywords: dict[str, str], address: str) -> None:
    assert Endpoint(Side.BLUE, keywords, {}).address == address
