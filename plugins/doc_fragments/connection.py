# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every module: the migration and its two sides."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.connection``."""

    DOCUMENTATION = r"""
options:
  migration:
    description: Name of the migration; it distinguishes several migrations between the same servers.
    type: str
    required: true
  blue:
    description:
      - The old database, in libpq's own keywords.
      - Where a task does not say it, a libpq connection string or URI in the environment variable
        E(BLUEGREEN_BLUE_DSN), on the host where the module runs.
    type: dict
    required: true
    suboptions: &endpoint
      peer:
        description:
          - What differs when the other server connects to this side, such as O(ignore:host) and O(ignore:port).
          - For keywords that are not set here, the other server uses those of this side.
        type: dict
        suboptions: &keywords
          host:
            description: Name or address of the server, or the folder of its Unix socket; commas separate several.
            type: str
          hostaddr:
            description: Address of the server, to avoid a lookup of O(ignore:host).
            type: str
          port:
            description: Port of the server.
            type: str
          dbname:
            description: Name of the database.
            type: str
          user:
            description: Role to connect as.
            type: str
          password:
            description: Password of the role. It is never shown, logged or put into a command line.
            type: str
          passfile:
            description:
              - File that holds the password, on the host where the module runs; in O(ignore:peer), on the other server.
              - With it the other server does not get O(ignore:password), which needs a subscription owned by a
                superuser.
            type: str
          sslmode:
            description: How TLS is used, such as V(require) or V(verify-full).
            type: str
          sslcert:
            description: File with the client's certificate.
            type: str
          sslkey:
            description: File with the client's private key.
            type: str
          sslpassword:
            description: Password of the client's private key.
            type: str
          sslrootcert:
            description: File with the certificates of the authorities that are trusted.
            type: str
          sslcrl:
            description: File with the certificates that have been revoked.
            type: str
          channel_binding:
            description: How channel binding is used, such as V(require).
            type: str
          gssencmode:
            description: How GSSAPI encryption is used, such as V(prefer).
            type: str
          krbsrvname:
            description: Kerberos service name of the server.
            type: str
          target_session_attrs:
            description: Which of several hosts is taken; with several hosts V(read-write), which is the primary.
            type: str
          load_balance_hosts:
            description: V(random) takes several hosts in random order.
            type: str
          connect_timeout:
            description: >-
              Seconds that the other server and PostgreSQL's programs wait for a connection; our own
              waits have deadlines.
            type: str
          keepalives:
            description: V(0) sends no TCP keepalives.
            type: str
          keepalives_idle:
            description: Seconds of silence after which a TCP keepalive is sent.
            type: str
          keepalives_interval:
            description: Seconds after which a TCP keepalive that nobody answered is sent again.
            type: str
          keepalives_count:
            description: How many TCP keepalives may be lost before the connection counts as dead.
            type: str
          tcp_user_timeout:
            description: Milliseconds that sent data may stay unanswered before the connection is closed.
            type: str
          sslnegotiation:
            description: V(direct) begins with TLS at once; libpq 17 and later.
            type: str
          sslcertmode:
            description: Whether a client's certificate is sent, such as V(disable); libpq 16 and later.
            type: str
          sslcrldir:
            description: Folder with lists of revoked certificates; libpq 14 and later.
            type: str
          sslsni:
            description: V(0) tells the server no host name in TLS; libpq 14 and later.
            type: str
          ssl_min_protocol_version:
            description: Oldest version of TLS, such as V(TLSv1.2).
            type: str
          ssl_max_protocol_version:
            description: Newest version of TLS.
            type: str
          min_protocol_version:
            description: Oldest version of PostgreSQL's protocol; libpq 18 and later.
            type: str
          max_protocol_version:
            description: Newest version of PostgreSQL's protocol; libpq 18 and later.
            type: str
          requirepeer:
            description: User that the server must run as, on a Unix socket.
            type: str
          require_auth:
            description: Ways to log in that are accepted, such as V(scram-sha-256); libpq 16 and later.
            type: str
          gssdelegation:
            description: V(1) passes Kerberos credentials on to the server; libpq 17 and later.
            type: str
      <<: *keywords
      service:
        description: Entry of the connection service file, on the host where the module runs.
        type: str
      options:
        description: Command-line options for the server at connection start, such as V(-c geqo=off).
        type: str
      dsn:
        description: A libpq connection string or URI; keywords set beside it override it.
        type: str
  green:
    description:
      - The new database, in libpq's own keywords.
      - Where a task does not say it, E(BLUEGREEN_GREEN_DSN), in the same way.
    type: dict
    required: true
    suboptions: *endpoint
requirements:
  - psycopg2 on the host where the module runs, which needs a libpq route to both databases
  - PostgreSQL 11 to 18 on blue, 14 to 18 on green
"""
