# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's file: the known outcome of commits, and what a database must hold after them."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.ledger import GONE, Effect, LedgerError, LedgerFile, Outcome, WriterError, fold, ledger_files, read_records

PLACED = [Effect("orders", "a-1", 1)]
PAID = [Effect("orders", "a-1", 2)]
ARCHIVED = [Effect("orders", "a-1", GONE), Effect("closed_orders", "a-2", 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.ledger"


def write(path: Path, *transactions: tuple[list[Effect], Outcome | None]) -> None:
    ledger = LedgerFile(path)
    for number, (effects, outcome) in enumerate(transactions, start=1):
        ledger.announce(f"a-{number}", effects)
        if outcome is not None:
            ledger.settle(f"a-{number}", outcome, 0.5)
    ledger.close()


def rightful(path: Path) -> dict[str, dict[str, set[int | None]]]:
    rows = fold(read_records(path)).rows
    return {table: {row: set(states) for row, states in of_table.items()} for table, of_table in rows.items()}


def test_the_last_acknowledged_change_of_a_row_is_the_only_right_one(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED), (PAID, Outcome.ACKNOWLEDGED))
    assert rightful(path) == {"orders": {"a-1": {2}}}


def test_an_acknowledged_delete_leaves_nothing_and_the_rest_of_its_transaction_is_there(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED), (ARCHIVED, Outcome.ACKNOWLEDGED))
    assert rightful(path) == {"orders": {"a-1": {GONE}}, "closed_orders": {"a-2": {1}}}


def test_a_commit_of_unknown_outcome_may_count_as_either(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED), (PAID, Outcome.UNKNOWN), (ARCHIVED, Outcome.UNKNOWN))
    assert rightful(path) == {"orders": {"a-1": {1, 2, GONE}}, "closed_orders": {"a-2": {GONE, 1}}}


def test_an_acknowledged_change_settles_what_was_unknown_before_it(path: Path) -> None:
    write(path, (PLACED, Outcome.UNKNOWN), (PAID, Outcome.ACKNOWLEDGED))
    assert rightful(path) == {"orders": {"a-1": {2}}}


def test_a_refused_commit_changes_nothing(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED), (PAID, Outcome.REFUSED), (ARCHIVED, Outcome.REFUSED))
    assert rightful(path) == {"orders": {"a-1": {1}}}


def test_a_refused_operation_may_be_tried_again_under_its_number(path: Path) -> None:
    ledger = LedgerFile(path)
    for outcome in (Outcome.REFUSED, Outcome.ACKNOWLEDGED):
        ledger.announce("a-1", PLACED)
        ledger.settle("a-1", outcome, 0.5)
    ledger.close()
    assert rightful(path) == {"orders": {"a-1": {1}}}


def test_a_writer_killed_between_commit_and_its_answer_leaves_an_unknown_outcome(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED), (PAID, None))
    expectation = fold(read_records(path))
    assert rightful(path) == {"orders": {"a-1": {1, 2}}}
    assert (expectation.acknowledged, expectation.unknown) == (1, 1)


def test_a_line_that_was_cut_short_by_a_kill_was_never_written(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED), (PAID, Outcome.ACKNOWLEDGED))
    path.write_bytes(path.read_bytes()[:-5])
    assert rightful(path) == {"orders": {"a-1": {1, 2}}}


def test_a_broken_line_in_the_middle_is_an_error(path: Path) -> None:
    write(path, (PLACED, Outcome.ACKNOWLEDGED))
    path.write_bytes(b'{"kind": "ackn\n' + path.read_bytes())
    with pytest.raises(LedgerError, match="Line 1"):
        fold(read_records(path))


def test_an_outcome_without_announcement_is_an_error(path: Path) -> None:
    ledger = LedgerFile(path)
    ledger.settle("a-1", Outcome.ACKNOWLEDGED, 0.5)
    ledger.close()
    with pytest.raises(LedgerError, match="never announced"):
        fold(read_records(path))


def test_errors_are_kept_beside_the_commits_and_change_no_expectation(path: Path) -> None:
    error = WriterError("a", 1.5, "statement", 1, "25006", fatal=False, message="fenced")
    ledger = LedgerFile(path)
    ledger.note(error)
    ledger.close()
    (record,) = read_records(path)
    assert record == {"kind": "error", **vars(error)}
    assert fold(read_records(path)).rows == {}


def test_an_acknowledgement_is_on_disk_before_the_writer_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr("demo.ledger.os.fsync", lambda _descriptor: synced.append(path.read_bytes()))
    write(path, (PLACED, Outcome.ACKNOWLEDGED))
    assert synced == [path.read_bytes()]


def test_only_ledgers_are_found(tmp_path: Path) -> None:
    (tmp_path / "b.ledger").touch()
    (tmp_path / "b.log").touch()
    assert ledger_files(tmp_path) == [tmp_path / "b.ledger"]
