# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies blue's schema to green, once; afterwards reports what has changed on blue since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.relations import TableName
from ..._domain.schema.not_copied import UNSEEN, with_passwords
from ..._domain.schema.objects import Drift, Schema, changed_parts, compare, drift
from ..._domain.schema.scope import LeftAside, Scope
from ..._domain.schema.surroundings import Surrounding, Surroundings
from ..._domain.schema.version import Applied
from ..._domain.sides import Side
from ..._postgres.schema import objects as store
from ..._postgres.schema.dump import PROGRAM_FAILED, SchemaCopier
from ..._postgres.schema.lock import only_one_run
from ..._postgres.schema.programs import Programs
from ..._postgres.schema.scope import read_left_aside
from ..._postgres.schema.surroundings import make, read_surroundings
from ..._postgres.schema.version import read_all_versions
from ..._postgres.service.situation import read_own_situation
from ..ports import Ports
from .extensions import ChosenVersions

_NAMED = 10
_UNREADABLE = "only a superuser of blue may read it: set it on green by hand"


@dataclass(frozen=True)
class CopyState:
    """Both schemas, and blue's as it was when it was copied (``None``: never).

    ``not_copied``: what is not copied; ``aside``: what the user excludes; ``extensions``: their versions on either
    side; ``around``: the surroundings of both databases; ``recorded_left``: what the newest run left behind;
    ``without_password``: the roles that got none.
    ``blue_serves``: blue is in service. ``lacks`` is read only while a copy is due, and ``versions``, the rows of
    blue's version tables, only while nothing has been recorded: they belong to the schema.
    """

    blue: Schema
    green: Schema
    copied: Schema | None
    not_copied: list[dict[str, Any]] = field(default_factory=list)
    aside: LeftAside = field(default_factory=LeftAside)
    extensions: dict[str, dict[str, str | None]] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)
    recorded_left: dict[str, str] = field(default_factory=dict)
    without_password: list[str] = field(default_factory=list)
    lacks: store.Lacks = field(default_factory=store.Lacks)
    blue_serves: bool = True
    versions: dict[TableName, tuple[Applied, ...]] = field(default_factory=dict)

    @property
    def copy_is_due(self) -> bool:
        """Tell whether green has no schema yet."""
        return self.copied is None and self.green.is_empty

    @property
    def drift(self) -> Drift:
        """Return what changed on blue since the copy; nothing if there was no copy."""
        return drift(self.copied, self.blue, self.green) if self.copied is not None else Drift()

    @property
    def changes(self) -> list[str]:
        """Describe the changes on blue since the copy that green does not have."""
        unmet = set(self.drift.unmet)
        before, now = (
            {one.title: " ".join(one.definition.split()) for one in schema or () if one.title in unmet}
            for schema in (self.copied, self.blue)
        )
        return changed_parts(before, now)

    @property
    def left(self) -> dict[str, str]:
        """Return what is not copied: the reasons by title."""
        found = {one["title"]: one["reason"] for one in self.not_copied}
        found.update((one.title, reason) for one, reason in self.around.split()[1])
        found.update((f"{UNSEEN}{role}", _UNREADABLE) for role in self.without_password)
        return with_passwords(found, self.recorded_left)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        blue = Schema([*self.blue, *self.around.compared("blue")])
        return {
            "objects": {"blue": len(self.blue), "green": len(self.green)},
            **compare(blue, self._green_and_around()).as_result(),
            "drift": self.drift.as_result(),
            "left_aside": self.aside.as_result(),
            "extensions": self.extensions,
            "not_copied": [{"title": title, "reason": reason} for title, reason in self.left.items()],
        }

    def as_diff(self) -> str:
        """Return green's objects and their surroundings, one per line."""
        return "".join(f"{one.title}\n" for one in self._green_and_around())

    def _green_and_around(self) -> Schema:
        return Schema([*self.green, *self.around.compared("green")])


class SchemaCopy:
    """Copies the schema to an empty green; never touches what green already has, nor anything on blue."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._bindir: str | None = params["pg_bindir"] or None
        self._sides = ports.sides
        self._run = ports.run
        self._warn = ports.warn
        self._application_roles: list[str] = params["application_roles"]
        self._scope = Scope.of(params["include"], params["exclude"])
        self._chosen = ChosenVersions(ports.sides, params["extension_versions"])
        self._copier: SchemaCopier | None = None
        self._owners: set[str] = set()
        self._made: list[str] = []

    def observe(self) -> CopyState:
        """Read both schemas, and find the programs while a copy is due."""
        situation = read_own_situation(self._sides)
        self._require_no_older_green()
        blues_major = self._sides.blue.major
        aside = read_left_aside(self._sides.blue, self._scope)
        blue = store.read_schema(self._sides.blue, blues_major, aside)
        self._owners = blue.owners
        named = blue.roles.union(self._application_roles)
        state = CopyState(
            blue=blue,
            aside=aside,
            extensions=self._chosen.read(),
            around=read_surroundings(self._sides.blue, self._sides.green, named),
            green=store.read_schema(self._sides.green, blues_major, aside),
            copied=store.read_record(self._sides.green),
            blue_serves=situation.in_service is Side.BLUE,
            not_copied=store.read_not_copied(self._sides.blue),
            recorded_left=store.read_recorded_left(self._sides.green),
        )
        if state.copied is None:
            state = replace(state, versions=read_all_versions(self._sides.blue))
        if not state.copy_is_due:
            return state
        programs = Programs(self._run, self._bindir, self._sides.green.major)
        self._copier = SchemaCopier.find(programs, f"bluegreen {self._migration} schema_copy"[:63])
        return replace(state, lacks=store.read_lacks(self._sides.green, state.blue, state.green))

    def plan(self, before: CopyState) -> Plan[CopyState]:
        """Plan the copy, or the record of blue's current schema, or nothing; and what is missing in the surroundings.

        A blue that is out of service gives green nothing: changes there are not meant for the side in service.

        :raises MigrationError: when green lacks something that a copy needs or that blue has
        """
        if not before.blue_serves:
            return Plan(before)
        possible = before.around.split()[0]
        around = replace(before.around, green=(*before.around.green, *possible))
        after = replace(before, around=around, without_password=before.around.without_password(possible))
        steps = [Step(f"copy {one.title}", partial(self._make, one)) for one in possible]
        if before.copy_is_due:
            _refuse_what_lacks(before, {one.role for one in possible if one.kind == "role"})
            steps += self._chosen.steps(before.extensions, before.blue, before.green)
            steps.append(
                Step(f"copy {len(before.blue)} objects of blue's schema to green", partial(self._copy, before.aside))
            )
            steps.append(Step("record the schema that was copied", partial(self._record, before)))
            after = replace(after, green=before.green.merged_with(before.blue), copied=before.blue)
        elif before.copied is None:
            _refuse_what_is_missing(before)
            steps.append(Step("record blue's schema, which green has already", partial(self._record, before)))
            after = replace(after, copied=before.blue)
        else:
            _refuse_drift(before)
            if before.drift.met:
                steps.append(
                    Step("record the changes of blue's schema that green has as well", partial(self._record, before))
                )
                after = replace(after, copied=before.blue)
        if after.left != before.recorded_left:
            steps.append(Step("record what is not copied", partial(self._record_left, after.without_password)))
        return Plan(after, tuple(steps))

    def execute(self, plan: Plan[CopyState]) -> CopyState:
        """Do the steps, one run at a time."""
        with only_one_run(self._sides.green, "schema_copy"):
            plan.perform()
        without = plan.projected.without_password
        if without:
            self._warn(f"Roles that log in have no password on green ({', '.join(without)}): {_UNREADABLE}")
        return replace(self.observe(), without_password=without)

    def _make(self, one: Surrounding) -> None:
        try:
            make(self._sides.blue, self._sides.green, one, lend=one.role in self._owners)
            self._made.append(one.title)
        except DatabaseError as error:
            if error.sqlstate is None:
                raise
            raise MigrationError(
                "BG213",
                f"Green's server did not copy {one.title}: {error.what}",
                "The steps before it took effect on green; blue was only read",
                "Do it on green by hand, then run the same command again",
            ) from None

    def _copy(self, aside: LeftAside) -> None:
        if self._copier is None:
            raise LookupError("a copy was planned although none was due")
        green = store.read_schema(self._sides.green, self._sides.blue.major)
        if not green.is_empty:
            raise MigrationError(
                "BG209", "Another run has filled green", "This run has changed nothing", "Run the same command again"
            )
        left_out = store.read_left_out(self._sides.blue, green, aside)
        try:
            self._copier.copy(self._sides.endpoints[Side.BLUE], self._sides.endpoints[Side.GREEN], left_out, aside)
        except MigrationError as error:
            raise self._with_what_stays(error) from None

    def _with_what_stays(self, error: MigrationError) -> MigrationError:
        """Say what this run has created before a program failed."""
        stays = [*self._made, *self._chosen.made]
        if error.code != PROGRAM_FAILED or not stays:
            return error
        stands = f"{error.stands}. Created on green before, and there to stay: {', '.join(stays)}"
        return MigrationError(error.code, error.what, stands, error.todo, {**error.details, "stays": stays})

    def _record(self, before: CopyState) -> None:
        store.write_record(self._sides.green, before.blue, before.versions, before.aside)

    def _record_left(self, without_password: list[str]) -> None:
        """Record it with the reasons that hold now that everything else is made."""
        now = replace(self.observe(), without_password=without_password)
        store.write_left(self._sides.green, now.left)

    def _require_no_older_green(self) -> None:
        blue, green = self._sides.blue.major, self._sides.green.major
        if green < blue:
            raise MigrationError(
                "BG210",
                f"Green runs PostgreSQL {green}, which is older than blue's {blue}",
                "Nothing was changed",
                f"Give green a server of PostgreSQL {blue} or later",
            )


def _refuse_what_lacks(before: CopyState, made: Collection[str | None]) -> None:
    lacks = before.lacks
    roles = tuple(name for name in lacks.roles if name not in made)
    theirs = tuple(f"{one.title} of {one.owner}" for one in before.blue if one.owner in lacks.owners)
    for code, names, what, todo in (
        (
            "BG204",
            roles,
            "Green's server has no role",
            "Create them there with the same names, or give CREATEROLE to the role in bluegreen_green",
        ),
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
            "Create on green what it lacks, or name an empty database in bluegreen_green: it gets all of the schema",
            comparison.as_result(),
        )


def _refuse_drift(before: CopyState) -> None:
    if before.drift.unmet:
        raise MigrationError(
            "BG208",
            f"Since the copy, blue's schema has got or changed {_some(before.drift.unmet)}, and green lacks the change",
            "Nothing was changed; blue stays in service",
            "Make the same change on green, by hand or by a versioned migration, then run the same command again",
            {**before.drift.as_result(), "changes": before.changes},
        )


def _some(names: tuple[str, ...]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more (the details name all)" if rest > 0 else "")
