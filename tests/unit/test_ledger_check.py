# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's judgement: silent whatever the outcome of unknown commits, red for every fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from demo.ledger import GONE, Expectation, Outcome
from demo.ledger_check import LEDGERED_TABLES, RowFault, Verdict, judge, judge_table
from demo.operations import Shop


@dataclass
class Database:
    """What a database without a fault holds: rows of each table, with their revisions."""

    tables: dict[str, dict[str, int]] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[str, str]]:
        return ((table, row) for table, rows in self.tables.items() for row in rows)

    def found(self, table: str) -> list[tuple[str, int]]:
        return list(self.tables.get(table, {}).items())


@dataclass
class History:
    """A shop's transactions, what their writer was told, and their true outcome."""

    expectation: Expectation = field(default_factory=Expectation)
    database: Database = field(default_factory=Database)

    def verdict(self, extra: Iterable[tuple[str, str, int]] = ()) -> Verdict:
        verdict = Verdict()
        for table in LEDGERED_TABLES:
            found = self.database.found(table) + [(row, revision) for where, row, revision in extra if where == table]
            for row, fault in judge_table(self.expectation.rows.get(table, {}), found):
                verdict.add(table, row, fault)
        return verdict


TOLD_AND_TRUE = st.sampled_from(
    [
        (Outcome.ACKNOWLEDGED, True),
        (Outcome.REFUSED, False),
        (Outcome.UNKNOWN, True),
        (Outcome.UNKNOWN, False),
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    history = History()
    shop = Shop(f"run-{draw(st.integers(0, 2**32))}")
    for told, committed in draw(st.lists(TOLD_AND_TRUE, max_size=80)):
        operation = shop.next_operation()
        history.expectation.apply(operation.effects, told)
        if told is Outcome.ACKNOWLEDGED:
            shop.acknowledged(operation)
        for effect in operation.effects if committed else ():
            rows = history.database.tables.setdefault(effect.table, {})
            if effect.revision is GONE:
                del rows[effect.row]
            else:
                rows[effect.row] = effect.revision
    return history


def settled_rows(history: History) -> list[tuple[str, str]]:
    """Return the rows with exactly one correct state: they exist, in one revision."""
    return [
        (table, row)
        for table, row in history.database.rows()
        if set(history.expectation.rows[table][row]) == {history.database.tables[table][row]}
    ]


@given(histories())
def test_the_ledger_is_silent_without_a_fault(history: History) -> None:
    assert history.verdict().clean


@given(histories(), st.data())
def test_every_lost_row_is_missing(history: History, data: st.DataObject) -> None:
    for table, row in settled_rows(history)[: data.draw(st.integers(0, 3))]:
        before = history.verdict().missing
        del history.database.tables[table][row]
        assert history.verdict().missing == before + 1


@given(histories())
def test_every_lost_update_is_missing(history: History) -> None:
    changed = settled_rows(history)
    for table, row in changed:
        history.database.tables[table][row] -= 1
    assert history.verdict().missing == len(changed)


@given(histories())
def test_every_row_that_came_back_after_its_delete_is_missing_its_delete(history: History) -> None:
    deleted = [
        (table, row, 1)
        for table, rows in history.expectation.rows.items()
        for row, states in rows.items()
        if set(states) == {GONE}
    ]
    assert history.verdict(deleted).missing == len(deleted)


@given(histories())
def test_every_row_there_twice_is_doubled(history: History) -> None:
    doubles = [(table, row, history.database.tables[table][row]) for table, row in history.database.rows()]
    verdict = history.verdict(doubles)
    assert (verdict.doubled, verdict.missing) == (len(doubles), 0)


@given(histories())
def test_a_row_that_no_sent_commit_explains_is_unexpected(history: History) -> None:
    assert history.verdict([("orders", "run-stranger", 1)]).unexpected == 1


def test_a_row_of_unknown_outcome_may_be_there_once_but_not_twice() -> None:
    assert judge((GONE, 1), ()) == RowFault()
    assert judge((GONE, 1), (1,)) == RowFault()
    assert judge((GONE, 1), (1, 1)) == RowFault(doubled=1)


def test_two_copies_of_which_one_is_right_are_doubled_but_not_missing() -> None:
    assert judge((2,), (1, 2)) == RowFault(doubled=1)
    assert judge((2,), (1, 1)) == RowFault(missing=1, doubled=1)


def test_an_account_out_of_balance_is_not_clean() -> None:
    assert Verdict().clean
    assert not Verdict(unbalanced=1).clean


def test_examples_are_few_though_faults_are_many() -> None:
    verdict = Verdict()
    for number in range(10_000):
        verdict.add("orders", f"a-{number}", RowFault(missing=1))
    assert verdict.missing == 10_000
    assert len(verdict.examples) == 20
