# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema's surroundings, and which of them our role may create; output of squawk and of a rehearsal's writer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.writes import Ledger, longest_gaps
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.squawk import findings_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.surroundings import (
    Powers,
    Surrounding,
    Surroundings,
)


def _powers(may: bool, **changes: Any) -> Powers:
    every = ("superuser", "creates_roles", "creates_databases", "replication", "bypasses", "owns_database")
    roles, parameters = {"app": may}, {"work_mem": True}
    return Powers(**{"major": 18, **dict.fromkeys(every, may), "roles": roles, "parameters": parameters, **changes})


_SUPERUSER = _powers(may=True)
_NOBODY = _powers(may=False)


def _role(name: str, **changes: Any) -> Surrounding:
    plain = {"superuser": False, "login": True, "creates_databases": False, "replication": False, "bypasses": False}
    return Surrounding("role", name, "LOGIN", {"role": name, **plain, **changes})


def _setting(parameter: str, role: str | None = None) -> Surrounding:
    return Surrounding("setting", f"{parameter} of {role}", "1", {"parameter": parameter, "role": role})


def test_a_superuser_brings_all_but_superusers_and_what_a_service_has() -> None:
    reader, boss, service = _role("reader"), _role("boss", superuser=True), _role("rds_superuser")
    joined = Surrounding("membership", "reader in boss", "", {"role": "reader", "group": "boss"})

    possible, rest = Surroundings((boss, service, reader, joined), (), _SUPERUSER).split()

    assert possible == [reader]
    assert [one for one, _reason in rest] == [boss, service, joined]
    assert all(reason for _one, reason in rest)


@pytest.mark.parametrize("major", [15, 16])
def test_createrole_gives_no_more_than_it_has(major: int) -> None:
    powers = _powers(may=False, major=major, creates_roles=True, replication=True)
    asked = (_role("a", creates_databases=True), _role("b", replication=True), _role("c", bypasses=True))

    possible, _rest = Surroundings(asked, (), powers).split()

    assert {one.role for one in possible} == ({"b"} if major >= 16 else {"a"})


def test_what_green_has_is_left_and_what_nobody_may_is_named() -> None:
    app, mine = _role("app"), _setting("work_mem")
    assert Surroundings((app,), (app,), _NOBODY).split() == ([], [])

    wanted = (mine, _setting("gone"), _setting("work_mem", "app"))
    possible, rest = Surroundings(wanted, (), _NOBODY).split()
    assert possible == []
    assert len(rest) == 3
    [(_one, reason)] = Surroundings((_setting("gone"),), (), _SUPERUSER).split()[1]
    assert "knows no such parameter" in reason


def test_passwords_that_cannot_be_read_are_told_of_roles_that_log_in() -> None:
    roles = (_role("ada"), _role("group", login=False))
    around = Surroundings(roles, (), _SUPERUSER, frozenset({"ada", "group"}))

    assert around.without_password(roles) == ["ada"]
    assert "LOGIN" not in repr(roles[0])


@given(st.lists(st.floats(0, 1000), min_size=2, unique=True))
def test_the_longest_gap_is_that_of_its_phase(times: list[float]) -> None:
    moments = sorted(times)
    middle = moments[len(moments) // 2]
    spans = {"all": (-1, 2000), "a": (-1, middle), "b": (middle, 2000), "none": (3000, 4000)}
    phases = [{"name": name, "began": began, "ended": ended} for name, (began, ended) in spans.items()]

    gaps = longest_gaps(moments, phases)

    assert gaps["none"] is None
    assert gaps["all"] == max(gap for gap in (gaps["a"], gaps["b"]) if gap is not None)


def test_a_ledger_tells_what_is_missing_and_what_has_come_back() -> None:
    ledger = Ledger(kept={("1",), ("2",)}, deleted={("3",)})

    assert (ledger.missing([("1",), ("3",)]), ledger.returned([("1",), ("3",)])) == (1, 1)


@pytest.mark.parametrize("report", ["", "{}", "[1]", '[{"file": "a"}]', '[{"line": "x"}]'])
def test_what_is_no_report_of_squawks_is_an_error(report: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        findings_of(report)


def _why_not(one: Surrounding, powers: Powers, *before: Surrounding) -> str:
    """Return why it cannot be brought after those that can, an empty string where it can."""
    _possible, rest = Surroundings((*before, one), (), powers).split()
    return dict(rest).get(one, "")


_MAKES_ROLES = _powers(may=False, creates_roles=True)
_MEMBER = Surrounding("membership", "ada in app", "", {"role": "ada", "group": "app"})
_PASSWORD = Surrounding("password", "app", "x", {"role": "app"})
_GRANT = Surrounding("privilege", "CONNECT of app", "x", {"role": "app"})
_ABSENT = Surrounding("membership", "one in two", "", {"role": "one", "group": "two"})


def test_who_may_change_a_role_brings_its_password_and_members() -> None:
    may = _powers(may=False, roles={"app": True, "ada": False})
    may_not = _powers(may=False, roles={"app": False, "ada": True})
    for one in (_MEMBER, _PASSWORD):
        assert _why_not(one, may) == ""
        assert _why_not(one, may_not).startswith("our role on green may not change role app: ")
    assert _why_not(_MEMBER, _MAKES_ROLES) == "green has no role ada"
    assert _why_not(_ABSENT, _MAKES_ROLES) == "green has no role one"


def test_a_role_that_is_made_first_may_be_changed() -> None:
    shop = _role("shop")
    password = Surrounding("password", "shop", "x", {"role": "shop"})
    assert _why_not(password, _MAKES_ROLES, shop) == ""
    assert _why_not(_setting("work_mem", "shop"), _MAKES_ROLES, shop) == ""
    assert _why_not(password, _MAKES_ROLES, _setting("work_mem", "shop")) == "green has no role shop"
    assert _why_not(_setting("work_mem", "app"), _MAKES_ROLES).startswith("our role on green may not change role app")


@pytest.mark.parametrize(
    ("changes", "may"),
    [({}, False), ({"owns_database": True}, True), ({"superuser": True}, True)],
)
def test_the_database_s_owner_and_a_superuser_bring_what_hangs_on_it(changes: dict[str, bool], may: bool) -> None:
    powers = _powers(may=False, **changes)
    for one in (_GRANT, _setting("work_mem")):
        why_not = _why_not(one, powers)
        assert (not why_not) is may
        assert may or why_not.startswith("our role does not own green's database: ")


def test_to_bring_something_of_a_role_does_not_make_that_role_ours() -> None:
    owner = _powers(may=False, owns_database=True)
    assert _why_not(_PASSWORD, owner, _GRANT).startswith("our role on green may not change role app: ")


def test_what_a_server_needs_to_create_it_is_not_shown() -> None:
    shown = repr(Surrounding("password", "app", "SCRAM-secret", {"role": "app", "password": "SCRAM-secret"}))
    assert shown == "Surrounding(kind='password', name='app')"


def test_a_parameter_is_set_by_whoever_may() -> None:
    owner = _powers(may=False, owns_database=True, parameters={"work_mem": False})
    assert _why_not(_setting("work_mem"), owner).startswith("our role on green may not set it: ")
    assert _why_not(_setting("shop.mode"), owner).startswith("our role on green may not set it: ")
    assert _why_not(_setting("shop.mode"), _SUPERUSER) == ""
    assert _why_not(_setting("gone"), owner) == "PostgreSQL 18 knows no such parameter"


@pytest.mark.parametrize(("major", "why_not"), [(18, ""), (19, "PostgreSQL 19 knows no other value than on")])
def test_strings_that_do_not_conform_are_not_set_where_no_server_takes_them(major: int, why_not: str) -> None:
    powers = _powers(may=True, major=major, parameters={"standard_conforming_strings": True})
    assert _why_not(_setting("standard_conforming_strings"), powers) == why_not


def test_what_green_has_does_not_end_the_look_at_the_rest() -> None:
    app, reader = _role("app"), _role("reader")
    assert Surroundings((app, reader), (app,), _SUPERUSER).split() == ([reader], [])


def test_a_finding_of_squawks_is_told_by_file_and_line_as_an_editor_counts() -> None:
    report = """[
        {"file": "/a/b/2.sql", "line": 0, "rule_name": "r", "level": "Warning", "message": "m", "help": "h"},
        {"file": "1.sql", "line": 4, "rule_name": "r", "level": "Error", "message": "m"}
    ]"""
    first, second = findings_of(report)
    assert (first["file"], first["line"], first["level"], first["help"]) == ("1.sql", 5, "error", None)
    assert (second["file"], second["line"], second["level"], second["help"]) == ("2.sql", 1, "warning", "h")
