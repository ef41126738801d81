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
"""
