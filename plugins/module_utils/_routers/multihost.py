# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that list both sides and look for the one that lets them write: nothing to hold, nothing to switch.

The fence turns their writes away, and the signpost (the database's ``default_transaction_read_only``) shows them the
side in service when they connect again with ``target_session_attrs=read-write``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .._domain.clock import Deadline
from .._domain.route import RouteFacts
from .._domain.sides import Side
from .contract import Run


class Multihost:
    """All clients with a multi-host connection string."""

    required: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ()
    name = "multihost"

    def __init__(self, _entry: Mapping[str, Any], _run: Run) -> None:
        """Take no parameter."""

    def arm(self, deadline: Deadline) -> None:
        """Open nothing: no process stands between these clients and the servers."""

    def observe(self, deadline: Deadline) -> RouteFacts:
        """Tell that clients follow by themselves."""
        del deadline
        return RouteFacts(self.name, side=None, held=False, follows=True)

    def hold(self, deadline: Deadline) -> None:
        """Hold nobody: the fence does it."""

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Switch nothing: the signpost does it."""

    def release(self, deadline: Deadline) -> None:
        """Release nobody: nobody is held."""

    def close(self) -> None:
        """Close nothing."""
