# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving green the schema of blue, once; afterwards telling what has changed on blue since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Plan, Step
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import Drift, Schema, compare, drift
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema_version import Applied
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import schema as store
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema_dump import SchemaCopier
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema_lock import only_one_run
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema_programs import Programs
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema_version import read_all_versions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.situation import require_two_databases

from .ports import Ports

_NAMED = 10


@dataclass(frozen=True)
class CopyState:
    """Both schemas, and blue's as it was when it was copied (``None``: it never was).

    ``not_copied`` is what stays behind on blue. ``lacks`` is read only while a copy is due, and ``versions``, the rows
    of blue's tables of versions, while nothing has been recorded: they belong to the schema.
    """

    blue: Schema
    green: Schema
    copied: Schema | None
    not_copied: list[dict[str, Any]] = field(default_factory=list)
    lacks: store.Lacks = field(default_factory=store.Lacks)
    versions: dict[TableName, tuple[Applied, ...]] = field(default_factory=dict)

    @property
    def copy_is_due(self) -> bool:
        """Tell whether green is still without any schema."""
        return self.copied is None and self.green.is_empty

    @property
    def drift(self) -> Drift:
        """Return what changed on blue since the copy; nothing where there was none."""
        return drift(self.copied, self.blue, self.green) if self.copied is not None else Drift()

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "objects": {"blue": len(self.blue), "green": len(self.green)},
            **compare(self.blue, self.green).as_result(),
            "drift": self.drift.as_result(),
            "not_copied": self.not_copied,
        }

    def as_diff(self) -> str:
        """Return green's objects, one a line."""
        return "".join(f"{one.title}\n" for one in self.green)


class SchemaCopy:
    """Copies the schema to an empty green; never touches what green has, nor anything on blue."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._bindir: str | None = params["pg_bindir"] or None
        self._sides = ports.sides
        self._run = ports.run
        self._copier: SchemaCopier | None = None

    def observe(self) -> CopyState:
        """Read both schemas, and find the programs while a copy is due."""
        require_two_databases(self._sides)
        self._require_no_older_green()
        blues_major = self._sides.blue.major
        state = CopyState(
            blue=store.read_schema(self._sides.blue, blues_major),
            green=store.read_schema(self._sides.green, blues_major),
            copied=store.read_record(self._sides.green),
            not_copied=store.read_not_copied(self._sides.blue),
        )
        if state.copied is None:
            state = replace(state, versions=read_all_versions(self._sides.blue))
        if not state.copy_is_due:
            return state
        programs = Programs(self._run, self._bindir, self._sides.green.major)
        self._copier = SchemaCopier.find(programs, f"bluegreen {self._migration} schema_copy"[:63])
        return replace(state, lacks=store.read_lacks(self._sides.green, state.blue, state.green))

    def plan(self, before: CopyState) -> Plan[CopyState]:
        """Plan the copy, or that blue's schema of now is recorded, or nothing.

        :raises MigrationError: when green lacks what a copy needs, or what blue has
        """
        if before.copy_is_due:
            _refuse_what_lacks(before)
            green = before.green.merged_with(before.blue)
            copied = replace(before, green=green, copied=before.blue)
            title = f"copy {len(before.blue)} objects of blue's schema to green"
            return Plan(copied, (Step(title, "copy"), Step("record the schema that was copied", "record", before)))
        if before.copied is None:
            _refuse_what_is_missing(before)
            return self._recording(before, "record blue's schema, which green has already")
        _refuse_drift(before)
        if before.drift.met:
            return self._recording(before, "record the changes of blue's schema that green has as well")
        return Plan(before)

    def execute(self, plan: Plan[CopyState]) -> CopyState:
        """Do the steps, one run at a time."""
        with only_one_run(self._sides.green, "schema_copy"):
            for step in plan.steps:
                getattr(self, f"_{step.action}")(step.subject)
        return self.observe()

    def _copy(self, _subject: None) -> None:
        if self._copier is None:
            raise LookupError("a copy was planned although none was due")
        green = store.read_schema(self._sides.green, self._sides.blue.major)
        if not green.is_empty:
            raise MigrationError(
                "BG209", "Another run has filled green", "This run has changed nothing", "Run the same command again"
            )
        left_out = store.read_left_out(self._sides.blue, green)
        self._copier.copy(self._sides.endpoints[Side.BLUE], self._sides.endpoints[Side.GREEN], left_out)

    def _record(self, before: CopyState) -> None:
        store.write_record(self._sides.green, before.blue, before.versions)

    @staticmethod
    def _recording(before: CopyState, title: str) -> Plan[CopyState]:
        return Plan(replace(before, copied=before.blue), (Step(title, "record", before),))

    def _require_no_older_green(self) -> None:
        blue, green = self._sides.blue.major, self._sides.green.major
        if green < blue:
            raise MigrationError(
                "BG210",
                f"Green runs PostgreSQL {green}, which is older than blue's {blue}",
                "Nothing was changed",
                f"Give green a server of PostgreSQL {blue} or later",
            )


def _refuse_what_lacks(before: CopyState) -> None:
    lacks = before.lacks
    theirs = tuple(f"{one.title} of {one.owner}" for one in before.blue if one.owner in lacks.owners)
    for code, names, what, todo in (
        ("BG204", lacks.roles, "Green's server has no role", "Create them on green's server, with the same names"),
        (
            "BG205",
            theirs,
            "Our role on green may not act for the owner of",
            "GRANT the owner to the role in bluegreen_green, or give the objects on blue another owner",
        ),
        ("BG211", lacks.extensions, "Green's server does not have the extension", "Install its package there"),
        (
            "BG212",
            lacks.forbidden,
            "Our role on green may not create the extension",
            "Let a superuser run CREATE EXTENSION in green's database",
        ),
    ):
        if names:
            raise MigrationError(
                code,
                f"{what} {_some(names)}",
                "Nothing was changed",
                f"{todo}, then run the same command again",
                {"names": list(names)},
            )


def _refuse_what_is_missing(before: CopyState) -> None:
    comparison = compare(before.blue, before.green)
    if comparison.missing:
        raise MigrationError(
            "BG207",
            f"Green is not empty and lacks {_some(comparison.missing)}",
            "Nothing was changed",
            "Create on green what it lacks, or drop and create green's database so that all of the schema is copied",
            comparison.as_result(),
        )


def _refuse_drift(before: CopyState) -> None:
    if before.drift.unmet:
        raise MigrationError(
            "BG208",
            f"Since the copy, blue's schema has got or changed {_some(before.drift.unmet)}, and green has not followed",
            "Nothing was changed; blue goes on serving",
            "Make the same change on green, by hand or by a versioned migration, then run the same command again",
            before.drift.as_result(),
        )


def _some(names: tuple[str, ...]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more (the details name all)" if rest > 0 else "")
