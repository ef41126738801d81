# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secret that the demo's servers and its pooler share."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode

from demo.scram import scram_secret


def test_a_secret_proves_its_password_as_a_server_checks_it() -> None:
    method, numbers, keys = scram_secret("pencil").split("$")
    iterations, salt = numbers.split(":")
    stored, _server = keys.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    assert method == "SCRAM-SHA-256"
    assert hashlib.sha256(client_key).digest() == b64decode(stored)


def test_two_servers_with_one_password_keep_one_secret() -> None:
    assert scram_secret("one") == scram_secret("one")
    assert scram_secret("one") != scram_secret("two")
