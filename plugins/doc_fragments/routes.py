# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How applications reach the side in service."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.routes``."""

    DOCUMENTATION = r"""
options:
  routes:
    description:
      - How applications reach the side in service, one entry for each pooler or proxy process, or set of clients.
      - Each option says which O(routes[].type) it belongs to; an option of another type is refused.
    type: list
    elements: dict
    default: []
    suboptions:
      type:
        description:
          - What stands in front of the database. V(pgbouncer) is one PgBouncer, V(haproxy) one backend of one HAProxy.
          - V(multihost) are clients that list both sides and use the one that lets them write.
          - V(hook) are your own commands.
        type: str
        required: true
        choices: [haproxy, hook, multihost, pgbouncer]
      console:
        description: How to reach the admin console, for V(pgbouncer).
        type: dict
        suboptions:
          host:
            description: Name or address of PgBouncer, or the folder of its Unix socket.
            type: str
          port:
            description: Port of PgBouncer, also of its Unix socket.
            type: int
            default: 6432
          user:
            description: A user that C(admin_users) names.
            type: str
            required: true
          password:
            description: Password of the user. It is never shown, logged or put into a command line.
            type: str
          dbname:
            description: Name of the console.
            type: str
            default: pgbouncer
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
      databases:
        description: Every entry of PgBouncer's section C([databases]) that moves, aliases included, for V(pgbouncer).
        type: list
        elements: str
      live_file:
        description: File with these entries that PgBouncer's configuration includes, for V(pgbouncer).
        type: path
      blue_file:
        description: What O(routes[].live_file) says when it leads to blue, in the same folder, for V(pgbouncer).
        type: path
      green_file:
        description: What O(routes[].live_file) says when it leads to green, in the same folder, for V(pgbouncer).
        type: path
      convert_inline:
        description:
          - Whether M(bluegreen.postgresql.route_files) may move the section C([databases]) out of PgBouncer's own
            configuration into O(routes[].live_file), if it lies there, for V(pgbouncer).
          - The configuration then includes that file, and a copy named C(.before-bluegreen) keeps what it said.
            PgBouncer is told to RELOAD, which must leave every entry as it was; it gets the old text back if not.
        type: bool
      ssh:
        description:
          - How to reach the host of the router's files if it is not the module's host, for V(pgbouncer), and for
            V(haproxy) with O(routes[].state_file).
          - Uses C(ssh) on the module's host, with its user's configuration, keys, agent and known hosts.
        type: dict
        suboptions:
          host:
            description: A name that C(ssh) knows, C(user@host), or C(ssh://user@host:port).
            type: str
            required: true
          config_file:
            description: A configuration file for C(ssh) instead of the user's own.
            type: path
          sudo:
            description: Read and replace the files with C(sudo -n), if the user may not do so itself.
            type: bool
            default: false
      blue_address:
        description:
          - Where PgBouncer reaches V(blue), if that differs from where the module does, for V(pgbouncer).
          - Only M(bluegreen.postgresql.route_files) reads it.
        type: dict
        suboptions:
          host:
            description: Name or address of the server.
            type: str
            required: true
          port:
            description: Its port; the module's where it is left out.
            type: int
          dbname:
            description: Name of the database; the module's where it is left out.
            type: str
      green_address:
        description:
          - Where PgBouncer reaches V(green), if that differs from where the module does, for V(pgbouncer).
          - Only M(bluegreen.postgresql.route_files) reads it.
        type: dict
        suboptions:
          host:
            description: Name or address of the server.
            type: str
            required: true
          port:
            description: Its port; the module's where it is left out.
            type: int
          dbname:
            description: Name of the database; the module's where it is left out.
            type: str
      socket:
        description: HAProxy's runtime API, a path or C(host:port), with the level C(admin), for V(haproxy).
        type: str
      backend:
        description: The backend that both servers belong to, for V(haproxy).
        type: str
      blue_server:
        description: Name of the server in the backend that is blue, for V(haproxy).
        type: str
      green_server:
        description: Name of the server in the backend that is green, for V(haproxy).
        type: str
      state_file:
        description: File that HAProxy loads the state of its servers from when it is reloaded, for V(haproxy).
        type: path
      observe:
        description:
          - Command and arguments that print a JSON object with C(side), which is V(blue), V(green) or C(null), and
            C(held), which is C(true) or C(false), for V(hook).
          - It must not write, since check mode runs it.
        type: list
        elements: str
      hold:
        description: Command and arguments that hold clients, for V(hook). Requires O(routes[].release).
        type: list
        elements: str
      switch:
        description: Command and arguments that move clients to the target, for V(hook).
        type: list
        elements: str
      release:
        description: Command and arguments that release held clients, for V(hook). Requires O(routes[].hold).
        type: list
        elements: str
"""

    # The same options; only their beginning differs. The type: sanity takes an assignment without one for a text.
    READERS: str = DOCUMENTATION.replace("O(routes[]", "O(read_routes[]").replace(
        """  routes:
    description:
      - How applications reach the side in service, one entry for each pooler or proxy process, or set of clients.
""",
        """  read_routes:
    description:
      - How applications that only read reach their standbys, one entry for each PgBouncer. See C(docs/readers.md).
      - Takes V(pgbouncer) only. The entries and the file are others than those of O(routes).
""",
    )
    STANDBYS = r"""
options:
  standbys:
    description:
      - The standbys that readers use, by side, each reached with the keywords of O(blue) or O(green) but for these.
      - Readers of a side without any use its primary.
    type: dict
    suboptions:
      blue: &standbys
        description: The standbys of that side.
        type: list
        elements: dict
        default: []
        suboptions:
          host:
            description: Name or address of the standby.
            type: str
            required: true
          port:
            description: Its port; 5432 where it is left out.
            type: int
      green: *standbys
"""
