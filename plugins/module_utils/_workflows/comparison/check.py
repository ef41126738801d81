# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares tables on both sides while both are being written to."""

from __future__ import annotations

from typing import Any

from ..._domain.comparison.report import ConsistencyReport
from ..._domain.comparison.request import Request
from ..ports import Ports
from .run import ComparisonRun


class ConsistencyCheck:
    """The probe of the module ``consistency_check``. Except in check mode it records its progress on green."""

    def __init__(self, params: dict[str, Any], ports: Ports) -> None:
        self._params = params
        self._ports = ports

    def probe(self) -> ConsistencyReport:
        """Compare, and return what was found.

        :raises MigrationError: as :meth:`ComparisonRun.compare` does
        """
        with ComparisonRun(self._ports, Request.of(self._params)) as run:
            return run.compare()
