# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every supported pair of ansible-core and Python: a cell is a pair with its own environment.

A cell runs the unit tests, modules and playbooks on real servers, and a whole migration. `--in-turn` prints today's
pair for `make test`; it runs before there is an environment, so it uses only the standard library.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / ".work" / "matrix"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# The Pythons that each ansible-core supports according to its metadata, the oldest first.
CORES: Mapping[str, Sequence[str]] = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
_ON_SERVERS = ("playbooks", "cancelled", "runner", "malformed_parameters", "secrets", "bad_input", "fuzz_slice")
_PYTEST = ("-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", "not soak")
CHECKS: Mapping[str, Sequence[str]] = {
    "unit tests": (*_PYTEST, "tests/unit"),
    "modules and playbooks": (*_PYTEST, *(f"tests/integration/test_{name}.py" for name in _ON_SERVERS)),
    "a whole migration": ("-m", "demo", "--folder", str(FOLDER / "demo")),
}
PASSED, UNKNOWN = "passed", "no Python"
_DAY = 24 * 60 * 60

Cell = tuple[str, str]


def cells() -> Iterator[Cell]:
    """Yield every pair of ansible-core and Python."""
    return ((core, python) for core, pythons in CORES.items() for python in pythons)


def interpreters() -> dict[str, str]:
    """Return the interpreter of each available Python: on the path, or from a version manager."""
    managed = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    found: dict[str, str] = {}
    for version in PYTHONS:
        name = f"python{version}"
        for candidate in (shutil.which(name), *map(str, sorted(managed.glob(f"{version}.*/bin/{name}")))):
            if candidate and _works(candidate):
                found.setdefault(version, candidate)
    return found


def _works(python: str) -> bool:
    """Tell whether an interpreter runs, which a version manager's shim may not, and can create an environment."""
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def in_turn(day: int, pythons: Sequence[str]) -> tuple[str, Cell]:
    """Return the oldest available pair on even days, the newest on odd days."""
    here = [cell for cell in cells() if cell[1] in pythons]
    if not here:
        raise SystemExit(f"None of Python {', '.join(PYTHONS)} is here.")
    return ("newest", here[-1]) if day % 2 else ("oldest", here[0])


def _run(cell: Cell, python: str) -> str:
    """Run a cell and return its result."""
    name = "-".join(cell)
    environment = FOLDER / name
    log = FOLDER / f"{name}.log"
    own = {"PATH": f"{environment / 'bin'}:{os.environ['PATH']}"}
    making = {"PYTHON": python, "ANSIBLE_CORE": cell[0], "VENV": str(environment)}
    steps = [
        ("environment", [str(PROJECT / "scripts" / "venv.sh")], making),
        *((title, [str(environment / "bin" / "python"), *arguments], own) for title, arguments in CHECKS.items()),
    ]
    with log.open("w", encoding="utf-8") as output:
        for title, command, variables in steps:
            began = time.monotonic()
            status = subprocess.run(
                command, env={**os.environ, **variables}, cwd=PROJECT, stdout=output, stderr=output, check=False
            ).returncode
            seconds = time.monotonic() - began
            print(f"{name}: {title} {f'failed, see {log}' if status else 'passed'}, {seconds:.0f} s", flush=True)
            if status:
                return f"{title} failed"
    return PASSED


def table(results: Mapping[Cell, str]) -> str:
    """Return the result of each cell, one line per ansible-core."""
    lines = [["ansible-core", *(f"Python {python}" for python in PYTHONS)]]
    lines += [[core, *(results.get((core, python), "") for python in PYTHONS)] for core in CORES]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def complete(results: Mapping[Cell, str]) -> bool:
    """Tell whether no cell failed, and every requested ansible-core has passed with at least one Python."""
    asked = {cell[0] for cell in results}
    passed = {cell[0] for cell, result in results.items() if result == PASSED}
    return asked == passed and set(results.values()) <= {PASSED, UNKNOWN}


def main(names: Sequence[str]) -> int:
    """Run the cells of these names, or all; return 1 if the table is not complete."""
    chosen = [cell for cell in cells() if not names or "-".join(cell) in names]
    if not chosen:
        print(f"No such cell; there are {', '.join('-'.join(cell) for cell in cells())}")
        return 1
    here = interpreters()
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = {cell: _run(cell, here[cell[1]]) if cell[1] in here else UNKNOWN for cell in chosen}
    print(f"\n{table(results)}")
    for python in sorted({cell[1] for cell in chosen} - set(here)):
        print(f"Python {python} was not found, on the path or below ~/.pyenv: its cells did not run.")
    return int(not complete(results))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="cells, such as 2.18-3.11")
    parser.add_argument("--in-turn", action="store_true", help="print today's pair: its name, ansible-core and Python")
    asked = parser.parse_args()
    if not asked.in_turn:
        sys.exit(main(asked.names))
    found = interpreters()
    turn, (core, python) = in_turn(int(time.time()) // _DAY, list(found))
    print(turn, core, found[python])
