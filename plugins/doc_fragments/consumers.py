# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of consumers of changes."""

from __future__ import annotations


class ModuleDocFragment:
    """A slot, and why it stays."""

    DOCUMENTATION = r"""
options:
  consumers:
    description:
      - The consumers of changes (change data capture, other subscribers) by their logical slots. Each moves to the side
        in service, or stays. See C(docs/consumers.md).
      - M(bluegreen.postgresql.preflight_info) and M(bluegreen.postgresql.prerequisites_info) stand against a cutover
        while a logical slot of blue that is not ours is missing here.
        M(bluegreen.postgresql.replication_link) does not remove a link while such a slot is left on the side out of
        service, unless it is to be left.
    type: list
    elements: dict
    default: []
    suboptions:
      slot:
        description: Name of the logical slot.
        type: str
        required: true
      publication:
        description:
          - The publication that it reads, for a plugin that has publications. M(bluegreen.postgresql.consumer_handover)
            copies it to green.
        type: str
      leave:
        description: Why the slot stays on the side that is left, and may end with it. Without it, it is to move.
        type: str
"""
