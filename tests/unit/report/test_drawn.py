# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings stay as somebody has looked at them; `tests/unit/report/drawn.py` draws them anew."""

from __future__ import annotations

import pytest

from tests.unit.report.drawn import FOLDER, samples


@pytest.mark.parametrize("name", [name for name, _text in samples()])
def test_a_drawing_is_as_it_was_looked_at(name: str) -> None:
    drawn = dict(samples())[name]
    assert drawn.splitlines() == (FOLDER / name).read_text(encoding="utf-8").splitlines()


def test_no_drawing_is_forgotten() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {name for name, _text in samples()}
