# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the application itself connects."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.application``."""

    DOCUMENTATION = r"""
options:
  application:
    description: How the application reaches the database, in libpq's own keywords, and with its own role.
    type: dict
    suboptions:
      dsn:
        description: A connection string or URI; the keywords beside it win over what it says.
        type: str
      host:
        description: Host of the route, or several with commas between them.
        type: str
      port:
        description: Port of the route, or several with commas between them.
        type: str
      dbname:
        description: The database as the route knows it.
        type: str
      user:
        description: The application's role.
        type: str
      password:
        description: Its password.
        type: str
      sslmode:
        description: As in libpq.
        type: str
      sslrootcert:
        description: As in libpq.
        type: str
      sslcert:
        description: As in libpq.
        type: str
      sslkey:
        description: As in libpq.
        type: str
      target_session_attrs:
        description: V(read-write) if the application finds the side in service by itself.
        type: str
      load_balance_hosts:
        description: V(random) takes several hosts in random order.
        type: str
      connect_timeout:
        description: Seconds to wait for a connection.
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
      hostaddr:
        description: Address of the route, to avoid a lookup of O(application.host).
        type: str
      passfile:
        description: File that holds the password.
        type: str
      service:
        description: Entry of the connection service file.
        type: str
      sslpassword:
        description: Password of the client's private key.
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
      options:
        description: Command-line options for the server at connection start.
        type: str
"""
