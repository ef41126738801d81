# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for other people's schemas and code: no network, an account of its own, reachable only by a socket."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from .seal import Seal, find_seal, free_account
from .server import EmbeddedServer

# It only names the socket file; each server has its own socket folder.
PORT = 5432
# Short enough for a socket's address, and open to the pair's other server, which has a different account.
_SOCKETS_IN = "/tmp"  # noqa: S108 # mkdtemp makes a folder that nobody could have made before
_LINK = "sockets"


@dataclass(frozen=True)
class SealedServer(EmbeddedServer):
    """A server whose code can reach as little as the machine allows; see :class:`Seal`.

    The caller keeps owning its folder, so the server cannot change what a later run reads there.
    """

    # No schema's owner has this name, and `postgres` is free for a role without privileges.
    superuser: ClassVar[str] = "bluegreen_superuser"

    @property
    def sockets(self) -> Path | None:
        """The folder of the server's socket, ``None`` if no server was created."""
        return _sockets_of(self.folder)

    @property
    def seal(self) -> Seal:
        """What confines the server's code. Raises EmbeddedServerError when root cannot run it as another account."""
        owner = self._data.stat().st_uid
        return find_seal(self.run, owner if os.geteuid() == 0 else None, (self.folder, self.binaries))

    def create(self, superuser_password: str, settings: dict[str, str] | None = None) -> None:
        """Create the cluster as :meth:`EmbeddedServer.create` does, then make its own account the owner.

        Raises EmbeddedServerError when the folder is in use, initdb fails, or the account cannot reach it.
        """
        account = free_account()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sockets = Path(tempfile.mkdtemp(prefix="bluegreen-", dir=_SOCKETS_IN))
        (self.folder / _LINK).symlink_to(sockets)
        where = {"listen_addresses": "", "unix_socket_directories": str(sockets)}
        super().create(superuser_password, {**(settings or {}), **where})
        if account is not None:
            self._give_away(account, sockets)
            self._require_access(self.seal.prefix, str(account))

    def running(self) -> bool:
        """Whether a postmaster runs in the folder. Raises EmbeddedServerError when that is unknown."""
        unfinished = not self._data.exists() or (os.geteuid() == 0 and self._data.stat().st_uid == 0)
        return not unfinished and super().running()

    def endpoint(self, dbname: str, user: str, password: str) -> dict[str, Any]:
        """Return libpq's keywords for a connection to this server."""
        return {**super().endpoint(dbname, user, password), "host": str(self.sockets)}

    def destroy(self) -> None:
        """Stop the server at once and remove its folders. Raises EmbeddedServerError or OSError."""
        self.stop("immediate")
        remove_stopped(self.folder)

    def _prefix(self) -> tuple[str, ...]:
        return self.seal.prefix

    def _give_away(self, account: int, sockets: Path) -> None:
        os.chown(self.folder, os.geteuid(), os.getegid())
        self.folder.chmod(0o711)
        self.log.touch(mode=0o600)
        sockets.chmod(0o711)
        for path in (*self._data.rglob("*"), self._data, self.log, sockets):
            os.chown(path, account, account, follow_symlinks=False)


def remove_stopped(folder: Path) -> None:
    """Remove the folders of a server that does not run, even if it is incomplete. Raises OSError."""
    sockets = _sockets_of(folder)
    if sockets is not None and sockets.exists():
        shutil.rmtree(sockets)
    if folder.exists():
        shutil.rmtree(folder)


def _sockets_of(folder: Path) -> Path | None:
    link = folder / _LINK
    return link.readlink() if link.is_symlink() else None
