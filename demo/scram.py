# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers and poolers store instead of a password."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

_ITERATIONS = 4096  # PostgreSQL's own number


def scram_secret(password: str) -> str:
    """Return the secret that pg_authid keeps, and PgBouncer's auth_file: `SCRAM-SHA-256$iterations:salt$keys`.

    RFC 5802 and 7677. The salt is derived from the password, which must be random: two servers with the same password
    store the same secret, as they do when roles are copied with their hashes.
    """
    salt = hashlib.sha256(password.encode()).digest()[:16]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored, server = hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${_ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(value: bytes) -> str:
    return b64encode(value).decode()
