# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.live.standing_servers FOLDER BLUE GREEN`: the demo's two servers, until their note is removed.

The note, `servers.json` in the folder, holds the inventory variables of the migration. Molecule's `create` waits for it
and its `destroy` removes it.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from demo.environment import DemoEnvironment, _write_private
from demo.shop import APPLICATION, MIGRATIONS

NOTE = "servers.json"
_POLL_SECONDS = 0.1


def variables(environment: DemoEnvironment) -> dict[str, Any]:
    """Return the migration as the inventory has it, and the application's own connections to both sides."""
    return {
        "bluegreen_blue": environment.blue.migrator(),
        "bluegreen_green": environment.green.migrator(),
        "bluegreen_application_roles": [APPLICATION],
        "bluegreen_pg_bindir": str(environment.green.server.pg_bin),
        "bluegreen_schema_migrations": str(MIGRATIONS),
        "bluegreen_routes": environment.route.settings,
        "bluegreen_report_dir": str(environment.reports),
        "application": {"blue": environment.blue.application(), "green": environment.green.application()},
    }


def main(folder: Path, majors: tuple[int, int]) -> None:
    """Keep the servers until the note is gone, then remove the folder."""
    with DemoEnvironment(folder, "multihost", majors) as environment:
        note = folder / NOTE
        _write_private(note.with_suffix(".new"), json.dumps(variables(environment)))
        note.with_suffix(".new").rename(note)
        while note.exists():
            time.sleep(_POLL_SECONDS)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3])))
