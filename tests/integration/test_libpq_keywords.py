# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every keyword of libpq is taken, or refused with a reason."""

from __future__ import annotations

import ctypes

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import KEYWORDS, NOT_TAKEN
from demo.installations import VERSIONS, find_installation
from tests.fixtures.migrations import PairFactory


class _Option(ctypes.Structure):
    """PQconninfoOption (https://www.postgresql.org/docs/current/libpq-connect.html)."""

    _fields_ = (
        *((name, ctypes.c_char_p) for name in ("keyword", "envvar", "compiled", "val", "label", "dispchar")),
        ("dispsize", ctypes.c_int),
    )


def _known_to_libpq(major: int) -> set[str]:
    library = ctypes.CDLL(str(find_installation(major) / "lib" / "libpq.so.5"))
    library.PQconndefaults.restype = ctypes.POINTER(_Option)
    options = library.PQconndefaults()
    known: set[str] = set()
    for option in options:
        if not option.keyword:
            return known
        known.add(str(option.keyword.decode()))
    raise AssertionError("the list has no end")


def test_we_know_every_keyword_of_the_newest_libpq() -> None:
    known = _known_to_libpq(max(VERSIONS))
    assert len(known) >= 50
    assert known == {*KEYWORDS, *NOT_TAKEN}


def test_keywords_beside_the_address_are_taken(pair: PairFactory) -> None:
    made = pair(17, 18)
    more = {
        "connect_timeout": "5", "keepalives_idle": "30", "target_session_attrs": "read-write", "sslmode": "disable",
        "require_auth": "scram-sha-256", "load_balance_hosts": "disable", "tcp_user_timeout": "10000",
    }  # fmt: skip
    blue = {**made.blue.endpoint("migrator"), **more}
    assert made.succeed("migration_info", blue=blue)["in_service"] == "blue"
    refused = made.run("migration_info", blue={**blue, "require_auth": "none"})
    assert refused["code"] == "BG003"
    assert "auth" in refused["msg"]
    refused = made.run("migration_info", blue={**blue, "application_name": "mine"})
    assert refused["code"] == "BG070"
    assert "blue has application_name, by which our sessions are known" in refused["msg"]
