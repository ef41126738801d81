# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a phase that a role decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._domain.errors import MigrationError

_CODE = re.compile(r"BG\d{3}")


class PhaseStopped(MigrationError):
    """A role's own refusal; its text has all three parts, and may have a line for each reason."""

    def __str__(self) -> str:
        return self.what


def stop_phase(params: Mapping[str, Any], _run: Any, *, really: bool) -> dict[str, Any]:
    """Stop, in check mode as well.

    :raises MigrationError: always
    """
    del really
    text = params["msg"].rstrip()
    found = _CODE.match(text)
    if found is None:
        raise MigrationError(
            "BG070", f"A phase stops without a code: {text}", "This task changed nothing", "Begin its text with a code"
        )
    raise PhaseStopped(found.group(), text, "", "")
