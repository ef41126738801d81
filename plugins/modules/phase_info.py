#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks what a phase does where the migration stands."""

from __future__ import annotations

DOCUMENTATION = r"""
module: phase_info
short_description: Read what a phase would do in the migration's present situation
version_added: "0.1.0"
description:
  - Reads gates, journals and links of both sides, and looks the phase up in one table of phases and situations
    (C(docs/playbooks.md)).
  - Fails if the phase would refuse, and says where things stand, which phases can run, and what helps. Writes nothing.
  - In check mode a phase may be tried before the phases that it needs.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes.probe
options:
  phase:
    description: The playbook that is about to start.
    type: str
    required: true
    choices: [prepare, setup, replicate, sync, verify, cutover, rollback, monitor, status, traffic, reads, rehearse,
              cleanup, archive, decommission]
  unknown_variables:
    description:
      - What happens where the host has variables that begin with C(bluegreen_) and that no playbook or role of the
        collection reads. V(warn) and V(fail) name each one with the nearest that exists.
      - The action looks for them on the controller, before the module asks anything.
    type: str
    choices: [warn, fail, ignore]
    default: warn
seealso:
  - module: bluegreen.postgresql.migration_info
  - name: What each playbook does
    description: Each playbook in each situation.
    link: docs/playbooks.md
"""

EXAMPLES = r"""
- name: Ask what sync does here
  bluegreen.postgresql.phase_info:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    phase: sync
"""

RETURN = r"""
does:
  description: V(work) or V(nothing); a phase that refuses fails.
  returned: success
  type: str
  sample: work
why:
  description: Why it has nothing to do; empty if it does its work.
  returned: success
  type: str
standing:
  description: The situation in the table.
  returned: success
  type: str
  sample: replicating
where:
  description: A description of the situation.
  returned: success
  type: str
  sample: rows flow to green, and there is no way back yet; blue is in service
lines:
  description: Which playbooks can run there, which have nothing to do, and which refuse.
  returned: success
  type: list
  elements: str
in_service:
  description: The side that accepts application writes, V(null) if none does or if it is unknown.
  returned: success
  type: str
  sample: blue
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import PLAYBOOKS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.variables import FAIL, IGNORE, WARN
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_probe
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.status.phase_info import PhaseInfo


def main() -> None:
    """Run the module."""
    run_probe(
        PhaseInfo,
        {
            "phase": {"type": "str", "required": True, "choices": list(PLAYBOOKS)},
            "unknown_variables": {"type": "str", "choices": [WARN, FAIL, IGNORE], "default": WARN},
        },
    )


if __name__ == "__main__":
    main()
