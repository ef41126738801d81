# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts within HTML and within a script element: nothing in them leads out. Pure."""

from __future__ import annotations

import json
from html import escape
from typing import Any


def for_html(text: str) -> str:
    """Return a text that stands for itself in HTML, and in a template as well."""
    return escape(text).replace("{", "&#123;")


def for_a_script(value: Any) -> str:
    """Return a value as JSON that nothing in it can lead out of a script element."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    for begins in ("{{", "{%", "{#"):  # of an expression in a template; JSON has none outside of its texts
        text = text.replace(begins, f"\\u007b{begins[1]}")
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
