# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `status` says about a first copy under way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import one_line

_LINES = Path(__file__).resolve().parents[3] / "roles" / "monitor" / "templates" / "facts.txt.j2"
_NOTHING: dict[str, Any] = {
    "gates": {},
    "links": {},
    "findings": [],
    "standing": {"where": "", "lines": [], "no_rollback": ""},
}


def _shown(snapshot_seconds: float | None) -> str:
    status = {
        "versions": {"blue": 17, "green": 18},
        "progress": ["first copy: 1.0 GB of 2.0 GB"],
        "first_copy": {"snapshot_seconds": snapshot_seconds},
    }
    environment = jinja2.Environment(autoescape=False)
    environment.filters["bluegreen.postgresql.one_line"] = one_line
    template = environment.from_string(_LINES.read_text(encoding="utf-8"))
    return str(template.render(monitor_migration="shop", monitor_status={**_NOTHING, **status}))


def test_a_held_snapshot_is_shown_as_long_as_it_is_held() -> None:
    assert "blue's vacuum has been held back for 7.5 s by the copy's snapshot" in _shown(7.5)
    assert "1.0 GB of 2.0 GB" in _shown(7.5)
    assert "vacuum" not in _shown(None)
