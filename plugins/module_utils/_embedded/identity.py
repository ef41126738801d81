# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account that a server runs as: PostgreSQL refuses root."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .commands import EmbeddedServerError, Run

_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
_ACCOUNT = "postgres"
_SETPRIV = ("setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--init-groups")


@dataclass(frozen=True)
class ServerIdentity:
    """The prefix of each server command, and the account that must own the server's files (None: the caller)."""

    prefix: tuple[str, ...]
    account: str | None

    def own(self, path: Path) -> None:
        """Make the server's account the owner of the path. Raises OSError."""
        if self.account is not None:
            shutil.chown(path, self.account, self.account)


def find_identity(run: Run) -> ServerIdentity:
    """Choose how servers run here: as the caller, in a user namespace, or as the account `postgres`.

    Raises EmbeddedServerError when the caller is root and neither way works.
    """
    if os.geteuid() != 0:
        return ServerIdentity((), None)
    # Files stay root's own in the namespace, so nothing needs to be given away and no account is needed.
    if _works(run, _NAMESPACE):
        return ServerIdentity(_NAMESPACE, None)
    if _works(run, _SETPRIV):
        return ServerIdentity(_SETPRIV, _ACCOUNT)
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root, user namespaces are blocked here and there is no account `postgres` "
        "to change to",
        "Run as another user, allow `unshare --user`, or add that account",
    )


def _works(run: Run, prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    status, _stdout, _stderr = run([*prefix, "true"])
    return status == 0
