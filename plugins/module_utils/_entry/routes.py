# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of one entry of ``routes``; the doc fragment `routes` documents it, and a test compares both."""

from __future__ import annotations

from typing import Any

from .._routers.registry import ROUTERS

_CONSOLE_KEYWORDS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def routes() -> dict[str, Any]:
    """Return the argument spec of the parameter ``routes``."""
    return {"type": "list", "elements": "dict", "default": [], "options": route_options()}


def route_options() -> dict[str, Any]:
    """Return the parameters of every type of route; the registry says which belong together."""
    return {
        "type": {"type": "str", "required": True, "choices": sorted(ROUTERS)},
        **_pgbouncer(),
        **_haproxy(),
        **_hook(),
    }


def _pgbouncer() -> dict[str, Any]:
    console = {
        "host": {"type": "str"},
        "port": {"type": "int", "default": 6432},
        "user": {"type": "str", "required": True},
        "password": {"type": "str", "no_log": True},
        "dbname": {"type": "str", "default": "pgbouncer"},
        # Names of files: no_log is set explicitly because one parameter's name looks like a secret's.
        **{keyword: {"type": "str", "no_log": False} for keyword in _CONSOLE_KEYWORDS},
    }
    return {
        "console": {"type": "dict", "options": console},
        "databases": {"type": "list", "elements": "str"},
        "live_file": {"type": "path"},
        "blue_file": {"type": "path"},
        "green_file": {"type": "path"},
        "convert_inline": {"type": "bool"},
        "ssh": {"type": "dict", "options": _ssh()},
        **{f"{side}_address": {"type": "dict", "options": _address()} for side in ("blue", "green")},
    }


def _address() -> dict[str, Any]:
    return {"host": {"type": "str", "required": True}, "port": {"type": "int"}, "dbname": {"type": "str"}}


def _ssh() -> dict[str, Any]:
    return {
        "host": {"type": "str", "required": True},
        "config_file": {"type": "path"},
        "sudo": {"type": "bool", "default": False},
    }


def _haproxy() -> dict[str, Any]:
    return {
        "socket": {"type": "str"},
        "backend": {"type": "str"},
        "blue_server": {"type": "str"},
        "green_server": {"type": "str"},
        "state_file": {"type": "path"},
    }


def _hook() -> dict[str, Any]:
    return {verb: {"type": "list", "elements": "str"} for verb in ("observe", "hold", "switch", "release")}
