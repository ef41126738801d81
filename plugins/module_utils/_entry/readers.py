# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters about readers, documented in doc_fragments/readers.py."""

from __future__ import annotations

from typing import Any

from .._domain.sides import Side
from .routes import routes


def readers() -> dict[str, Any]:
    """Return the argument spec of ``read_routes`` and ``standbys``."""
    return {"read_routes": routes(), **standbys()}


def standbys() -> dict[str, Any]:
    """Return the argument spec of ``standbys``."""
    one = {"host": {"type": "str", "required": True}, "port": {"type": "int"}}
    side = {"type": "list", "elements": "dict", "default": [], "options": one}
    return {"standbys": {"type": "dict", "options": {str(each): side for each in Side}}}
