# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket's parameters; a doc fragment documents them, and a test compares both."""

from __future__ import annotations

from typing import Any

_SECRETS = ("endpoint", "access_key", "secret_key", "session_token")  # an address can hold a password
# A key's id is none of the secrets, whatever Ansible guesses from its name.
_WORDS = ("prefix", "region", "storage_class", "kms_key")


def bucket() -> dict[str, Any]:
    """Return the argument spec of the bucket."""
    options: dict[str, Any] = {"bucket": {"type": "str", "required": True}}
    options.update({name: {"type": "str", "no_log": False} for name in _WORDS})
    options.update({name: {"type": "str", "no_log": True} for name in _SECRETS})
    return {"s3": {"type": "dict", "options": options}}
