# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One schema through a whole migration, by the modules, with writes on both sides and an oracle after each step."""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.databases import Database, RoleName
from tests.fixtures.modules import ModuleRunner
from tests.schemas.application import write
from tests.schemas.oracle import behind, rows_of, schema_of, unlike, unlike_schemas

FIRST_WITH_ROLE_FOR_SUBSCRIPTIONS = 16


_ERROR = re.compile(r"(ERROR|FATAL): |processing remote data")
_LINES = 6


class Refused(Exception):
    """`prepare` refused the schema by name."""

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(sorted({each["code"] for each in findings})))
        self.findings = findings


@dataclass
class Journey:
    """Blue with a schema and rows, an empty green, and what was wrong so far."""

    blue: Database
    green: Database
    runner: ModuleRunner
    role: RoleName
    accepted: list[dict[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    planted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    written: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def pg_bin(self) -> str:
        """The newer side's programs."""
        return str(self.green.server.pg_bin)

    def run(self, module: str, **parameters: Any) -> dict[str, Any]:
        """Run a module and return its result; a switch runs in a process of its own, since it forks a watchdog."""
        began = time.monotonic()
        given = {**self._ends(), **parameters}
        result = self._run_apart(module, given) if module == "cutover" else self.runner(module, given)
        self.seconds[module] = self.seconds.get(module, 0.0) + time.monotonic() - began
        return result

    def _run_apart(self, module: str, given: dict[str, Any]) -> dict[str, Any]:
        with tempfile.TemporaryFile() as answer:
            pid = os.fork()
            if pid == 0:
                answer.write(json.dumps(self._result_of(module, given)).encode())
                answer.flush()
                os._exit(0)
            os.waitpid(pid, 0)
            answer.seek(0)
            return dict(json.loads(answer.read()))

    def _result_of(self, module: str, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.runner(module, given)
        except BaseException as error:  # noqa: BLE001 - the parent reads it
            return {"failed": True, "msg": f"{module} broke: {error!r}"}

    def ask(self, module: str, **parameters: Any) -> dict[str, Any]:
        """Run a module in check mode and return its result."""
        return self.runner(module, {**self._ends(), **parameters}, check=True)

    def _ends(self) -> dict[str, Any]:
        return {
            "migration": self.blue.name,
            "blue": self.blue.endpoint(self.role),
            "green": self.green.endpoint(self.role),
        }

    def succeed(self, module: str, **parameters: Any) -> dict[str, Any]:
        """Run a module that must not fail."""
        result = self.run(module, **parameters)
        if result.get("failed"):
            said = "\n".join([*self.wrong, *_last_errors(self.blue), *_last_errors(self.green)])
            raise AssertionError(f"{module} {parameters}: {result['msg']} {result.get('details', '')}\n{said}")
        return result

    def prepare(self) -> dict[str, Any]:
        """Run preflight. Raises Refused."""
        found = self.succeed(
            "preflight_info", accepted=self.accepted, pg_bindir=self.pg_bin,
            application_roles=[self.blue.roles["app"].name], backup_waived="a test",
        )  # fmt: skip
        if found["blocked"]:
            raise Refused([each for each in found["findings"] if each["severity"] == "blocks"])
        return found

    def set_up(self) -> None:
        """Copy the schema, judge it, install the gate."""
        program = f"{self.pg_bin}/pg_dump"
        before = schema_of(self.blue, program)
        self.succeed("schema_copy", pg_bindir=self.pg_bin)
        self.wrong += [f"after setup, {one}" for one in unlike_schemas(before, schema_of(self.green, program))]
        lint = self.succeed("schema_lint_info")
        self.wrong += [f"lint: {one}" for one in lint["differences"]]
        self.succeed("write_gate", accepted=self.accepted)
        self.wrong += [f"blue changed: {one}" for one in unlike_schemas(before, schema_of(self.blue, program))]

    def link(self, copy: str) -> None:
        """Let rows flow to green."""
        self.succeed("replication_link", direction="forward", copy=copy)

    def catch_up(self, direction: str) -> None:
        """Wait for what was written."""
        self.succeed("replication_catchup", direction=direction, timeout=60)

    def link_back(self) -> None:
        """Make the way back, and refresh green's materialized views, as `sync` does."""
        self.succeed("replication_link", direction="reverse")
        self.succeed("materialized_views")

    def compare(self, reference: str) -> dict[str, Any]:
        """Compare rows and objects."""
        return self.succeed(
            "consistency_check", reference=reference, timeout=60,
            objects=["schema", "sequences"],
        )  # fmt: skip

    def expect_equal(self, step: str, reference: str = "blue") -> None:
        """Compare by the module and by the oracle: both must find nothing."""
        result = self.compare(reference)
        self.wrong += [f"{step}: {one}" for one in differences(result)]
        self.expect_same_rows(step)

    def expect_same_rows(self, step: str) -> None:
        """Compare rows by the oracle alone."""
        found = unlike(rows_of(self.blue), rows_of(self.green))
        self.wrong += [f"{step}, oracle: {one}" for one in found]

    def switch(self, target: str) -> None:
        """Put the other side into service."""
        old = self.blue if target == "green" else self.green
        new = self.green if target == "green" else self.blue
        new.query("ANALYZE")
        self.succeed("cutover", target=target, accepted=self.accepted)
        self.wrong += [f"switch to {target}, sequence {one}" for one in behind(old, new)]
        self.expect_same_rows(f"switch to {target}")

    def write(self, side: Database, transactions: list[list[str]]) -> None:
        """Write as the application does."""
        written, wrong = write(side, transactions)
        self.written += written
        self.wrong += wrong

    def clean_up(self) -> None:
        """Remove what is ours."""
        program = f"{self.pg_bin}/pg_dump"
        for direction in ("reverse", "forward"):
            self.succeed("replication_link", direction=direction, state="absent")
        self.succeed("write_gate", state="absent")
        found = unlike_schemas(schema_of(self.blue, program), schema_of(self.green, program))
        self.wrong += [f"after cleanup, {one}" for one in found]


def _last_errors(side: Database) -> list[str]:
    lines = side.server.embedded.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [f"PostgreSQL {side.server.major}: {line}" for line in lines if _ERROR.search(line)][-_LINES:]


def differences(result: dict[str, Any]) -> list[str]:
    """Return what a comparison found, in words."""
    found = [
        f"comparison of {table['table']}: {table['difference_count']} differences, {table['undecided_count']}"
        f" undecided, {table['reason']} {table['differences'][:3]}"
        for table in result["tables"]
        if table["consistent"] is not True
    ]
    for kind, objects in result["objects"].items():
        for how in ("missing", "different", "extra"):
            found += [f"comparison of {kind}: {how} {one}" for one in objects[how]]
    return found


Writes = Callable[[int], list[list[str]]]
Plant = Callable[[Journey], None]


def travel(journey: Journey, writes: Writes, copy: str, plant: Plant, drift: Plant) -> None:
    """Go the whole way, there, back and there again. `plant` and `drift` change green and blue, and change them back.

    Raises Refused.
    """
    journey.prepare()
    journey.set_up()
    journey.link(copy)
    journey.write(journey.blue, writes(20))
    journey.catch_up("forward")
    plant(journey)
    journey.link_back()
    journey.expect_equal("before the cutover")
    drift(journey)
    journey.switch("green")
    for side, target, direction in ((journey.green, "blue", "reverse"), (journey.blue, "green", "forward")):
        journey.write(side, writes(20))
        journey.catch_up(direction)
        journey.switch(target)
    journey.write(journey.green, writes(20))
    journey.catch_up("reverse")
    journey.expect_equal("at the end", reference="green")
    journey.clean_up()
