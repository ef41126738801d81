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


_SEVERAL = {"host": "a,b", "port": "5432,6432", "dbname": "shop", "user": "migrator"}


def test_of_several_hosts_the_primary_is_taken() -> None:
    several = Endpoint.from_parameters(Side.BLUE, _SEVERAL, {})
    assert several.keywords["target_session_attrs"] == several.peer["target_session_attrs"] == "read-write"
    chosen = Endpoint.from_parameters(Side.BLUE, {**_SEVERAL, "target_session_attrs": "primary"}, {})
    assert chosen.keywords["target_session_attrs"] == "primary"
    assert "target_session_attrs" not in Endpoint.from_parameters(Side.BLUE, _OURS, {}).keywords


def test_the_other_server_is_led_to_the_one_that_answered_us() -> None:
    several = Endpoint.from_parameters(Side.BLUE, {**_SEVERAL, "peer": {"host": "x,y"}}, {})
    there = several.at(1)
    assert (there.keywords["host"], there.keywords["port"]) == ("b", "6432")
    assert there.peer_conninfo("l") == "host='y' port='6432' dbname='shop' user='migrator' application_name='l'"
    assert there.peer_address != several.at(0).peer_address
    one = Endpoint.from_parameters(Side.BLUE, {**_SEVERAL, "peer": {"host": "vip", "port": "5432"}}, {})
    assert one.at(1).peer_conninfo("l").startswith("host='vip' port='5432'")
    assert one.at(0).peer_address == one.at(1).peer_address


def test_one_host_is_left_as_it_is() -> None:
    one = Endpoint.from_parameters(Side.BLUE, _OURS, {})
    assert one.places == [one.keywords]
    assert one.at(0) is one


def test_a_port_for_all_hosts_is_given_to_each() -> None:
    several = Endpoint.from_parameters(Side.BLUE, {"host": "a,b,c", "port": "6432"}, {})
    assert [(one["host"], one["port"]) for one in several.places] == [("a", "6432"), ("b", "6432"), ("c", "6432")]
    addresses = Endpoint.from_parameters(Side.BLUE, {"host": "a,b", "hostaddr": "1.1.1.1,2.2.2.2"}, {})
    assert addresses.places[1] == {"host": "b", "hostaddr": "2.2.2.2", "target_session_attrs": "read-write"}


def test_numbers_that_do_not_match_are_left_to_libpq() -> None:
    mixed = Endpoint.from_parameters(Side.BLUE, {"host": "a,b", "port": "1,2,3"}, {})
    assert mixed.places == [mixed.keywords]


def test_a_peer_with_another_number_of_hosts_is_refused() -> None:
    with pytest.raises(MigrationError, match="names 2 hosts, and its peer 3") as refused:
        Endpoint.from_parameters(Side.BLUE, {**_SEVERAL, "peer": {"host": "x,y,z", "port": "1"}}, {})
    assert refused.value.code == "BG002"


def test_the_address_of_a_connection_has_no_secret() -> None:
    one, other = (Endpoint(Side.BLUE, {}, {"host": "h", "password": password}) for password in ("secret", "other"))
    assert one.peer_address == other.peer_address
    assert one.peer_address != Endpoint(Side.BLUE, {}, {"host": "i", "password": "secret"}).peer_address
