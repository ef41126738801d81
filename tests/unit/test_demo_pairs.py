# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pairs `make pairs` takes, and what it says of one that ended early."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain import versions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from demo import pairs
from demo.progress import Progress


def test_every_pair_that_is_claimed_is_taken_and_the_last_one_must_be_refused() -> None:
    *claimed, refused = pairs.every_pair()
    assert claimed == versions.pairs()
    assert refused == (versions.NEWEST, versions.NEWEST - 1)


def test_a_list_of_pairs_names_claimed_ones_in_its_own_order() -> None:
    assert pairs.parse_pairs("18-17,17-18,14-18") == [(18, 17), (17, 18), (14, 18)]
    with pytest.raises(ValueError, match="17-14, 9-18"):
        pairs.parse_pairs("17-18,9-18,17-14")


def test_a_pair_without_servers_is_told_and_the_next_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_arguments: object) -> object:
        raise EmbeddedServerError("npm is missing", "install it")

    monkeypatch.setattr(pairs, "staged", nowhere)
    said = io.StringIO()
    assert not pairs.tell_pairs([(14, 18), (17, 18)], tmp_path, "multihost", Progress(said))
    assert said.getvalue().count("npm is missing") == 2
    assert "14 → 18       FAILED" in said.getvalue()
