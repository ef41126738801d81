# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with the programs of every major version on its PATH, as preflight wants it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain import versions
from demo.commands import BINARIES_CACHE


@pytest.fixture(autouse=True)
def versions_of_no_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no version be out of support: what these tests find exactly must not depend on the day."""
    monkeypatch.setattr(versions, "VERSIONS", {})


@pytest.fixture(autouse=True)
def programs_on_path() -> Iterator[None]:
    """Put what the servers were made from on the PATH; preflight takes the programs of green's major from there."""
    found = sorted(str(path.parent) for path in BINARIES_CACHE.glob("*/**/bin/pg_dump"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([*found, os.environ["PATH"]]))
        yield
