# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that our sessions ask for, whether they got them, and who has set others."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.session_settings import (
    FILLS,
    LOCK_SECONDS,
    OURS,
    UNKNOWN_BEFORE_TABLE_ACCESS_METHODS,
    Origin,
    deviations,
    gates_would_not_be_heeded,
    known_to,
    not_in_force,
    options,
    options_of_sender,
    pooler_in_between,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side


def test_options_are_escaped_as_libpq_reads_them_and_a_client_that_is_gone_is_noticed() -> None:
    text = options({"search_path": "pg_catalog, pg_temp", "backslash": "\\"})
    assert text.startswith("-c search_path=pg_catalog,\\ pg_temp -c backslash=\\\\ ")
    assert "-c tcp_user_timeout=10s" in text


def test_a_link_asks_for_texts_that_every_server_reads_alike_where_the_subscription_does_not() -> None:
    assert options_of_sender(15) == ""
    assert "-c extra_float_digits=" in options_of_sender(14)


def test_a_server_is_asked_only_for_settings_that_it_has() -> None:
    both = ["work_mem", *UNKNOWN_BEFORE_TABLE_ACCESS_METHODS]
    assert known_to(12, both) == both
    assert known_to(11, both) == ["work_mem"]


def test_what_is_not_in_force_or_unknown_is_named() -> None:
    wanted = {"DateStyle": "ISO", "row_security": "off", "role": "none"}
    assert deviations(wanted, {"DateStyle": "ISO", "row_security": "on"}) == ["row_security", "role"]
    assert deviations(wanted, {**wanted, "more": "x"}) == []


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin("x", "shop", ""), "a setting of the database shop"),
        (Origin("x", "", "ada"), "a setting of the role ada"),
        (Origin("x", "shop", "ada"), "a setting of the role ada in the database shop"),
        (Origin("x", "", "ALL"), "a setting of all roles"),
    ],
)
def test_who_has_chosen_a_setting_is_told(origin: Origin, words: str) -> None:
    assert str(origin) == words
    error = gates_would_not_be_heeded(Side.BLUE, "replica", [origin])
    assert (error.code, f"= replica by {words}, and" in error.what) == ("BG024", True)


def test_a_session_without_its_settings_is_refused_with_whoever_has_chosen_first() -> None:
    origins = [Origin("role", "shop", "ada"), Origin("role", "shop", "")]
    error = not_in_force(Side.GREEN, ["role", "x"], {"role": "none", "x": "1"}, {"role": "boss", "x": None}, origins)
    assert error.code == "BG023"
    assert "role is 'boss' and not 'none' by a setting of the role ada in the database shop; x is 'None'" in error.what
    assert "Let bluegreen_green lead to the server itself" in error.todo
    assert "replica, and may not" in gates_would_not_be_heeded(Side.BLUE, "replica", []).what
    assert "by a setting of the role ada in" in gates_would_not_be_heeded(Side.BLUE, "replica", origins).what


def test_every_session_of_ours_gives_up_on_a_lock_after_five_seconds() -> None:
    assert (LOCK_SECONDS, OURS["lock_timeout"]) == (5, "5s")
    assert "-c lock_timeout=5s" in options(FILLS)


@pytest.mark.parametrize(("server", "place"), [("10.0.0.8:5432", "10.0.0.8:5432"), ("", "a local socket")])
def test_behind_a_pooler_it_is_said_where_the_server_itself_listens(server: str, place: str) -> None:
    error = pooler_in_between(Side.BLUE, "10.0.0.7:6432", server)
    assert error.what.startswith("Blue at 10.0.0.7:6432 is a pooler")
    assert f"which listens at {place}; applications keep their pooler" in error.todo
