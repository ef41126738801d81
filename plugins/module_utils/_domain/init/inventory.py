# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that a first look writes: one host, and in plain English what was found and what is left to decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..texts import one_line
from .found import Found, Side

_JINJA = re.compile(r"\{[{%#]")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_-]+")
# What belongs to the role that looked, and not to the migration's own.
_OF_ONE_ROLE = ("passfile", "sslcert", "sslkey", "sslpassword", "requirepeer")
_HEAD = """\
---
# One host is one migration: a database that moves from blue to green. The playbook init wrote this file; it is yours
# now. docs/variables.md has every variable. No password stands here, and none should: see the end.
migrations:
  hosts:
"""
_DECISIONS = """\

      # Before a cutover: proof of the last backup, the time in which it may begin, and who has looked at what only
      # people know. Until you name the proof, prepare goes on without it; the cutover does not.
      bluegreen_accept:
        - {code: BG294, reason: no proof of a backup is named yet; the cutover refuses without one}
      # bluegreen_backup_proof: {file: /var/backups/completed}    # not older than a day
      # bluegreen_window: {start: "2026-11-21 02:00", end: "2026-11-21 04:00", timezone: Europe/Berlin}
      # bluegreen_confirmed: {rehearsal: "Ada, 2026-11-20", dashboards: "Ada, 2026-11-20", team: "Ada, 2026-11-20"}

      # Runbook and reports go to a folder for each migration below this one.
      bluegreen_report_dir: "{{ inventory_dir }}/reports"
"""
_VARS = """\

  vars:
    # The playbooks run on a host that has psycopg2 and reaches both sides: here, or a bastion (ansible_host: ...).
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"

    # From the environment; a vault or a lookup of your secret store does as well. Never a password in this file.
"""


def host_name(database: str) -> str:
    """Return a host's name for a database: letters, digits, dashes and underscores."""
    return _NOT_IN_A_NAME.sub("-", database.lower()).strip("-_") or "migration"


def inventory(found: Found, host: str, migrator: str) -> str:
    """Return the whole file."""
    return "".join(
        [
            _HEAD,
            f"    {quoted(host)}:\n",
            *_side("blue", found.blue, found.wal_levels["blue"], migrator),
            *_side("green", found.green, found.wal_levels["green"], migrator),
            *_roles(found),
            *_routes(found),
            *_exclusions(found),
            *_lanes(),
            *_programs(found),
            _DECISIONS,
            _VARS,
            *_secrets(found),
        ]
    )


def quoted(text: str) -> str:
    """Return a text as YAML reads it back, and Ansible leaves it alone."""
    escaped = "".join(_escaped(character) for character in text)
    return ("!unsafe " if _JINJA.search(text) else "") + f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _side(name: str, side: Side, wal_level: str, migrator: str) -> Iterator[str]:
    there = "" if side.exists else "; the database was not there yet"
    yield f"      # {name.capitalize()}: PostgreSQL {one_line(side.version)}, wal_level {wal_level}{there}.\n"
    left = [key for key in _OF_ONE_ROLE if key in side.connection and side.user != migrator]
    if left:
        yield f"      # Left out, since they were of the role that looked: {', '.join(left)}.\n"
    yield f"      bluegreen_{name}:\n"
    connection = {key: value for key, value in side.connection.items() if key not in left}
    for key, value in {**connection, "dbname": side.database, "user": migrator}.items():
        yield f"        {key}: {quoted(value)}\n"
    yield '        password: "{{ migrator_password }}"\n'
    if "sslpassword" in side.asks_for and side.user == migrator:
        yield f'        sslpassword: "{{{{ {name}_sslpassword }}}}"\n'
    if not (side.connection.get("host") or side.connection.get("hostaddr")):
        yield "        # The other server needs an address: name it here, or in peer.\n"
        yield "        # peer: {host: ...}\n"
    yield "\n"


def _roles(found: Found) -> Iterator[str]:
    yield "      # Roles that can log in and write to blue: the fence is for them. Take out who is no application.\n"
    yield from _list("bluegreen_application_roles", found.writers)
    yield "\n"


def _routes(found: Found) -> Iterator[str]:
    yield "      # How applications reach the database (docs/routes.md).\n"
    if found.console:
        where = f"{found.console['host']}:{found.console['port']}"
        yield f"      # A console of PgBouncer answered at {one_line(where)}: if applications go through it, describe\n"
        yield "      # it here as docs/routes.md says (type: pgbouncer), in the place of the next two lines.\n"
    else:
        yield "      # No console of PgBouncer answered beside blue. If applications go through a pooler or a proxy,\n"
        yield "      # describe it here. multihost is for clients that name both servers themselves.\n"
    yield "      bluegreen_routes:\n        - type: multihost\n\n"


def _exclusions(found: Found) -> Iterator[str]:
    if not found.left_behind:
        yield "      # Every table of blue can follow.\n      bluegreen_exclude_tables: []\n\n"
        return
    yield "      # Tables that no link carries, or that could not be written to once they are published. Each is\n"
    yield "      # for you to decide: `prepare` says what can be done. A table in this list stays behind.\n"
    yield "      bluegreen_exclude_tables: []\n"
    yield from (f"      #   - {quoted(table.name)}    # {one_line(table.why)}\n" for table in found.left_behind)
    yield "\n"


def _lanes() -> Iterator[str]:
    yield "      # One lane keeps up with most databases. Each more takes a slot on one side, a worker on the other.\n"
    yield "      bluegreen_lanes: 1\n"


def _programs(found: Found) -> Iterator[str]:
    major = found.green.major
    yield f"\n      # pg_dump, pg_restore and psql of {major}, green's major version.\n"
    if found.bindir:
        yield f"      bluegreen_pg_bindir: {quoted(found.bindir)}\n"
    else:
        yield "      # They were not found here: install them, or name their folder.\n"
        yield f"      # bluegreen_pg_bindir: /usr/lib/postgresql/{major}/bin\n"


def _secrets(found: Found) -> Iterator[str]:
    asked = {"migrator_password": "BLUEGREEN_PASSWORD"}
    for name, side in (("blue", found.blue), ("green", found.green)):
        if "sslpassword" in side.asks_for:
            asked[f"{name}_sslpassword"] = f"BLUEGREEN_{name.upper()}_SSLPASSWORD"
    for variable, environment in asked.items():
        yield f"    {variable}: \"{{{{ lookup('ansible.builtin.env', '{environment}', default=undef()) }}}}\"\n"


def _list(name: str, values: Iterable[str]) -> Iterator[str]:
    items = [f"        - {quoted(value)}\n" for value in values]
    yield f"      {name}:\n" if items else f"      {name}: []\n"
    yield from items
