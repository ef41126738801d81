# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contents of prepared files: only the addresses differ between the sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_files import PreparedFiles, parse
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_preparation import (
    LedElsewhere,
    changes_to,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.places import InvalidFile

LIVE = """; who may change this: the platform team
[databases]
shop = host=db17 port=6000 dbname=store pool_size=40 connect_query='SET a = ''b'''
  "The ""x"" jobs" = auth_user=looker host='db17'
reports = host=warehouse
[users]
bob = pool_mode=session
"""
GREEN = """; who may change this: the platform team
[databases]
shop = host=db18 port=5433 dbname='the store' pool_size=40 connect_query='SET a = ''b'''
"The ""x"" jobs" = host=db18 port=5433 dbname='the store' auth_user=looker
reports = host=warehouse
[users]
bob = pool_mode=session
"""
NAMES = ("shop", 'The "x" jobs')
ADDRESSES = {
    Side.BLUE: {"host": "db17", "port": "6000", "dbname": "store"},
    Side.GREEN: {"host": "db18", "port": "5433", "dbname": "the store"},
}
NOWHERE: dict[Side, dict[str, str]] = {side: {} for side in Side}


@pytest.fixture
def files(tmp_path: Path) -> PreparedFiles:
    """Give a live file that leads to blue, and nothing prepared."""
    (tmp_path / "live").write_text(LIVE, encoding="utf-8")
    return PreparedFiles(str(tmp_path / "live"), str(tmp_path / "blue"), str(tmp_path / "green"))


def _write(
    files: PreparedFiles,
    side: Side,
    found: dict[Side, dict[str, str]] | None = None,
    given: dict[Side, dict[str, str]] | None = None,
) -> list[str]:
    changes = changes_to(files, NAMES, side, found or ADDRESSES, given or NOWHERE)
    for change in changes:
        files.place.write(change.path, change.text, change.like)
    return [Path(change.path).name for change in changes]


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def test_only_addresses_of_named_entries_change(files: PreparedFiles) -> None:
    assert _write(files, Side.BLUE) == ["blue", "green"]
    assert _text(files.prepared[Side.BLUE]) == LIVE
    assert _text(files.prepared[Side.GREEN]) == GREEN
    assert _write(files, Side.BLUE) == []


def test_what_the_user_changes_in_the_live_file_is_taken_over(files: PreparedFiles) -> None:
    _write(files, Side.BLUE)
    Path(files.live).write_text(LIVE.replace("pool_size=40", "pool_size=60"), encoding="utf-8")

    assert _write(files, Side.BLUE) == ["blue", "green"]
    assert _text(files.prepared[Side.GREEN]) == GREEN.replace("pool_size=40", "pool_size=60")


def test_after_a_switch_the_way_back_keeps_the_addresses_that_blue_had(files: PreparedFiles) -> None:
    _write(files, Side.BLUE)
    files.install(Side.GREEN)
    Path(files.live).write_text(GREEN.replace("pool_size=40", "pool_size=60"), encoding="utf-8")

    assert _write(files, Side.GREEN, {**ADDRESSES, Side.BLUE: {"host": "as-we-see-it"}}) == ["blue", "green"]
    said = parse(_text(files.prepared[Side.BLUE]), "blue").databases
    assert (said["shop"]["host"], said["shop"]["port"], said["shop"]["pool_size"]) == ("db17", "6000", "60")


def test_an_address_that_was_given_wins(files: PreparedFiles) -> None:
    _write(files, Side.BLUE)
    moved = {**NOWHERE, Side.GREEN: {"host": "db19"}}

    assert _write(files, Side.BLUE, given=moved) == ["green"]
    assert parse(_text(files.prepared[Side.GREEN]), "green").databases["shop"]["host"] == "db19"


def test_a_live_file_that_leads_to_the_side_out_of_service_is_refused(files: PreparedFiles) -> None:
    _write(files, Side.BLUE)
    Path(files.live).write_text(GREEN.replace("pool_size=40", "pool_size=60"), encoding="utf-8")
    with pytest.raises(LedElsewhere, match="leads to green, and blue is in service"):
        _write(files, Side.BLUE)


@pytest.mark.parametrize("text", ["[databases]\nshop = host=a\n", None])
def test_a_live_file_without_the_entries_is_refused(files: PreparedFiles, text: str | None) -> None:
    Path(files.live).unlink() if text is None else Path(files.live).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile):
        _write(files, Side.BLUE)


@given(
    host=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20),
    pool_size=st.integers(1, 99),
)
def test_whatever_the_address_it_is_read_as_it_was_meant(
    tmp_path_factory: pytest.TempPathFactory, host: str, pool_size: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "live").write_text(f"[databases]\nshop = host=a pool_size={pool_size}\n", encoding="utf-8")
    files = PreparedFiles(str(folder / "live"), str(folder / "blue"), str(folder / "green"))
    changes = changes_to(files, ["shop"], Side.BLUE, {Side.BLUE: {"host": "a"}, Side.GREEN: {"host": host}}, NOWHERE)

    assert parse(changes[1].text, "green").databases == {"shop": {"host": host, "pool_size": str(pool_size)}}
