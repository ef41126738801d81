# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy's runtime API: one command line per connection, answered with text."""

from __future__ import annotations

import csv
import select
import socket
from dataclasses import dataclass

from .._domain.clock import Deadline

_TICK = 0.1  # seconds between checks of the deadline, which a signal may have brought forward
_FORCED = 0x01 | 0x02 | 0x20 | 0x40  # maintenance: requested, inherited, or because an address is missing
_DRAINING = 0x08 | 0x10
_RUNNING = 2
_SERVERS_ONLY = 4


class ApiRefused(Exception):
    """HAProxy gave an unexpected answer; the text is its own."""


@dataclass(frozen=True)
class ServerState:
    """One server of a backend: whether it is up, what its administrator wants, and how many sessions it may have."""

    up: bool
    admin: int
    limit: int | None

    @property
    def takes_clients(self) -> bool:
        """Tell whether new clients should get there."""
        return not self.admin & (_FORCED | _DRAINING)


class RuntimeApi:
    """The runtime API at ``address``: the path of a unix socket, or ``host:port``."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, command: str, deadline: Deadline) -> str:
        """Run one command, or several joined by semicolons, and return the answer.

        :raises OSError: when HAProxy cannot be reached, or closes the connection
        :raises DeadlineReached: when it does not answer in time
        """
        with self._connected(deadline) as channel:
            channel.sendall(command.encode() + b"\n")
            channel.settimeout(0.0)
            answer = bytearray()
            while True:
                deadline.check()
                if select.select([channel], [], [], min(_TICK, deadline.left()))[0]:
                    received = channel.recv(65536)
                    if not received:
                        return answer.decode("utf-8", "replace").strip()
                    answer += received

    def do(self, commands: list[str], deadline: Deadline) -> None:
        """Run commands that answer nothing on success, all together; raises as :meth:`ask` does.

        :raises ApiRefused: when one of them answers
        """
        answer = self.ask("; ".join(commands), deadline)
        if answer:
            raise ApiRefused(answer.splitlines()[0])

    def servers(self, backend: str, deadline: Deadline) -> dict[str, ServerState]:
        """Return the servers of a backend by name; raises as :meth:`ask` does, and ApiRefused for an unknown one."""
        rows = self._states(f"show servers state {backend}", deadline)
        limits = self._limits(backend, deadline)
        return {
            row["srv_name"]: ServerState(
                int(row["srv_op_state"]) == _RUNNING, int(row["srv_admin_state"]), limits[row["srv_name"]]
            )
            for row in rows
        }

    def places(self, deadline: Deadline) -> list[tuple[str, str, str | None, int]]:
        """Return backend, name, host (None: unknown) and port of every server; raises as :meth:`servers` does."""
        return [
            (row["be_name"], row["srv_name"], _host_of(row), int(row["srv_port"]))
            for row in self._states("show servers state", deadline)
        ]

    def _states(self, command: str, deadline: Deadline) -> list[dict[str, str]]:
        text = self.ask(command, deadline)
        lines = [line.split() for line in text.splitlines()]
        header = next((line[1:] for line in lines if line[:2] == ["#", "be_id"]), None)
        if header is None:
            raise ApiRefused(text.splitlines()[0] if text else "no answer")
        return [dict(zip(header, line)) for line in lines if len(line) == len(header)]

    def _limits(self, backend: str, deadline: Deadline) -> dict[str, int | None]:
        text = self.ask(f"show stat {backend} {_SERVERS_ONLY} -1", deadline).lstrip("# ")
        return {row["svname"]: int(row["slim"]) if row["slim"] else None for row in csv.DictReader(text.splitlines())}

    def _connected(self, deadline: Deadline) -> socket.socket:
        deadline.check()
        if not self._address.startswith("/"):
            host, _colon, port = self._address.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), timeout=deadline.left())
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            channel.settimeout(deadline.left())
            channel.connect(self._address)
        except BaseException:
            channel.close()
            raise
        return channel


def _host_of(row: dict[str, str]) -> str | None:
    return next((row[key] for key in ("srv_addr", "srv_fqdn") if row.get(key, "-") != "-"), None)
