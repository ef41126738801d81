# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PgBouncer's files: read as PgBouncer reads them, replaced completely, and quoted in no error."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_files import (
    PreparedFiles,
    includes,
    parse,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.files import replace_file
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.places import Here, InvalidFile

BLUE = "[databases]\nshop = host=blue.example.com port=5433 dbname=store password=hidden\n"
GREEN = "[databases]\nshop = host=green.example.com port=5434 dbname=store password=hidden\n"
_NAMES = st.from_regex(r"[a-zA-Z0-9_.*-]{1,20}", fullmatch=True)
_VALUES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)
_KEYS = st.sampled_from(["host", "dbname", "user", "password", "pool_mode", "connect_query"])


def _paths(folder: Path) -> tuple[str, str, str]:
    return str(folder / "live"), str(folder / "blue"), str(folder / "green")


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedFiles:
    """Give prepared files of both sides, and a live one that leads to blue."""
    for name, text in (("live", BLUE), ("blue", BLUE), ("green", GREEN)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return PreparedFiles(*_paths(tmp_path))


@given(st.dictionaries(_NAMES, st.dictionaries(_KEYS, _VALUES, max_size=5), max_size=5))
def test_what_was_written_is_read(entries: dict[str, dict[str, str]]) -> None:
    lines = [
        f"{name} = " + " ".join("{}='{}'".format(key, value.replace("'", "''")) for key, value in settings.items())
        for name, settings in entries.items()
    ]

    assert parse("\n".join(["[databases]", *lines]), "x").databases == entries


def test_comments_blanks_and_other_sections_are_read() -> None:
    text = "; a comment\n\n[databases]\n# another\n a=host=/run port=1\n b =\n[users]\nbob = pool_mode=session\n"
    entries = parse(text, "x")

    assert entries.address("a") == ("/run", 1, "a")
    assert entries.address("b") == (None, 5432, "b")
    assert entries.others == {"users": {"bob": "pool_mode=session"}}


def test_files_that_differ_in_layout_say_the_same() -> None:
    assert parse("[databases]\nshop = host=a  port=1", "x") == parse("; c\n[DATABASES]\nshop=host='a' port=1\n", "y")


@pytest.mark.parametrize(
    "text",
    [
        "shop = host=a password=hidden",
        "[databases]\nshop host=a password=hidden",
        "[databases]\nshop = host=a password='hidden",
        "[databases]\nshop = host=a password=hidden nonsense",
        "[databases]\nshop = port=hidden",
    ],
)
def test_what_is_no_configuration_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        parse(text, "/etc/pgbouncer/x.ini")

    assert "/etc/pgbouncer/x.ini" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="live: No such file"):
        PreparedFiles(str(tmp_path / "live"), "b", "g").read()


def test_the_live_file_tells_the_side(prepared: PreparedFiles) -> None:
    assert prepared.read().side is Side.BLUE
    prepared.install(Side.GREEN)
    assert prepared.read().side is Side.GREEN
    Path(prepared.live).write_text(GREEN.replace("5434", "5435"), encoding="utf-8")
    assert prepared.read().side is None


def test_installing_keeps_mode_and_owner_and_leaves_nothing(prepared: PreparedFiles) -> None:
    Path(prepared.live).chmod(0o640)
    if os.geteuid() == 0:
        os.chown(prepared.live, 1234, 4321)
    before = Path(prepared.live).stat()

    prepared.install(Side.GREEN)

    after = Path(prepared.live).stat()
    assert Path(prepared.live).read_text(encoding="utf-8") == GREEN
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert sorted(path.name for path in Path(prepared.live).parent.iterdir()) == ["blue", "green", "live"]


def test_what_was_staged_is_installed_without_waiting_for_the_disk(
    prepared: PreparedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(prepared.live).chmod(0o640)
    prepared.stage(Side.GREEN)
    assert prepared.read().side is Side.BLUE

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", _must_not_be_asked)
        prepared.install(Side.GREEN)

    assert Path(prepared.live).read_text(encoding="utf-8") == GREEN
    assert Path(prepared.live).stat().st_mode & 0o777 == 0o640
    prepared.settle()
    assert sorted(path.name for path in Path(prepared.live).parent.iterdir()) == ["blue", "green", "live"]


def test_what_has_changed_since_it_was_staged_is_installed_as_it_is(prepared: PreparedFiles) -> None:
    prepared.stage(Side.GREEN)
    Path(prepared.prepared[Side.GREEN]).write_text(GREEN.replace("5434", "5435"), encoding="utf-8")

    prepared.install(Side.GREEN)

    assert Path(prepared.live).read_text(encoding="utf-8") == GREEN.replace("5434", "5435")


def test_what_was_staged_and_not_installed_is_removed(prepared: PreparedFiles) -> None:
    prepared.stage(Side.GREEN)

    prepared.settle()

    assert prepared.read().side is Side.BLUE
    assert sorted(path.name for path in Path(prepared.live).parent.iterdir()) == ["blue", "green", "live"]


def test_what_a_killed_process_had_staged_is_removed_by_whoever_releases(prepared: PreparedFiles) -> None:
    prepared.stage(Side.GREEN)

    PreparedFiles(prepared.live, prepared.prepared[Side.BLUE], prepared.prepared[Side.GREEN]).settle()

    assert sorted(path.name for path in Path(prepared.live).parent.iterdir()) == ["blue", "green", "live"]


def test_where_nothing_was_staged_the_folder_is_not_needed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    PreparedFiles(str(gone / "live"), str(gone / "blue"), str(gone / "green")).settle()
    assert not gone.exists()


def _must_not_be_asked(_descriptor: int) -> None:
    raise AssertionError("clients wait for the disk")


def test_a_symbolic_link_stays_one(prepared: PreparedFiles, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real"
    real.parent.mkdir()
    Path(prepared.live).replace(real)
    Path(prepared.live).symlink_to(real)

    prepared.install(Side.GREEN)

    assert Path(prepared.live).is_symlink()
    assert real.read_text(encoding="utf-8") == GREEN


def test_a_failure_leaves_the_live_file_as_it_was(prepared: PreparedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        prepared.install(Side.GREEN)

    assert Path(prepared.live).read_text(encoding="utf-8") == BLUE
    assert sorted(path.name for path in Path(prepared.live).parent.iterdir()) == ["blue", "green", "live"]


def test_a_new_file_can_be_read_by_a_service(tmp_path: Path) -> None:
    replace_file(tmp_path / "state", b"1\n")

    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o644


def test_included_files_are_found_once_however_deep(tmp_path: Path) -> None:
    main, one, two = (tmp_path / name for name in ("main", "one", "two"))
    main.write_text(f"[pgbouncer]\n%include {one}\n", encoding="utf-8")
    one.write_text(f"%include {two}\n", encoding="utf-8")
    two.write_text(f"; %include nothing\n%include {one}\n", encoding="utf-8")

    assert includes(str(main), Here()) == {str(path) for path in (main, one, two)}
