# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_version when something is wrong: nothing half-done, a clear message, and the next run completes it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema import psql
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_versions import USERS, Versions
from tests.live.modules import ModuleProcess

_KILL_BUILD = """
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_stat_progress_create_index p ON p.pid = a.pid
WHERE a.datname = current_database() AND p.phase LIKE 'waiting%'"""
_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%LOCK TABLE users%'"
_AT_WORK = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE '% schema_version'"
_CREATE = "CREATE TABLE half ();\n"


@pytest.fixture
def versions(database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path) -> Versions:
    """Give both databases, green with two versions, and their folder."""
    made = Versions(database(17), database(18), tmp_path, run_module)
    made.write(USERS)
    assert made.move()["version"] == 2
    return made


def _version(versions: Versions) -> int:
    return int(versions.green.query("SELECT max(version) FROM schema_version")[0][0])


def test_a_file_that_fails_has_no_effect_and_is_repeated_when_corrected(versions: Versions) -> None:
    versions.write({"0003_three.up.sql": f"{_CREATE}INSERT INTO users VALUES (1);\nINSERT INTO users\nVALUES (1);\n"})

    failed = versions.move()
    assert (failed["failed"], failed["code"]) == (True, "BG225")
    assert "0003_three.up.sql failed at line 4: duplicate key value" in failed["msg"]
    assert failed["details"]["sqlstate"] == "23505"
    assert (versions.green_has("public.half"), _version(versions)) == (False, 2)

    versions.write({"0003_three.up.sql": _CREATE})
    assert versions.move()["version"] == 3


def test_a_file_after_one_that_failed_does_not_run(versions: Versions) -> None:
    versions.write({"0003_a.up.sql": "SELECT nothing;", "0004_b.up.sql": _CREATE})

    assert versions.move()["code"] == "BG225"
    assert not versions.green_has("public.half")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"BEGIN;\n{_CREATE}COMMIT;\n", "BG226"),
        pytest.param(f"{_CREATE}COMMIT;\nSELECT 1;\n", "BG226", marks=pytest.mark.soak),
        pytest.param(f"{_CREATE}END;\n", "BG226", marks=pytest.mark.soak),
        pytest.param(f"{_CREATE}ROLLBACK;\nCREATE TABLE other ();\n", "BG226", marks=pytest.mark.soak),
        (f"{_CREATE}ROLLBACK;\nBEGIN;\n{_CREATE}", "BG226"),
        pytest.param(f"{_CREATE}SELECT 'ROLLBACK' \\gexec\nCREATE TABLE other ();\n", "BG226", marks=pytest.mark.soak),
        (f"\\q\n{_CREATE}", "BG253"),
        pytest.param(f"-- bluegreen: no-transaction\nBEGIN;\n{_CREATE}", "BG226", marks=pytest.mark.soak),
        pytest.param(
            f"-- bluegreen: no-transaction\n\\set ON_ERROR_STOP 0\nSELECT 1/0;\n{_CREATE}",
            "BG253",
            marks=pytest.mark.soak,
        ),
        pytest.param(f"{_CREATE}PREPARE TRANSACTION 'x';\n", "BG226", marks=pytest.mark.soak),
        pytest.param(f"{_CREATE}CREATE INDEX CONCURRENTLY i ON users (name);\n", "BG225", marks=pytest.mark.soak),
        (f"\\set ON_ERROR_STOP off\n{_CREATE}SELECT 1/0;\n", "BG225"),
        pytest.param(f"{_CREATE}\\c\n{_CREATE}", "BG226", marks=pytest.mark.soak),
        (f"{_CREATE}SELECT pg_terminate_backend(pg_backend_pid());\n", "BG225"),
    ],
)
def test_no_file_can_leave_half_of_itself(versions: Versions, text: str, code: str) -> None:
    versions.write({"0003_own.up.sql": text})

    result = versions.move()

    assert (result["failed"], result["code"]) == (True, code), result["msg"]
    assert not versions.green_has("public.half")
    assert not versions.green_has("public.other")
    assert _version(versions) == 2


def test_the_line_of_a_commit_is_named(versions: Versions) -> None:
    versions.write({"0003_own.up.sql": f"{_CREATE}\nCOMMIT;\n"})

    assert "0003_own.up.sql ends its own transaction at line 3" in versions.move()["msg"]


def test_a_lock_that_is_given_back_in_time_is_waited_for(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psql, "LOCK_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(psql, "LOCK_PAUSE_SECONDS", 0.1)
    versions.write({"0003_locked.up.sql": "ALTER TABLE users ADD mail text;\n"})
    holder = versions.green.connect(autocommit=False)
    holder.cursor().execute("LOCK TABLE users")
    release = threading.Timer(1.0, holder.rollback)
    release.start()

    assert versions.move()["version"] == 3
    release.join()


def test_a_lock_that_is_not_to_be_had_is_named(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psql, "LOCK_TRIES", 2)
    versions.write({"0003_locked.up.sql": "SELECT 1;\nALTER TABLE users ADD mail text;\n"})
    holder = versions.green.connect(autocommit=False)
    holder.cursor().execute("SELECT FROM users")

    result = versions.move()

    assert (result["failed"], result["code"]) == (True, "BG227")
    assert "at line 2" in result["msg"]
    assert f"public.users, held by pid {holder.info.backend_pid} (" in result["msg"]


def test_two_runs_at_once(versions: Versions) -> None:
    versions.write({"0003_next.up.sql": f"{_CREATE}LOCK TABLE users;\n"})
    holder = versions.green.connect(autocommit=False)
    holder.cursor().execute("SELECT FROM users")
    first = ModuleProcess("schema_version", versions.arguments())
    wait_for(lambda: versions.green.query(_WAITING) != [])

    refused = versions.move()
    assert (refused["failed"], refused["code"]) == (True, "BG209")
    assert not versions.green_has("public.half")

    holder.rollback()
    assert first.wait(30.0)["version"] == 3
    assert not versions.move()["changed"]


@pytest.mark.parametrize("mark", ["", "-- bluegreen: no-transaction\n"])
def test_a_run_that_is_killed_leaves_its_file_to_one_psql_only(versions: Versions, mark: str) -> None:
    versions.write({"0003_next.up.sql": f"{mark}SELECT pg_sleep(4);\nCREATE TABLE IF NOT EXISTS half ();\n"})
    first = ModuleProcess("schema_version", versions.arguments())
    wait_for(lambda: versions.green.query(_AT_WORK) != [])
    first.kill()
    assert first.wait() == {}

    refused = versions.move()
    assert (refused["failed"], refused["code"]) == (True, "BG209"), refused["msg"]
    assert not versions.green_has("public.half")

    assert first.await_nothing_left(10.0)
    assert versions.move()["version"] == 3
    assert versions.green_has("public.half")
    assert not versions.move()["changed"]


def test_a_run_that_is_killed_goes_on_from_its_last_file(versions: Versions) -> None:
    versions.write({f"{number:04}_n.up.sql": f"CREATE TABLE t{number} ();\n" for number in range(3, 23)})
    first = ModuleProcess("schema_version", versions.arguments())
    wait_for(lambda: _version(versions) > 5)
    first.kill()
    first.wait()
    assert 5 < _version(versions) < 22
    assert first.await_nothing_left(10.0)

    assert versions.move()["version"] == 22
    assert versions.green.query("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'") == [(20,)]


@pytest.mark.soak
def test_two_hundred_files_by_two_runs_at_once(versions: Versions) -> None:
    texts = {f"{number:04}_n.up.sql": f"CREATE TABLE t{number} ();\n" for number in range(3, 203)}
    versions.write({**texts, **{f"{n:04}_n.down.sql": f"DROP TABLE t{n};\n" for n in range(3, 203)}})
    runs = [ModuleProcess("schema_version", versions.arguments()) for _time in range(2)]
    ends = [one.wait(300.0) for one in runs]
    assert sorted(one.get("code", "done") for one in ends) == ["BG209", "done"]
    assert not versions.move()["changed"]
    assert versions.green.query("SELECT count(*), max(version) FROM schema_version") == [(202, 202)]
    assert versions.move("2")["version"] == 2


def test_an_included_file_that_was_edited_is_told(versions: Versions) -> None:
    (versions.folder / "parts").mkdir()
    outer, inner = versions.folder / "parts" / "outer.inc", versions.folder / "parts" / "inner.inc"
    outer.write_text("\\ir inner.inc\n", encoding="utf-8")
    inner.write_text(_CREATE, encoding="utf-8")
    versions.write({"0003_by_others.up.sql": f"\\ir parts/outer.inc\n\\i {inner.parent / 'other.inc'}\n"})
    (inner.parent / "other.inc").write_text("SELECT 1;\n", encoding="utf-8")
    assert versions.move()["version"] == 3
    assert versions.green_has("public.half")
    assert not versions.move()["changed"]

    inner.write_text("CREATE TABLE another ();\n", encoding="utf-8")
    assert versions.move()["code"] == "BG223"
    inner.unlink()
    assert versions.move()["code"] == "BG253"
    inner.write_text("\\ir outer.inc\n", encoding="utf-8")
    assert "includes itself" in versions.move()["msg"]
    inner.write_text("COMMIT;\n", encoding="utf-8")
    assert versions.move()["code"] == "BG226"
    inner.write_text("-- bluegreen: at_cutover\n", encoding="utf-8")
    assert versions.move()["code"] == "BG260"
    versions.write({"0003_by_others.up.sql": "\\set f parts/outer.inc\n\\ir :f\n"})
    assert "path psql would compute" in versions.move()["msg"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff-- bluegreen: {}\n{}",
        "-- Licence\n\n/* more */\n-- bluegreen: {}\n{}",
        "/*\n * Licence\n * bluegreen: {}\n */\n{}",
    ],
)
def test_a_mark_is_found_where_psql_sees_a_comment(versions: Versions, text: str) -> None:
    versions.write({"0003_late.up.sql": text.format("at_cutover", _CREATE)})
    waits = versions.move()
    assert (waits["version"], waits["pending"]) == (2, [3])
    assert not versions.green_has("public.half")

    versions.write({"0003_late.up.sql": text.format("before_copy", _CREATE)})
    assert versions.move()["version"] == 3
    assert not versions.move()["changed"]


@pytest.mark.parametrize(
    "text",
    [
        "-- Bluegreen: at_cutover\n{}",
        "-- bluegreen at_cutover\n{}",
        "SET work_mem = '1MB';\n-- bluegreen: at_cutover\n{}",
        "{}-- bluegreen: at_cutover",
    ],
)
def test_what_looks_like_a_mark_and_is_none_is_refused(versions: Versions, text: str) -> None:
    versions.write({"0003_late.up.sql": text.format(_CREATE)})
    refused = versions.move()
    assert (refused["failed"], refused["code"]) == (True, "BG260")
    assert "0003_late.up.sql" in refused["msg"]
    assert not versions.green_has("public.half")
    switch = {key: value for key, value in versions.arguments().items() if key not in ("directory", "pg_bindir")}
    told = {**switch, "target": "green", "schema_migrations": str(versions.folder)}
    assert versions.run("cutover", told, check=True)["failed"]
    lint = {**switch, "directory": str(versions.folder)}
    assert versions.run("schema_lint_info", lint).get("code") in ("BG260", None), "squawk reads them where it is there"


def test_an_index_that_could_not_be_built_is_named_until_it_is_gone(versions: Versions) -> None:
    versions.green.query("INSERT INTO users VALUES (1, 'same'), (2, 'same')")
    index = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS late ON users (name);\n"
    versions.write(
        {"0003_index.up.sql": f"-- bluegreen: no-transaction\n{_CREATE.replace('TABLE', 'TABLE IF NOT EXISTS')}{index}"}
    )

    failed = versions.move()
    assert (failed["code"], failed["details"]["invalid_indexes"]) == ("BG225", ["public.late"])
    assert "statements before that line have taken effect" in failed["msg"]
    assert versions.green_has("public.half")

    versions.green.query("DELETE FROM users")
    assert versions.move()["code"] == "BG228"
    versions.green.query("DROP INDEX late")
    assert versions.move()["version"] == 3


def test_an_index_build_that_is_killed_is_told_and_repeated(versions: Versions) -> None:
    versions.write(
        {"0003_index.up.sql": "-- bluegreen: no-transaction\nCREATE INDEX CONCURRENTLY late ON users (name);\n"}
    )
    holder = versions.green.connect(autocommit=False)
    holder.cursor().execute("INSERT INTO users VALUES (1, 'open')")
    kill = threading.Thread(target=wait_for, args=[lambda: versions.green.query(_KILL_BUILD) == [(True,)]])
    kill.start()
    failed = versions.move()
    kill.join()

    assert "BG225" in str(failed["msg"])
    assert "left the invalid index public.late" in str(failed["msg"])
    holder.commit()
    assert _version(versions) == 2
    versions.green.query("DROP INDEX late")
    assert versions.move()["version"] == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"directory": "/nowhere"}, "BG220"),
        ({"version": "7"}, "BG222"),
        ({"table": "schema_version"}, "BG020"),
        ({"table": "public.users"}, "BG229"),
    ],
)
def test_bad_input(versions: Versions, changes: dict[str, str], code: str) -> None:
    result = versions.run("schema_version", versions.arguments(**changes))

    assert (result["failed"], result["code"]) == (True, code)
    assert _version(versions) == 2


def test_bad_folders(versions: Versions) -> None:
    versions.write({"0002_add_phone.up.sql": "SELECT 'changed';\n"})
    assert versions.move()["code"] == "BG223"

    versions.write({**USERS, "helper.sql": "SELECT 1;\n"})
    assert versions.move()["code"] == "BG221"

    (versions.folder / "helper.sql").write_bytes(b"\xff\xfe")
    assert versions.move()["code"] == "BG220"
    (versions.folder / "helper.sql").unlink()
    for name in ("0002_add_phone.up.sql", "0002_add_phone.down.sql"):
        (versions.folder / name).unlink()
    assert versions.move()["code"] == "BG224"
