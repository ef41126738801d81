# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What refused statements of a trial restore mean: the cause, and what only follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import trial
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.psql import Failure, failures_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.surroundings import Surrounding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.trial import (
    Refusal,
    Trial,
    judged,
)

NOT_THERE, NOT_ALLOWED, NO_LIBRARY, NO_SYNTAX = "42P01", "42501", "58P01", "42601"


class Script:
    """A script as pg_restore writes it, and the failures of its statements."""

    def __init__(self) -> None:
        self.lines: list[str] = ["--", "-- PostgreSQL database dump", "--", "", "SET row_security = off;"]
        self.failures: list[Failure] = []

    def entry(
        self, number: int, name: str, kind: str, statements: Sequence[str], needs: Sequence[int] = (), owner: str = "me"
    ) -> None:
        """Add an entry."""
        self.lines += ["", "--", f"-- TOC entry {number} (class 1259 OID {number})"]
        self.lines += [f"-- Dependencies: {' '.join(map(str, needs))}"] if needs else []
        self.lines += [f"-- Name: {name}; Type: {kind}; Schema: public; Owner: {owner}", "-- Data Pos: 0", "--", ""]
        self.lines += statements

    def fail(self, sqlstate: str, message: str = "no") -> None:
        """Let the last line be where a statement failed."""
        self.failures.append(Failure(message, "schema.sql", len(self.lines), sqlstate))

    def judge(self) -> list[Refusal]:
        """Return the refusals."""
        return list(judged("\n".join(self.lines), self.failures).refusals)


def test_a_script_without_failures_has_no_refusals() -> None:
    script = Script()
    script.entry(1, "users", "TABLE", ["CREATE TABLE public.users ();"])
    assert script.judge() == []


@pytest.mark.parametrize(
    ("kind", "sqlstate", "message", "cause"),
    [
        ("EXTENSION", NOT_ALLOWED, "no", trial.EXTENSION),
        ("COLLATION", "22023", "no", trial.COLLATION),
        ("TABLE", "42704", 'collation "x" for encoding "UTF8" does not exist', trial.COLLATION),
        ("TABLE", "42704", "type is missing; HINT: not the collation", trial.OTHER),
        ("FOREIGN DATA WRAPPER", NOT_ALLOWED, "no", trial.FOREIGN),
        ("FUNCTION", NO_LIBRARY, "no", trial.FOREIGN),
        ("FUNCTION", NOT_ALLOWED, "no", trial.PRIVILEGE),
        ("ACL", "42501", "no", trial.PRIVILEGE),
        ("ACL", "42704", "no", trial.GRANTEE),
        ("DEFAULT ACL", "42704", "no", trial.GRANTEE),
        ("DEFAULT ACL", "0LP01", "no", trial.PRIVILEGE),
        ("POLICY", "42704", "no", trial.GRANTEE),
        ("POLICY", "42883", "no", trial.OTHER),
        ("VIEW", NO_SYNTAX, "no", trial.OTHER),
    ],
)
def test_the_cause_follows_from_kind_and_sqlstate(kind: str, sqlstate: str, message: str, cause: str) -> None:
    script = Script()
    script.entry(1, "it", kind, ["DO IT;"])
    script.fail(sqlstate, message)
    [refusal] = script.judge()
    assert refusal == Refusal(cause, "public.it" if kind == "EXTENSION" else f"{kind} public.it", message)


def test_an_owner_is_named_and_what_they_could_not_get_is_there_all_the_same() -> None:
    script = Script()
    statements = ["CREATE TABLE public.users ();", 'ALTER TABLE public.users OWNER TO "The Boss";']
    script.entry(1, "users", "TABLE", statements, owner="The Boss")
    script.fail("42704")
    script.entry(2, "recent", "VIEW", ["CREATE VIEW public.recent AS SELECT;"], needs=[1])
    script.fail("42883", "function gone() does not exist")
    assert script.judge() == [
        Refusal(trial.OWNER, "The Boss", "no"),
        Refusal(trial.OTHER, "VIEW public.recent", "function gone() does not exist"),
    ]


def test_what_needs_something_that_was_refused_is_no_cause() -> None:
    script = Script()
    script.entry(7, "users", "TABLE", ["CREATE TABLE public.users ();"])
    script.fail(NO_SYNTAX)
    script.lines.append("ALTER TABLE public.users OWNER TO me;")
    script.fail(NOT_THERE)
    script.entry(8, "recent", "VIEW", ["CREATE VIEW public.recent AS SELECT;"], needs=[5, 7])
    script.fail(NOT_THERE)
    script.entry(9, "older", "VIEW", ["CREATE VIEW public.older AS SELECT;"], needs=[8])
    script.fail(NOT_THERE)
    script.entry(10, "TABLE users", "ACL", ["GRANT SELECT ON public.users TO app;"], needs=[7])
    script.fail(NOT_THERE)
    script.entry(11, "other", "TABLE", ["CREATE TABLE public.other ();"])
    script.fail(NOT_THERE)
    assert [one.subject for one in script.judge()] == ["TABLE public.users", "TABLE public.other"]


def test_a_privilege_that_was_refused_leaves_its_object_there() -> None:
    script = Script()
    script.entry(1, "users", "TABLE", ["CREATE TABLE public.users ();"])
    script.entry(2, "TABLE users", "ACL", ["GRANT SELECT ON public.users TO gone;"], needs=[1])
    script.fail("42704")
    script.entry(3, "COLUMN users.id", "ACL", ["GRANT SELECT (id) ON public.users TO gone;"], needs=[1, 2])
    script.fail("42704")
    assert len(script.judge()) == 2


def test_each_entry_is_told_once() -> None:
    script = Script()
    script.entry(1, "users", "TABLE", ["CREATE TABLE public.users ();"])
    script.fail(NO_SYNTAX, "first")
    script.lines.append("ALTER TABLE public.users SET (fillfactor = 1);")
    script.fail(NO_SYNTAX, "second")
    assert [one.message for one in script.judge()] == ["first"]


def test_what_fails_before_the_first_entry_is_told() -> None:
    script = Script()
    script.fail("42704")
    assert script.judge() == [Refusal(trial.OTHER, "the beginning of the script", "no")]


def test_what_may_only_be_missing_from_a_part_of_a_script_is_no_refusal() -> None:
    script = Script()
    script.entry(1, "recent", "VIEW", ["CREATE VIEW public.recent AS SELECT;"], needs=[9])
    script.fail(NOT_THERE)
    script.entry(2, "odd", "VIEW", ["CREATE VIEW public.odd AS SELEKT;"])
    script.fail(NO_SYNTAX)
    told = judged("\n".join(script.lines), script.failures, whole=False).refusals
    assert [one.subject for one in told] == ["VIEW public.odd"]


def test_what_setup_will_create_is_known_by_role_and_by_setting() -> None:
    around = (
        Surrounding("role", "app", "", {"role": "app"}),
        Surrounding("password", "eve", "", {"role": "eve"}),
        Surrounding("setting", "a", "", {"role": "app", "parameter": "work_mem", "database": True}),
        Surrounding("setting", "b", "", {"role": None, "parameter": "jit", "database": True}),
        Surrounding("setting", "c", "", {"role": "app", "parameter": "timezone", "database": False}),
        Surrounding("comment", "d", "", {"role": None, "parameter": "x", "database": True}),
    )
    assert Trial(around=around).roles == {"app"}
    assert Trial(around=around).settings == {("app", "work_mem"), ("", "jit")}


@given(st.text(), st.lists(st.tuples(st.integers(1, 30) | st.none(), st.text(max_size=5))))
def test_no_script_and_no_failure_breaks_it(script: str, failures: list[tuple[int | None, str]]) -> None:
    heard = [Failure("no", "schema.sql", line, state) for line, state in failures]
    assert len(judged(script, heard).refusals) <= len(heard)


def test_every_error_of_psql_is_heard_and_no_warning() -> None:
    said = (
        "psql:/x/schema.sql:4: WARNING:  01000: careful\n"
        'psql:/x/schema.sql:9: ERROR:  42704: role "a" does not exist\nLOCATION:  here\n'
        "psql:/x/schema.sql:12: ERROR:  42501: no\nHINT:  ask\n"
    )
    assert failures_of(said) == [
        Failure('role "a" does not exist', "/x/schema.sql", 9, "42704"),
        Failure("no; HINT: ask", "/x/schema.sql", 12, "42501"),
    ]
