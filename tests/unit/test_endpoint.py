# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side as we reach it, and as the other server does."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_OURS = {"host": "blue.example.org", "dbname": "shop", "password": "secret", "service": "s", "options": "-c x=y"}


def test_what_only_we_can_use_is_not_told_to_the_other_server() -> None:
    seen = Endpoint.from_parameters(Side.BLUE, {**_OURS, "passfile": "/here"}, {}).peer
    assert seen == {"host": "blue.example.org", "dbname": "shop", "password": "secret"}


def test_a_password_file_on_the_other_server_spares_it_the_password() -> None:
    endpoint = Endpoint.from_parameters(Side.BLUE, {**_OURS, "peer": {"passfile": "/there", "port": None}}, {})
    assert endpoint.peer == {"host": "blue.example.org", "dbname": "shop", "passfile": "/there"}
    assert endpoint.keywords["password"] == "secret"
