# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that list both sides and look for the writable one: nothing to hold, nothing to switch.

The fence refuses their writes, and the signpost (the database's ``default_transaction_read_only``) leads them to the
side in service when they reconnect with ``target_session_attrs=read-write``.
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
        """Open nothing: there is no process between these clients and the servers."""

    def observe(self, deadline: Deadline) -> RouteFacts:
        """Report that clients follow by themselves."""
        del deadline
        return RouteFacts(self.name, side=None, held=False, follows=True)

    def hold(self, deadline: Deadline) -> None:
        """Do nothing: the fence holds back the writers."""

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Do nothing: the signpost leads the clients."""

    def release(self, deadline: Deadline) -> None:
        """Do nothing: nobody is held."""

    def close(self) -> None:
        """Do nothing: nothing is open."""
