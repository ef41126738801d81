# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that node_exporter's textfile collector reads, replaced in one step at each reading."""

from __future__ import annotations

from pathlib import Path

from ..._domain.errors import MigrationError
from ..._domain.metrics.exposition import lines_of
from ..._domain.metrics.reading import Reading
from ..files import write_lines

_FOR_THE_EXPORTER = 0o644  # which runs as another user
_ENDING = ".prom"  # the collector reads no other files


def write_textfile(path: str, reading: Reading) -> None:
    """Write one reading.

    :raises MigrationError: BG332 when the file cannot be written, or the collector would not read it
    """
    if not path.endswith(_ENDING):
        raise _refused(path, f"its name does not end in {_ENDING}, and node_exporter reads no other files")
    if not Path(path).parent.is_dir():
        raise _refused(path, "there is no such folder")
    try:
        write_lines(path, lines_of(reading.samples()), mode=_FOR_THE_EXPORTER)
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None


def _refused(path: str, why: str) -> MigrationError:
    return MigrationError(
        "BG332",
        f"The file of metrics {path} was not written: {why}",
        "The links and the side in service are as they were, and nobody watches them",
        "Set bluegreen_metrics_file to a file where our user may write, then run monitor again",
    )
