# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""archive_database against real servers."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.databases import DatabaseFactory, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.retired import archive_parameters, clean_up, switch
from tests.live.modules import ModuleProcess

_ARCHIVED = "SELECT count(*) FROM bluegreen.journal WHERE event = 'archived'"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give a folder for archives that does not exist yet."""
    return tmp_path / "odd folder" / "archives"


def test_archive_again_check_and_tampering(pair: PairFactory, directory: Path) -> None:
    sides = pair()
    parameters = archive_parameters(sides, directory)
    early = sides.run("archive_database", **parameters)
    assert early["code"] == "BG802"
    switch(sides)
    assert sides.run("archive_database", **parameters)["code"] == "BG803"
    clean_up(sides)

    tried = sides.succeed("archive_database", check=True, **parameters)
    assert (tried["changed"], tried["archived"], tried["archive"]) == (True, True, None)
    assert not directory.exists()
    assert sides.green.query(_ARCHIVED) == [(0,)]

    made = sides.succeed("archive_database", **parameters)
    assert (made["changed"], made["side"], made["archived"]) == (True, "blue", True)
    assert made["archive"]["rows"] == 170
    assert sides.green.query(_ARCHIVED) == [(1,)]
    assert [path.name for path in directory.iterdir()] == [Path(made["folder"]).name]
    manifest = json.loads(Path(made["folder"], "manifest.json").read_text(encoding="utf-8"))
    counted = {(one["schema"], one["name"]): one["rows"] for one in manifest["tables"]}
    assert counted == {
        ("public", "users"): 100,
        ('Odd "Name', "Täble 1"): 50,
        ("public", "events_2026"): 20,
        ("pg_catalog", "pg_largeobject_metadata"): 0,
    }
    assert {"dump/toc.dat"} < {one["path"] for one in manifest["files"]}

    again = sides.succeed("archive_database", **parameters)
    assert not again["changed"]
    assert again["archive"] == made["archive"]

    _tamper(sides, parameters, Path(made["folder"]))


def _tamper(sides: Pair, parameters: dict[str, Any], folder: Path) -> None:
    contents = folder / "dump" / "toc.dat"
    sound = contents.read_bytes()
    contents.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    changed = sides.run("archive_database", **parameters)
    assert changed["code"] == "BG807"
    assert changed["details"]["problems"] == ["dump/toc.dat was changed"]
    contents.write_bytes(sound)

    (folder / "stranger").touch()
    assert sides.run("archive_database", **parameters)["details"]["problems"] == ["stranger does not belong to it"]
    (folder / "stranger").unlink()

    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"rows": 100', '"rows": 101'), encoding="utf-8")
    assert "not the one in the journal" in sides.run("archive_database", **parameters)["msg"]
    manifest.unlink()
    assert sides.run("archive_database", **parameters)["details"]["problems"] == ["manifest.json is missing"]

    shutil.rmtree(folder)
    assert sides.changes("archive_database", **parameters)
    assert not sides.changes("archive_database", **parameters)


def test_another_server_and_what_cannot_be_restored(
    pair: PairFactory, database: DatabaseFactory, directory: Path
) -> None:
    sides = pair(14, 17)
    stranger = f"{sides.blue.name}_stranger"
    sides.blue.query(f"CREATE ROLE {stranger}; CREATE POLICY own ON users TO {stranger} USING (true)")
    switch(sides)
    clean_up(sides)
    sides.blue.query("SELECT lo_create(4711)")
    given = database(17, "given").endpoint("superuser")
    wrong = sides.run(
        "archive_database", **archive_parameters(sides, directory, restore_to={**given, "password": "no"})
    )
    assert wrong["code"] == "BG808"
    assert list(directory.iterdir()) == []
    refused = sides.run("archive_database", **archive_parameters(sides, directory, restore_to=given))
    assert refused["code"] == "BG805", "the policy's role is missing there"
    assert list(directory.iterdir()) == []

    made = sides.succeed("archive_database", **archive_parameters(sides, directory))
    assert made["archive"]["restored_on"] == "a throw-away server (PostgreSQL 14)"
    assert made["archive"]["rows"] == 171, "the large object is counted"
    sides.blue.query("DROP POLICY own ON users")
    shutil.rmtree(directory)
    again = sides.succeed("archive_database", **archive_parameters(sides, directory, restore_to=given))
    assert again["archive"]["restored_on"] == f"127.0.0.1:{given['port']}/{given['dbname']} (PostgreSQL 17)"


@pytest.mark.soak
def test_a_dump_without_some_rows_is_no_archive(pair: PairFactory, directory: Path, tmp_path: Path) -> None:
    sides = pair()
    switch(sides)
    clean_up(sides)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, more in (("pg_dump", "--exclude-table-data=public.users"), ("pg_restore", "")):
        real = sides.blue.server.pg_bin / name
        (programs / name).write_text(f'#!/bin/sh\nexec "{real}" "$@" {more}\n', encoding="utf-8")
        (programs / name).chmod(0o700)
    given = sides.green.endpoint("superuser")

    result = sides.run(
        "archive_database", **archive_parameters(sides, directory, pg_bindir=str(programs), restore_to=given)
    )

    assert result["code"] == "BG806"
    assert result["details"]["differences"] == ["public.users: 0 rows instead of 100 rows"]
    assert list(directory.iterdir()) == []
    assert sides.green.query(_ARCHIVED) == [(0,)]


@pytest.mark.soak
def test_a_restore_with_as_many_rows_and_other_contents_proves_nothing(
    pair: PairFactory, directory: Path, tmp_path: Path
) -> None:
    sides = pair()
    switch(sides)
    clean_up(sides)
    programs, real = tmp_path / "programs", sides.blue.server.pg_bin
    programs.mkdir()
    (programs / "pg_dump").symlink_to(real / "pg_dump")
    (programs / "pg_restore").write_text(
        f"""#!/bin/sh
"{real}/pg_restore" "$@" || exit
for word; do case "$word" in --dbname=*)
    "{real}/psql" -qX -v ON_ERROR_STOP=1 "$word" -c "SET session_replication_role = replica;
        UPDATE public.users SET name = 'torn' WHERE id = 7" || exit ;;
esac; done
""",
        encoding="utf-8",
    )
    (programs / "pg_restore").chmod(0o700)
    given = sides.green.endpoint("superuser")

    result = sides.run(
        "archive_database", **archive_parameters(sides, directory, pg_bindir=str(programs), restore_to=given)
    )

    assert result["code"] == "BG806", result
    assert result["details"]["differences"] == ["public.users: different contents in 100 rows"]
    assert list(directory.iterdir()) == []


@pytest.mark.soak
def test_what_a_killed_run_leaves_is_removed(pair: PairFactory, directory: Path) -> None:
    sides = pair()
    switch(sides)
    clean_up(sides)
    parameters = {**sides.ends(), **archive_parameters(sides, directory)}
    # pg_dump waits for this table, and the count does not read it, so the kill strikes in between.
    blocker = sides.blue.connect("superuser", autocommit=False)
    run_statement(blocker, "LOCK TABLE bluegreen.fenced IN ACCESS EXCLUSIVE MODE")
    victim = ModuleProcess("archive_database", parameters)
    _await(lambda: any(directory.glob(".*.partial")) and _dumping(sides))
    victim.kill()
    assert victim.wait() == {}
    assert any(directory.glob(".*.partial"))
    blocker.rollback()

    assert sides.changes("archive_database", **archive_parameters(sides, directory))
    assert len(list(directory.iterdir())) == 1
    assert not _dumping(sides)
    assert not sides.changes("archive_database", **archive_parameters(sides, directory))


def _dumping(sides: Pair) -> bool:
    return sides.blue.query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'bluegreen archive %'"
    ) > [(0,)]


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
