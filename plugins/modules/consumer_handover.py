#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives green the publications that consumers of changes will read there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: consumer_handover
short_description: Give green the publications of consumers
version_added: "0.1.0"
description:
  - Copies the publications that O(consumers) names from blue to green, with their tables, column lists, row filters,
    schemas and options, while blue is in service. Does nothing once green is.
  - The owner is the same where our role may give the publication to it, otherwise our role.
  - A publication FOR ALL TABLES becomes one that names the tables that blue has. On green it would also carry the
    tables of our own schema C(bluegreen), which its readers lack.
  - Adds tables that blue's publication has got since. Refuses a publication of the same name on green that differs in
    any other way (BG337), since somebody made it so.
  - Creates no slot. A consumer moves as C(docs/consumers.md) says.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
  - bluegreen.postgresql.consumers
seealso:
  - module: bluegreen.postgresql.schema_copy
  - module: bluegreen.postgresql.preflight_info
  - name: Consumers of changes
    description: What happens to change data capture, and how it moves to green.
    link: docs/consumers.md
"""

EXAMPLES = r"""
- name: Give green the publication of the outbox
  bluegreen.postgresql.consumer_handover:
    migration: shop
    blue: {host: db17.example.com, dbname: shop, user: migrator, password: "{{ blue_password }}"}
    green: {host: db18.example.com, dbname: shop, user: migrator, password: "{{ green_password }}"}
    consumers:
      - slot: outbox
        publication: outbox
"""

RETURN = r"""
publications:
  description: What each publication carries on green, one fact per line; V(null) where there is none of that name.
  returned: success
  type: dict
  sample:
    outbox: [table public.outbox, publish = insert, publish_via_partition_root = false]
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
      sample: publish on green as outbox
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.consumers import consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.consumers.handover import ConsumerHandover


def main() -> None:
    """Run the module."""
    run_module(ConsumerHandover, consumers(), exclusive=True)


if __name__ == "__main__":
    main()
