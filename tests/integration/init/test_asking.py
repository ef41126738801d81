# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At a terminal init asks for both connections, and shows neither; without one it says what is missing."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

from demo.commands import PROJECT

_QUESTION = b"which is not shown"
_SECONDS = 120.0


def _answered(folder: Path, *answers: str) -> str:
    """Run init at a terminal of its own, give an answer to each question, and return all that was to be seen."""
    program = Path(sys.executable).with_name("ansible-playbook")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BLUEGREEN_")}
    environment |= {
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        "PWD": str(folder),
    }
    child, terminal = pty.fork()
    if child == 0:
        os.execve(program, [str(program), "bluegreen.postgresql.init", "-v"], environment)
    seen, left, deadline = b"", list(answers), time.monotonic() + _SECONDS
    try:
        # What is typed before a question waits for its answer is thrown away.
        while (part := _read(terminal)) is not None and time.monotonic() < deadline:
            seen += part
            if left and not part and seen.count(_QUESTION) > len(answers) - len(left):
                os.write(terminal, left.pop(0).encode() + b"\r")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    return seen.decode(errors="replace")


def _read(terminal: int) -> bytes | None:
    """Return what was written within a second, ``None`` at its end."""
    if not select.select([terminal], [], [], 1.0)[0]:
        return b""
    try:
        return os.read(terminal, 4096) or None
    except OSError:  # the other end is closed
        return None


def test_it_asks_for_both_and_shows_neither(tmp_path: Path) -> None:
    dsn = "host=127.0.0.1 port=1 dbname=asked_{side} password=Tell-Nobody-7"
    seen = _answered(tmp_path, dsn.format(side="blue"), dsn.format(side="green"))
    assert "BG003: Blue cannot be reached (127.0.0.1:1/asked_blue" in seen
    assert "Tell-Nobody" not in seen
    assert list(tmp_path.iterdir()) == []


def test_an_empty_answer_is_told(tmp_path: Path) -> None:
    assert "BG002: The connection to blue is empty" in _answered(tmp_path, "", "")
