# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes that a link's plan may make, as the plan sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..lanes.link import LaneSpec
from ..lanes.source import Source


class LaneVerbs(Protocol):
    """The changes of one direction's lanes."""

    def create_publication(self, spec: LaneSpec) -> None:
        """Publish the lane, with markers on both sides."""

    def change_publication(self, spec: LaneSpec) -> None:
        """Change the tables that the lane publishes."""

    def replace_publication(self, spec: LaneSpec) -> None:
        """Publish the lane's tables by name, where all tables were published."""

    def create_slot(self, spec: LaneSpec) -> None:
        """Create the lane's slot."""

    def begin_at(self, spec: LaneSpec, lsn: str) -> None:
        """Start the lane's slot where green's existing rows end."""

    def drop_slot(self, name: str) -> None:
        """Drop a slot that a table copy or a switch has left."""

    def drop_origin(self, name: str) -> None:
        """Drop the origin of a dropped subscription."""

    def drop_publication(self, name: str) -> None:
        """Drop the publication of a lane that the link does not get."""

    def subscribe(self, spec: LaneSpec, copy: bool) -> None:
        """Subscribe; a first copy brings the other side's markers too, so ours are deleted first."""

    def arm(self, spec: LaneSpec) -> None:
        """Subscribe without letting rows flow."""

    def refresh(self, spec: LaneSpec, brings_rows: bool) -> None:
        """Add the publication's new tables to the subscription."""

    def lead(self, spec: LaneSpec, source: Source) -> None:
        """Let the subscription read from the publisher's present primary, which is ``source``."""

    def attach(self, spec: LaneSpec) -> None:
        """Give the subscription its slot again."""

    def set_options(self, spec: LaneSpec, options: Mapping[str, str]) -> None:
        """Set options of the subscription."""

    def enable(self, spec: LaneSpec) -> None:
        """Let rows flow."""

    def disable(self, spec: LaneSpec) -> None:
        """Stop the flow of rows."""

    def unsubscribe(self, spec: LaneSpec) -> None:
        """Drop the subscription with its slots."""

    def unpublish(self, spec: LaneSpec) -> None:
        """Drop the publication."""
