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
  - Closes the side that applications have left, or drops its database.
  - Refuses, with all reasons at once, while that side is not proven to be out of service, before O(after_days) have
    passed since the last switch, without a proven archive in the journal whose files are complete and unchanged, while
    sessions are connected or replication uses the database, and without its name in O(confirm).
  - O(mode=drop) also refuses a database that has changed since it was archived (BG910), and after an emergency one that
    may have rows which exist nowhere else, until O(confirm) names its archive (BG911).
  - With O(s3) an archive counts only if its copy in that bucket was restored, and still lies there as it did then. The
    archive's folder need not exist any more.
  - Records the result in the journal of the side in service. If the database is already gone, nothing changes.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.bucket
  - bluegreen.postgresql.attributes
options:
  side:
    description: The side to close or drop. It is not guessed, so that a rollback which you have not heard of stops you.
    type: str
    choices: [blue, green]
    default: blue
  mode:
    description:
      - V(revoke) revokes CONNECT from PUBLIC, from every role that was granted it, and from O(application_roles). The
        fence and the signpost stay, in case somebody grants it again. The owner and the role in use keep CONNECT, and
        the database still accepts connections, so that it can be inspected, dumped and dropped.
      - V(drop) drops the database, and with it the fence and the signpost.
      - V(undo_revoke) grants CONNECT again to the roles that V(revoke) took it from, as they had it, and revokes what
        the role in use got for the revoke. It has no other conditions and needs no O(confirm). It fails if no journal
        records a revoke (BG912).
    type: str
    choices: [revoke, drop, undo_revoke]
    default: revoke
  confirm:
    description:
      - The name of the database to close or drop, as a confirmation.
      - After an emergency, with O(mode=drop), the name of its archive's folder, which will be the only copy.
    type: str
    default: ""
  after_days:
    description: How many days must have passed since the last switch, by the clock of the side in service.
    type: float
    default: 7
  application_roles:
    description: Roles of the applications; after O(mode=revoke) none of them may be able to connect.
    type: list
    elements: str
    default: []
  maintenance_database:
    description: Another database of the same server, to connect to while the side's own is dropped.
    type: str
    default: postgres
notes:
  - Without O(s3) the module reads the archive's files completely, at the path in the journal, on the host where it
    runs.
  - The role in use has to be the database's owner, or a member of it.
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

- name: Drop it only if its archive was restored from the bucket
  bluegreen.postgresql.decommission:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    mode: drop
    confirm: orders
    s3:
      bucket: company-archives
      prefix: databases
      region: eu-central-1

- name: Let applications connect to what was closed to them, and is still fenced
  bluegreen.postgresql.decommission:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    mode: undo_revoke
"""

RETURN = r"""
side:
  description: The side that was to be closed or dropped.
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
    - Roles that could connect before O(mode=drop), or can connect after the other modes, besides the owner and the role
      in use.
    - C(PUBLIC) stands for everybody.
  type: list
  elements: str
  returned: success
  sample: []
decommissioned:
  description: Whether it was decommissioned and the journal records it, or would be in check mode.
  type: bool
  returned: success
details:
  description: After a refusal with BG810, RV(ignore:details.reasons) lists each reason with its code.
  type: dict
  returned: failure
steps:
  description: What was done, in order, or would be done in check mode; empty if there was nothing to do.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: What the step does.
      returned: always
      type: str
      sample: drop database orders of blue
    milliseconds:
      description: How long it took; V(null) in check mode.
      returned: always
      type: float
      sample: 12.3
    changed:
      description: Whether it changes something; V(false) for a step that only looks or waits.
      returned: always
      type: bool
      sample: true
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.story import (
    DROP,
    REVOKE,
    UNDO_REVOKE,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.bucket import bucket
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
            **bucket(),
        },
    )


if __name__ == "__main__":
    main()
