# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's workflow: the only place for check mode, diff and errors."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Callable

from ansible.module_utils.basic import missing_required_lib

from .._domain.errors import Cancelled, MigrationError
from .._domain.plan import Plan, State, StepResult
from .._postgres import driver
from .._workflows.cancellation import Cancellation
from .._workflows.ports import Ports, Probe, Workflow
from .arguments import common
from .commands import Commands
from .module import CheckedModule


def run_module(
    workflow_of: Callable[[dict[str, Any], Ports], Workflow],
    arguments: dict[str, Any] | None = None,
    exclusive: bool = False,
    look: Callable[[dict[str, Any], Ports], Probe] | None = None,
    **constraints: Any,
) -> None:
    """Run one module: observe, plan, then execute unless in check mode; exit as Ansible expects.

    :param workflow_of: builds the workflow from parameters and ports
    :param arguments: argument spec besides the common parameters
    :param exclusive: make changes only while no other run of the migration makes any
    :param look: builds a probe that reads afterwards; its result is ``seen``
    :param constraints: ``required_if`` and its like, for AnsibleModule
    """

    def perform(params: dict[str, Any], ports: Ports, check_mode: bool) -> dict[str, Any]:
        result = _perform(workflow_of(params, ports), check_mode, ports.alone if exclusive else None)
        return {**result, **_seen(partial(look, params, ports))} if look is not None else result

    _run(perform, arguments, constraints)


def run_probe(
    probe_of: Callable[[dict[str, Any], Ports], Probe], arguments: dict[str, Any] | None = None, **constraints: Any
) -> None:
    """Run one module that changes nothing, and exit as Ansible expects.

    :param probe_of: builds the probe from parameters and ports
    :param arguments: argument spec besides the common parameters
    :param constraints: ``required_if`` and its like, for AnsibleModule
    """

    def perform(params: dict[str, Any], ports: Ports, _check_mode: bool) -> dict[str, Any]:
        return {"changed": False, **probe_of(params, ports).probe().as_result()}

    _run(perform, arguments, constraints)


def _run(
    perform: Callable[[dict[str, Any], Ports, bool], dict[str, Any]],
    arguments: dict[str, Any] | None,
    constraints: dict[str, Any],
) -> None:
    module = CheckedModule(argument_spec={**common(), **(arguments or {})}, supports_check_mode=True, **constraints)
    if driver.IMPORT_ERROR:
        module.fail_json(
            msg=missing_required_lib("psycopg2", url="https://www.psycopg.org/"), exception=driver.IMPORT_ERROR
        )
    commands = Commands(module.run_command)
    cancellation = Cancellation(commands.end)
    ports = None
    try:
        with cancellation.watching():
            ports = Ports.for_module(module.params, commands.run, module.warn, not module.check_mode, cancellation)
            result = perform(module.params, ports, module.check_mode)
    except MigrationError as error:
        module.fail_json(msg=str(error), **error.as_result())
    except Cancelled as cancelled:
        told = _was_cancelled(cancelled, ports)
        module.fail_json(msg=str(told), **told.as_result())
    else:
        module.exit_json(**result)
    finally:
        if ports is not None:
            ports.close()


def _seen(look: Callable[[], Probe]) -> dict[str, Any]:
    """Return what was read; whatever prevents that must not make a failure of what was done before."""
    try:
        return {"seen": look().probe().as_result(), "unread": ""}
    except MigrationError as error:
        return {"seen": {}, "unread": str(error)}


def _was_cancelled(cancelled: Cancelled, ports: Ports | None) -> MigrationError:
    goes_on = ports.goes_on if ports is not None else ""
    return MigrationError(
        "BG570",
        f"The run was cancelled by {cancelled.reason}",
        f"Whatever it had not completed was rolled back; {goes_on or 'nothing of it is still running'}",
        "Run the same command again to continue; the playbook status shows where things stand",
    )


def _perform(
    workflow: Workflow, check_mode: bool, alone: Callable[[], AbstractContextManager[None]] | None
) -> dict[str, Any]:
    before = workflow.observe()
    plan = workflow.plan(before)
    if check_mode or not plan.changes:
        return _result(plan.planned, before, plan.projected)
    if alone is None:
        return _done(workflow, plan, before)
    with alone():
        # Another run may have ended just before, so read again what has to be done.
        before = workflow.observe()
        plan = workflow.plan(before)
        return _done(workflow, plan, before) if plan.changes else _result([], before, plan.projected)


def _done(workflow: Workflow, plan: Plan[Any], before: State) -> dict[str, Any]:
    after = workflow.execute(plan)
    return _result(plan.record.steps, before, after)


def _result(steps: list[StepResult], before: State, after: State) -> dict[str, Any]:
    return {
        "changed": any(step.changed for step in steps),
        "steps": [step.as_result() for step in steps],
        "diff": {"before": before.as_diff(), "after": after.as_diff()},
        **after.as_result(),
    }
