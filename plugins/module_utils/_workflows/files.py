# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that only their owner may read, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_lines(path: str, lines: Iterable[str]) -> int:
    """Write lines to a file that only its owner may read, durably and in one step; return their number.

    :raises OSError: when it cannot be written; what was there before is there still
    """
    part = Path(f"{path}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        for line in lines:
            file.write(f"{line}\n")
            written += 1
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return written


def write_document(path: str, document: Any) -> None:
    """Write a JSON document the same way; raises as :func:`write_lines` does."""
    write_lines(path, json.dumps(document, indent=2, ensure_ascii=False).splitlines())
