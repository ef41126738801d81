# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between us and a PgBouncer, in the project's own words."""

from __future__ import annotations

from .._domain.errors import DeadlineReached
from .._postgres.console import ConsoleLost, ConsoleRefused
from .bouncer_inline import Inline
from .bouncer_preparation import LedElsewhere
from .contract import RouteError
from .places import InvalidFile, PlaceLost

_OF_FILES = {
    PlaceLost: (
        "BG602",
        "its files cannot be reached ({})",
        "Log in by hand as the module's user does (docs/routes.md)",
    ),
    LedElsewhere: ("BG608", "{}", "Run cutover or rollback again, which finishes an interrupted switch; then prepare"),
    Inline: ("BG616", "{}", "Let traffic move them: convert_inline on the route (docs/routes.md#pgbouncer)"),
    InvalidFile: ("BG605", "{}", "See what it must hold (docs/routes.md#pgbouncer)"),
}
_LOGIN_REFUSED = ("authentication failed", "not allowed", "no password supplied", "no such user")


def explained(error: Exception, route: str, doing: str) -> RouteError:
    """Return the error for a verb's failure.

    :param doing: what was under way, as the beginning of a sentence
    """
    code, what, todo = _words(error)
    return RouteError(code, f"{doing} at {route}: {what}", "", todo)


def _words(error: Exception) -> tuple[str, str, str]:
    message = str(error)
    if isinstance(error, DeadlineReached):
        return "BG603", error.what, "Check that PgBouncer answers on its console (docs/routes.md#pgbouncer)"
    if isinstance(error, ConsoleLost):
        return _lost(message)
    if isinstance(error, ConsoleRefused):
        return _refused(message)
    if isinstance(error, (PlaceLost, LedElsewhere, Inline, InvalidFile)):
        code, what, todo = _OF_FILES[type(error)]
        return code, what.format(message), todo
    what = f"{getattr(error, 'filename', None) or 'a file'}: {getattr(error, 'strerror', None) or message}"
    return "BG605", what, "Run the play as root or as the live file's owner (become), and check the disk"


def _lost(message: str) -> tuple[str, str, str]:
    if any(part in message for part in _LOGIN_REFUSED):
        return "BG606", f"the console refuses our login ({message})", "Correct user and password, and admin_users"
    return "BG602", f"the console cannot be reached ({message})", "Check host and port, and that PgBouncer runs"


def _refused(message: str) -> tuple[str, str, str]:
    if "admin access" in message:
        return "BG606", "the console's user may not do that", "Add it to admin_users and RELOAD"
    return "BG612", f"PgBouncer refused ({message})", "Compare `databases` with SHOW DATABASES on its console"
