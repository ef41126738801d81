# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the report folder of a migration, and makes sure that nobody else can redirect what is written there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import folder_name

DOCUMENTATION = r"""
name: report_folder
short_description: Names the report folder of a migration
version_added: "0.1.0"
description:
  - Two migrations never share one. A migration's name that is no name of a folder is refused.
  - A folder that another user could lead elsewhere is refused, whether it is there already or to be made, and so is one
    that cannot be written.
author: bluegreen contributors (!UNKNOWN)
options:
  _input:
    description: The folder on the controller that has a folder for each migration.
    type: path
    required: true
  migration:
    description: Name of the migration.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show where the reports are
  ansible.builtin.debug:
    msg: "{{ bluegreen_report_dir | bluegreen.postgresql.report_folder(bluegreen_migration) }}"
"""

RETURN = r"""
_value:
  description: The path of the folder.
  type: path
"""


def report_folder(report_dir: str, migration: str) -> str:
    """Return the folder's path; if it is refused, the template's error says why."""
    fault = fault_of(report_dir, migration)
    if fault:
        raise AnsibleFilterError(fault)
    return str(Path(report_dir, folder_name(migration)))


def fault_of(report_dir: str, migration: str) -> str:
    """Return why the folder is refused, empty if it is not."""
    try:
        folder = Path(report_dir, folder_name(migration))
        obstacle = _obstacle(folder)
        if obstacle:
            return (
                f"BG297: Reports cannot be written to {folder}: {obstacle}. Nothing was written there. "
                "Let the user who runs Ansible write there, or set bluegreen_report_dir to another folder."
            )
        fault = next(_faults(Path(report_dir), folder), None)
    except (MigrationError, OSError) as error:
        return str(error)
    if fault is None:
        return ""
    return (
        f"BG072: {fault}, so that reports could be led to another place. "
        "Nothing was written there. Remove it, or set bluegreen_report_dir to a folder of your own."
    )


def _obstacle(folder: Path) -> str:
    """Return why the folder cannot be made, or nothing can be written in it; empty if both are possible."""
    there = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not there.is_dir():
        return f"{there} is no folder"
    if not os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return f"{there} is not writable"
    return ""


def _faults(report_dir: Path, folder: Path) -> Iterator[str]:
    if report_dir.is_symlink() and not _is_trusted(report_dir.lstat()):
        yield f"{report_dir} is a symbolic link of another user"
    if report_dir.exists():
        yield from _faults_of_owner(report_dir, report_dir.stat(), stat.S_ISVTX)
    if folder.is_symlink():
        yield f"{folder} is a symbolic link"
    elif folder.exists():
        yield from _faults_of_owner(folder, folder.lstat(), 0)
        yield from (f"{entry.path} is a symbolic link" for entry in os.scandir(folder) if entry.is_symlink())


def _faults_of_owner(path: Path, found: os.stat_result, excused_by: int) -> Iterator[str]:
    if not _is_trusted(found):
        yield f"{path} belongs to another user (uid {found.st_uid})"
    if found.st_mode & stat.S_IWOTH and not found.st_mode & excused_by:
        yield f"{path} may be written by everybody"


def _is_trusted(found: os.stat_result) -> bool:
    return found.st_uid in {0, os.geteuid()}


class FilterModule:
    """The filter for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filter by its name."""
        return {"report_folder": report_folder}
