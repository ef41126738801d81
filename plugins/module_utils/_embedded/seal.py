# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a server that runs other people's code away from our files, our processes and the network."""

from __future__ import annotations

import os
import pwd
import secrets
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .commands import EmbeddedServerError, Run

NETWORK = "the network"
CALLERS_FILES = "files and processes of the user that runs it"
# Unused on Debian, Red Hat and with systemd: below the accounts of systemd-homed, above those of people.
_ACCOUNTS = range(52000, 60000)
_NAMESPACES = ("unshare", "--mount", "--net", "--")
# The statistics collector of PostgreSQL 14 uses loopback, which is down in a new namespace.
_LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sH22x', b'lo', 1))"
# Sockets of the machine's services, which a network namespace does not hide.
_SERVICES = Path("/run")
_FIRST_DESCRIPTOR = 3


@dataclass(frozen=True)
class Seal:
    """The prefix of each command of a sealed server, and what its code can reach all the same.

    ``account`` owns the server's files, and nothing else on the machine; ``None``: the caller owns them.
    """

    prefix: tuple[str, ...]
    account: int | None
    open_to: tuple[str, ...]


def free_account() -> int | None:
    """Return a user id that has no account and no process, ``None`` if the caller may not change to another one."""
    if os.geteuid() != 0:
        return None
    running = {_owner(path) for path in Path("/proc").glob("[0-9]*")}
    while True:
        account = secrets.choice(_ACCOUNTS)
        if account not in running and not _has_name(account):
            return account


def find_seal(run: Run, account: int | None, reached: Iterable[Path]) -> Seal:
    """Return the tightest seal that is possible here.

    :param account: the result of :func:`free_account` when the server was created
    :param reached: folders that the server must reach, even inside folders that are closed to its account
    :raises EmbeddedServerError: when root cannot run it as another account
    """
    if account is None:
        return _of_caller(run)
    other = (
        "setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups", "--no-new-privs",
        "--bounding-set=-all", "--inh-caps=-all", "--",
    )  # fmt: skip
    if not _works(run, other):
        raise EmbeddedServerError(
            "Root cannot run the server as an account of its own here: setpriv (util-linux) is missing or barred",
            "Install it, or run as another user",
        )
    if not _works(run, _NAMESPACES):
        return Seal(other, account, (NETWORK,))
    loopback_up = f"{shlex.quote(sys.executable)} -c {shlex.quote(_LOOPBACK_UP)}"
    script = "\n".join(["set -e", loopback_up, *_alone_with(list(reached))])
    return Seal((*_NAMESPACES, "sh", "-c", f'{script}\nexec "$@"', "sealed", *other), account, ())


def _of_caller(run: Run) -> Seal:
    cut_off = ("unshare", "--user", f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}", "--net", "--")
    if _works(run, cut_off):
        return Seal(cut_off, None, (CALLERS_FILES,))
    return Seal((), None, (CALLERS_FILES, NETWORK))


def _alone_with(folders: list[Path]) -> list[str]:
    """Return commands that replace closed folders and those of services by empty ones, with ``folders`` mounted
    back."""
    wanted = {cover for cover in map(_closed_folder_above, folders) if cover}
    wanted |= {_SERVICES} if _SERVICES.is_dir() else set()
    covers = [cover for cover in wanted if not wanted.intersection(cover.parents)]
    numbered = list(enumerate(folders, _FIRST_DESCRIPTOR))
    opened = [f"exec {number}<{_quoted(folder)}" for number, folder in numbered]
    covered = [f"mount -n -t tmpfs -o mode=0755 tmpfs {_quoted(cover)}" for cover in covers]
    back = [
        f"mkdir -p {_quoted(folder)}; mount -n --no-canonicalize --bind /proc/self/fd/{number} {_quoted(folder)}"
        for number, folder in numbered
        if any(cover in folder.parents for cover in covers)
    ]
    return ["umask 022", *opened, *covered, *back, *(f"exec {number}<&-" for number, _folder in numbered)]


def _closed_folder_above(folder: Path) -> Path | None:
    return next((above for above in reversed(folder.parents) if not above.stat().st_mode & 0o001), None)


def _works(run: Run, prefix: tuple[str, ...]) -> bool:
    try:
        return run([*prefix, "true"])[0] == 0
    except OSError:
        return False


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:  # the process has ended meanwhile
        return None


def _has_name(account: int) -> bool:
    try:
        pwd.getpwuid(account)
    except KeyError:
        return False
    return True


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
