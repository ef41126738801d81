# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How embedded servers run external commands, and what they raise when one fails."""

from __future__ import annotations

from collections.abc import Callable

from .._domain.errors import MigrationError

# AnsibleModule.run_command's shape: (argv, environ_update=None, cwd=None, data=None) -> (exit status, stdout, stderr)
Run = Callable[..., tuple[int, str, str]]


class EmbeddedServerError(MigrationError):
    """BG722: an embedded server could not be fetched, created, started or stopped."""

    def __init__(self, what: str, todo: str, stands: str = "No other server was touched") -> None:
        super().__init__("BG722", what, stands, todo)


def run_checked(run: Run, argv: list[str], purpose: str, todo: str) -> str:
    """Run a command and return its standard output.

    Raises EmbeddedServerError, named after the purpose and with what to do, when the exit status is not 0.
    """
    status, stdout, stderr = run(argv)
    if status != 0:
        detail = stderr.strip() or stdout.strip()
        raise EmbeddedServerError(f"{purpose} failed with exit status {status}: {detail}", todo)
    return stdout
