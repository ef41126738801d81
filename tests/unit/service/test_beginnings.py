# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is reported about other roles' sessions, word by word."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.beginnings import Beginning, strays

REPLICA, SIGNPOST = "session_replication_role", "default_transaction_read_only"


def told(setting: str, value: str | None, *, of_role: bool = True) -> list[str]:
    return [stray.code for stray in strays([Beginning("app", setting, value, of_role, "ALTER …")])]


@pytest.mark.parametrize("value", ["replica", "REPLICA", None])
def test_a_session_that_is_or_may_be_a_replica_s_is_told(value: str | None) -> None:
    assert told(REPLICA, value, of_role=False) == ["BG250"]


@pytest.mark.parametrize("value", ["origin", "local"])
def test_other_sessions_heed_the_gate(value: str) -> None:
    assert told(REPLICA, value) == []


@pytest.mark.parametrize("value", ["off", "OFF", "of", "0", "f", "False", "n", "no"])
def test_every_word_for_off_of_a_role_overlooks_the_signpost(value: str) -> None:
    assert told(SIGNPOST, value) == ["BG251"]
    assert told(SIGNPOST, value, of_role=False) == []


@pytest.mark.parametrize("value", ["on", "o", "true", "1", "yes"])
def test_no_other_word_does(value: str) -> None:
    assert told(SIGNPOST, value) == []


def test_each_role_has_its_own_way_out() -> None:
    (stray,) = strays(Beginning(role, REPLICA, "replica", of_role=True, mend=f"for {role}") for role in ("a", "b"))
    assert stray.mends == {"a": "for a", "b": "for b"}
