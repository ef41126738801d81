# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of the type `hook`: HAProxy follows the primary of one of two Patroni clusters.

usage: python3 patroni_haproxy.py SOCKET MAPFILE BLUE_BACKEND GREEN_BACKEND

Each cluster is a backend of its own, whose servers are checked by Patroni's `GET /primary`, and a map says which of
the two takes the clients; a failover within a cluster stays HAProxy's and Patroni's business:

    frontend applications
      bind :5432
      use_backend %[str(service),map(MAPFILE)]
    backend blue
      option httpchk GET /primary
      server db17a 10.0.0.1:5432 check port 8008
      server db17b 10.0.0.2:5432 check port 8008

MAPFILE holds one line, `service blue`. The hook writes it for the next reload, sets the same value at run time, and
ends the sessions of the other cluster.
"""

from __future__ import annotations

import json
import pathlib
import socket
import sys

LIMIT_SECONDS = 5.0
KEY = "service"


def ask(path: str, command: str) -> str:
    """Run one command of the runtime API and return its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(LIMIT_SECONDS)
        channel.connect(path)
        channel.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: channel.recv(65536), b"")).decode()


def side_in_service(path: str, mapfile: str, backends: dict[str, str]) -> str | None:
    """Return the side whose backend the map names, None where it names another one."""
    entries = [line.split() for line in ask(path, f"show map {mapfile}").splitlines()]
    named = next((entry[2] for entry in entries if len(entry) == 3 and entry[1] == KEY), None)
    return next((side for side, backend in backends.items() if backend == named), None)


def lead_to(path: str, mapfile: str, backends: dict[str, str], target: str) -> None:
    """Lead new sessions to the target, and end those of the other side."""
    fresh = pathlib.Path(f"{mapfile}.new")
    fresh.write_text(f"{KEY} {backends[target]}\n", encoding="utf-8")
    fresh.replace(mapfile)
    answer = ask(path, f"set map {mapfile} {KEY} {backends[target]}").strip()
    if answer:
        sys.exit(answer)
    other = backends["blue" if target == "green" else "green"]
    states = [line.split() for line in ask(path, f"show servers state {other}").splitlines()]
    for state in states:
        if len(state) > 4 and state[1] == other:
            ask(path, f"shutdown sessions server {other}/{state[3]}")


def main() -> None:
    """Do what standard input asks for."""
    path, mapfile, blue, green = sys.argv[1:]
    backends = {"blue": blue, "green": green}
    request = json.loads(sys.stdin.readline())
    if request["verb"] == "observe":
        json.dump({"side": side_in_service(path, mapfile, backends), "held": False}, sys.stdout)
    elif request["verb"] == "switch":
        lead_to(path, mapfile, backends, request["target"])
    else:
        sys.exit(f"unknown verb {request['verb']}")


if __name__ == "__main__":
    main()
