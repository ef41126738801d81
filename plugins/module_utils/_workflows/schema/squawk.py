# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What squawk, where it is installed, says about the versioned migrations."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.schema.squawk import findings_of
from ..ports import Run
from .folder import read_migrations

_VERSION = re.compile(r"squawk (\S+)")
# schema_version sets a lock_timeout for each file, and repeats the file.
_NEEDLESS = "require-lock-timeout"
_REPORTED = (0, 1)


def run_squawk(run: Run, directory: str, major: int) -> dict[str, Any]:
    """Return squawk's version, ``None`` where it is not installed or there are no files, and its findings.

    :raises MigrationError: BG220 and BG221 for a folder that cannot be read, BG232 when squawk gives no report
    """
    program = shutil.which("squawk") if directory else None
    if program is None:
        return {"version": None, "findings": []}
    _status, output, _errors = run([program, "--version"])
    version = _VERSION.search(output)
    scripts = [migration.up for migration in read_migrations(Path(directory))]
    options = [program, "--reporter=json", f"--pg-version={major}.0"]
    findings: list[dict[str, Any]] = []
    for inside in (True, False):
        names = [script.name for script in scripts if script.in_transaction is inside]
        argv = [*options, *(["--assume-in-transaction"] if inside else []), *names]
        findings += _report(run, argv, directory) if names else []
    told = [one for one in findings if one["rule"] != _NEEDLESS]
    return {"version": version.group(1) if version else "unknown", "findings": told}


def _report(run: Run, argv: Sequence[str], directory: str) -> list[dict[str, Any]]:
    status, output, errors = run(list(argv), cwd=directory, expand_user_and_vars=False)
    if status not in _REPORTED:
        raise _no_report(errors.strip() or f"exit status {status}")
    try:
        return findings_of(output)
    except ValueError as error:
        raise _no_report(str(error)) from None


def _no_report(why: str) -> MigrationError:
    return MigrationError(
        "BG232",
        f"squawk is installed and has not reported on the versioned migrations: {why}",
        "Nothing was changed",
        "Run it by hand in their folder; correct its configuration, or remove it from PATH",
    )
