#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drops the side out of service, or closes it to applications, or takes that back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: decommission
short_description: Drop the side out of service, or close it to applications
version_added: "0.1.0"
description:
  - Ends the life of the side that applications have left.
  - Refuses, with all reasons at once, while that side is not proven to be out of service, before O(after_days) have
    passed since the last switch, without a proven archive in the journal whose files are all there and unchanged, while
    sessions are connected or replication hangs on the database, and without its name in O(confirm).
  - O(mode=drop) refuses as well what has changed since it was archived (BG910), and after an emergency what may hold
    rows that nobody else has, until O(confirm) names its archive (BG911).
  - Records it in the journal of the side in service. A database that is gone already changes nothing.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
options:
  side:
    description: The side that is to go. It is not guessed, so that a rollback which you did not hear of stops you.
    type: str
    choices: [blue, green]
    default: blue
  mode:
    description:
      - V(revoke) takes CONNECT from PUBLIC, from every role that was granted it, and from O(application_roles). The
        fence and the signpost stay, in case somebody grants it again. The owner and the role in use keep CONNECT, and
        the database goes on accepting connections, so that it can be looked at, dumped and dropped.
      - V(drop) drops the database, and with it the fence and the signpost.
      - V(undo_revoke) gives CONNECT back to whom V(revoke) took it from, as they had it, and takes from the role in use
        what it was lent. Nothing else has to hold for that, and it needs no word. It fails where no journal tells of a
        revoke (BG912).
    type: str
    choices: [revoke, drop, undo_revoke]
    default: revoke
  confirm:
    description:
      - The name of the database that is to go, in words.
      - After an emergency, with O(mode=drop), the name of its archive's folder, which will be the only copy.
    type: str
    default: ""
  after_days:
    description: How many days have to pass after the last switch, by the clock of the side in service.
    type: float
    default: 7
  application_roles:
    description: Roles of the applications; none of them may be able to connect after O(mode=revoke).
    type: list
    elements: str
    default: []
  maintenance_database:
    description: The database of the same server to connect to while the side's own is dropped.
    type: str
    default: postgres
notes:
  - The archive's files are read at the path in the journal, on the host where the module runs, completely.
  - The role in use is the database's owner, or a member of it.
seealso:
  - module: bluegreen.postgresql.archive_database
  - module: bluegreen.postgresql.migration_info
  - name: What each playbook does
    description: Each playbook in each situation.
    link: docs/playbooks.md
"""

EXAMPLES = r"""
- name: Close what was left behind to applications
  bluegreen.postgresql.decommission:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    mode: revoke
    confirm: orders
    application_roles: [orders_app]

- name: Drop it
  bluegreen.postgresql.decommission:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    mode: drop
    confirm: orders
    after_days: 30

- name: Let applications connect to what was closed to them, and is still fenced
  bluegreen.postgresql.decommission:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    mode: undo_revoke
"""

RETURN = r"""
side:
  description: The side that was to go.
  type: str
  returned: success
  sample: blue
database:
  description: The name of its database.
  type: str
  returned: success
  sample: orders
exists:
  description: Whether the database exists, or would after the run in check mode.
  type: bool
  returned: success
may_connect:
  description:
    - Who could connect before O(mode=drop), and can after the other modes, beside the owner and the role in use.
    - C(PUBLIC) stands for everybody.
  type: list
  elements: str
  returned: success
  sample: []
decommissioned:
  description: Whether it was decommissioned and the journal knows it, or would be in check mode.
  type: bool
  returned: success
details:
  description: RV(ignore:details.reasons) lists each reason with its code, when it was refused for BG810.
  type: dict
  returned: failure
steps:
  description: What was done, or would be in check mode; empty when there was nothing to do.
  type: list
  elements: str
  returned: success
  sample: [drop database orders of blue, record that blue was decommissioned on green]
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.story import (
    DROP,
    REVOKE,
    UNDO_REVOKE,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.retirement.decommission import (
    decommission_of,
)


def main() -> None:
    """Run the module."""
    run_module(
        decommission_of,
        {
            "side": {"type": "str", "choices": [str(side) for side in Side], "default": str(Side.BLUE)},
            "mode": {"type": "str", "choices": [REVOKE, DROP, UNDO_REVOKE], "default": REVOKE},
            "confirm": {"type": "str", "default": ""},
            "after_days": {"type": "float", "default": 7},
            "application_roles": {"type": "list", "elements": "str", "default": []},
            "maintenance_database": {"type": "str", "default": "postgres"},
        },
    )


if __name__ == "__main__":
    main()
