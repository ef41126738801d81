# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What refused statements of a trial restore mean: the cause, and what only follows from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import trial
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.surroundings import Surrounding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.trial import (
    Failure,
    Refusal,
    Statement,
    Trial,
    judged,
    refused,
    statements_of,
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
        self.failures.append(Failure(len(self.lines), sqlstate, message))

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


@given(st.text(), st.lists(st.tuples(st.integers(1, 30), st.text(max_size=5))))
def test_no_script_and_no_failure_breaks_it(script: str, failures: list[tuple[int, str]]) -> None:
    heard = [Failure(line, state, "no") for line, state in failures]
    assert len(judged(script, heard).refusals) <= len(heard)


class Server:
    """A server that refuses some statements, others only the first time, and takes all of a batch or none of it."""

    def __init__(self, unwanted: Collection[int], locked: Collection[int] = ()) -> None:
        self._unwanted = unwanted
        self._locked = set(locked)
        self.taken: list[int] = []
        self.batches: list[int] = []

    def take(self, batch: Sequence[Statement]) -> Failure | None:
        """Take it."""
        self.batches.append(len(batch))
        for one in batch:
            if one.line in self._unwanted:
                return Failure(one.line, NO_SYNTAX, f"not {one.text}")
            if one.line in self._locked:
                self._locked.remove(one.line)
                return Failure(one.line, "55P03", "could not obtain lock")
        self.taken += [one.line for one in batch]
        return None


@given(st.integers(0, 1500), st.sets(st.integers(0, 1500), max_size=60), st.integers(1, 3))
def test_each_statement_is_taken_once_in_its_order_or_refused_by_itself(
    number: int, unwanted: set[int], step: int
) -> None:
    unwanted = {line for line in unwanted | set(range(0, min(number, 200), step)) if line < number}
    server = Server(unwanted)
    found = list(refused([Statement(f"it {line}", line) for line in range(number)], server.take))
    assert found == [Failure(line, NO_SYNTAX, f"not it {line}") for line in sorted(unwanted)]
    assert server.taken == [line for line in range(number) if line not in unwanted]


@pytest.mark.parametrize(
    ("unwanted", "most"),
    [
        ([], 118),  # 30,000 statements
        ([29_999], 127),
        (range(0, 30_000, 1000), 410),
        (range(0, 30_000, 100), 2750),
        (range(0, 30_000, 2), 3 * 15_000 + 20),  # hardly more than a batch a statement
        (range(30_000), 30_000 + 20),
    ],
)
def test_batches_are_few_and_grow_no_more_than_refusals(unwanted: Collection[int], most: int) -> None:
    server = Server(unwanted)
    found = list(refused([Statement("it", line) for line in range(30_000)], server.take))
    assert len(found) == len(unwanted)
    assert len(server.batches) <= most
    assert max(server.batches) == 256, "as record 189 says: a message a statement wakes two processes each time"


def test_a_lock_that_was_held_for_a_moment_blames_nobody_and_batches_grow_again() -> None:
    server = Server([], locked=range(700, 30_000, 1000))
    assert not list(refused([Statement("it", line) for line in range(30_000)], server.take))
    assert server.taken == list(range(30_000))
    assert len(server.batches) <= 580


def test_a_script_is_split_as_psql_splits_it_and_each_statement_keeps_the_line_where_it_ends() -> None:
    script = (
        "-- a comment; with a semicolon\n\\restrict x1\nSET a = 'b;''\n';\n\nCREATE FUNCTION f() RETURNS int\n"
        "    AS $_$\n--\n-- TOC entry 7 (class 1259 OID 7)\nDROP TABLE x;\n$_$;\nALTER TABLE a OWNER TO b; SELECT 1;\n"
        "CREATE FUNCTION g() RETURNS int\n    BEGIN ATOMIC\n SELECT 1;\n SELECT CASE WHEN true THEN 2 END;\nEND;\n"
        "\\unrestrict x1\n"
    )
    assert [(one.line, one.text.split("(")[0]) for one in statements_of(script)] == [
        (4, "SET a = 'b;''\n';"),
        (11, "CREATE FUNCTION f"),
        (12, "ALTER TABLE a OWNER TO b;"),
        (12, "SELECT 1;"),
        (17, "CREATE FUNCTION g"),
    ]


def test_a_script_that_begins_with_an_empty_line_has_its_statements_where_they_stand() -> None:
    assert [one.line for one in statements_of("\nSELECT 1;\nSELECT 2;")] == [2, 3]
