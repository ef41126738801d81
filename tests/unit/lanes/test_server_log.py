# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a log's end says of a lane; the lines are those of servers 14, 17 and 18, shortened."""

from __future__ import annotations

import json

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.server_log import (
    reason_counted,
    reason_in,
)

LANE, ORIGIN = "bluegreen_shop_forward_1", "pg_16539"
CONTEXT = (
    'processing remote data for replication origin ""pg_16539"" during message type ""INSERT"" for replication target '
    'relation ""public.users"" in transaction 777, finished at 0/170CFE8'
)

PLAIN = CONTEXT.replace('""', '"')


def line(pid: int, severity: str, sqlstate: str, message: str, context: str = "", backend: str = "apply worker") -> str:
    return (
        f"2026-11-30 10:11:05.223 UTC,,,{pid},,6b0d.6e75,2,,2026-11-30 10:11:04 UTC,4/33,811,{severity},{sqlstate},"
        f'"{message}","Key (id)=(5000) already exists.\nFailing row contains (5000, secret).",,,,"{context}",,,,"",'
        f'"logical replication {backend}",,0\n'
    )


STARTED = line(7, "LOG", "00000", f'logical replication apply worker for subscription ""{LANE}"" has started')
DUPLICATE = 'duplicate key value violates unique constraint ""users_pkey""'


def test_14_tells_it_by_the_worker_that_had_said_whose_it_is() -> None:
    reason = reason_in("rest\n" + STARTED + line(7, "ERROR", "23505", DUPLICATE), "csvlog", LANE, ORIGIN)
    assert reason is not None
    assert (reason.sqlstate, reason.is_a_row_in_the_way) == ("23505", True)
    assert reason.words == 'duplicate key value violates unique constraint "users_pkey"'


def test_later_ones_name_the_origin_and_the_table() -> None:
    log = "rest\n" + line(9, "ERROR", "P0001", "no", CONTEXT) + line(8, "ERROR", "23505", "another one's")
    reason = reason_in(log, "csvlog", LANE, ORIGIN)
    assert reason is not None
    assert (reason.sqlstate, reason.is_a_row_in_the_way) == ("P0001", False)
    assert reason.words.startswith("no (processing remote data")
    assert '"public.users"' in reason.words
    assert "secret" not in reason.words
    assert "5000" not in reason.words


def test_the_newest_counts_and_what_is_only_noted_does_not() -> None:
    log = "rest\n" + line(7, "ERROR", "23505", "old", CONTEXT) + line(7, "ERROR", "53100", "new", CONTEXT)
    reason = reason_in(log + line(7, "LOG", "00000", "conflict=update_missing", CONTEXT), "csvlog", LANE, ORIGIN)
    assert reason is not None
    assert reason.sqlstate == "53100"


def test_the_reason_of_a_worker_that_applies_beside_is_the_reason() -> None:
    first = line(10, "ERROR", "23505", DUPLICATE, CONTEXT, "parallel worker")
    second = line(7, "ERROR", "55000", "logical replication parallel apply worker exited due to error", CONTEXT)
    reason = reason_in("rest\n" + first + second, "csvlog", LANE, ORIGIN)
    assert reason is not None
    assert reason.sqlstate == "23505"


def test_nothing_of_this_lane_is_no_reason() -> None:
    assert reason_in("rest\n" + line(9, "ERROR", "23505", "another lane's"), "csvlog", LANE, ORIGIN) is None
    assert reason_in("rest\n" + STARTED + "a broken, line\n", "csvlog", LANE, ORIGIN) is None
    cut = line(7, "ERROR", "23505", DUPLICATE, CONTEXT).rpartition(',"logical')[0]
    assert reason_in("rest\n" + STARTED + cut, "csvlog", LANE, ORIGIN) is None, "its last columns are not written yet"
    assert reason_in("", "csvlog", LANE, ORIGIN) is None


def test_only_a_counter_that_stops_a_lane_and_has_moved_is_a_reason() -> None:
    assert reason_counted({}, {}) is None
    assert reason_counted({}, {"insert_exists": 0}) is None
    assert reason_counted({}, {"update_exists": 1}) is not None, "its first conflict has moved the counter"
    assert reason_counted({"insert_exists": 1}, {"insert_exists": 1, "update_missing": 4}) is None
    reason = reason_counted({"insert_exists": 1}, {"insert_exists": 2})
    assert reason is not None
    assert reason.is_a_row_in_the_way


def test_of_a_context_of_several_lines_the_workers_own_is_told() -> None:
    context = f'SQL statement ""SELECT secret""\nPL/pgSQL function refuses() line 1 at SQL statement\n{CONTEXT}'
    reason = reason_in("rest\n" + line(9, "ERROR", "P0001", "no", context), "csvlog", LANE, ORIGIN)
    assert reason is not None
    assert reason.words.startswith("no (processing remote data")
    assert reason.words.endswith("finished at 0/170CFE8)")
    without = line(7, "ERROR", "P0001", "no", 'SQL statement ""SELECT secret""')
    reason = reason_in("rest\n" + STARTED + without, "csvlog", LANE, ORIGIN)
    assert reason is not None
    assert reason.words == "no", "its own line is missing, and the others may hold values"


def entry(pid: int, severity: str, sqlstate: str, message: str, context: str = "") -> str:
    told = {"pid": pid, "error_severity": severity, "state_code": sqlstate, "message": message, "context": context}
    return json.dumps({**told, "detail": "secret", "backend_type": "logical replication apply worker"}) + "\n"


def test_jsonlog_tells_the_same() -> None:
    log = "rest\n[]\nhalf\n" + entry(9, "ERROR", "23505", "another one's") + entry(7, "ERROR", "53100", "full", PLAIN)
    reason = reason_in(log + entry(8, "LOG", "00000", "noted", PLAIN) + '{"pid": 7,', "jsonlog", LANE, ORIGIN)
    assert reason is not None
    assert reason.sqlstate == "53100"
    assert reason.words == f"full ({PLAIN})"
    assert reason_in("rest\n" + entry(9, "ERROR", "23505", "another one's"), "jsonlog", LANE, ORIGIN) is None


def report(severity: str, message: str, context: str = PLAIN, prefix: str = "2026-11-30 10:11:05 UTC [7] ") -> str:
    parts = [(severity, message), ("DETAIL", "Key (id)=(secret)\nexists."), ("CONTEXT", context)]
    lines = (f"{prefix}{kind}:  " + text.replace("\n", "\n\t") for kind, text in parts)
    return "\n".join(lines) + "\n"


def test_a_log_of_texts_tells_words_and_no_sqlstate() -> None:
    log = (
        "rest\nno\n" + report("ERROR", "old") + report("ERROR", "not\ntoday", f"PL/pgSQL function x() line 1\n{PLAIN}")
    )
    reason = reason_in(log + report("LOG", "noted") + report("ERROR", "another one's", ""), "stderr", LANE, ORIGIN)
    assert reason is not None
    assert (reason.sqlstate, reason.is_a_row_in_the_way) == (None, None)
    assert reason.words == f"not\ntoday ({PLAIN})"
    assert "secret" not in reason.words


@pytest.mark.parametrize("prefix", ["", "[7]", "7: user=,db= ", "%m "])
def test_whatever_stands_before_a_line(prefix: str) -> None:
    log = "DETAIL:  the rest of one\n" * 2 + report("FATAL", "no", prefix=prefix)
    reason = reason_in(log, "stderr", LANE, ORIGIN)
    assert reason is not None
    assert reason.words == f"no ({PLAIN})"


@pytest.mark.parametrize(
    "context",
    [
        f"PL/pgSQL function x\n{PLAIN} line 3 at RAISE",
        f"{PLAIN}\nPL/pgSQL function x() line 3 at RAISE",
        PLAIN.replace("pg_16539", "pg_1653"),
        PLAIN.replace("origin", "target"),
    ],
)
def test_what_others_write_into_a_log_is_no_reason(context: str) -> None:
    assert reason_in("rest\n" + report("ERROR", "drop blue", context), "stderr", LANE, ORIGIN) is None


def test_a_message_that_quotes_a_line_of_a_log_is_none() -> None:
    quoted = f"syntax error at ERROR:  x CONTEXT:  {PLAIN}"
    assert reason_in("rest\n" + report("LOG", quoted), "stderr", LANE, ORIGIN) is None
    assert reason_in("rest\n" + report("ERROR", quoted, ""), "stderr", LANE, ORIGIN) is None
