# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short table at the end of the demo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from demo.client import Comparison
from demo.ledger import WriterError
from demo.playbooks import PlaybookResult
from demo.story import SWITCHES, Ending, Proof
from demo.writers import WriterResults

# A playbook without a switch: the gaps that the machine causes anyway.
CONTROL = "monitor"
_ROW = "{:<12}{:>9}{:>14}{:>9}  {}"
_EXAMPLES_SHOWN = 5


def render(ending: Ending) -> str:
    """Return the table, the verdict and, if something is wrong, what it is."""
    header = _ROW.format("phase", "seconds", "longest gap", "errors", "").rstrip()
    rows = [header, *(_phase_row(phase, ending.writers) for phase in ending.phases)]
    errors = _fatal_errors(ending.writers.fatal_errors)
    return "\n".join([*rows, "", *_measured(ending.measured), render_proof(ending.proof), *errors])


def render_failed(ending: Ending) -> str:
    """Return the end of the output of the phase that failed, and where all of it is; nothing if none failed."""
    failed = [phase for phase in ending.phases if not phase.succeeded]
    return "\n".join(
        f"\n{one.tail}\n\nbluegreen.postgresql.{one.name} failed; all of its output: {one.log}" for one in failed
    )


def render_proof(proof: Proof) -> str:
    """Return what the ledger says."""
    verdict = proof.verdict
    tests = ", ".join(f"{name}: {'red' if red else 'NOT SEEN'}" for name, red in proof.self_tests.items())
    lines = [
        f"side in service         {proof.side.server.folder.name}",
        f"acknowledged writes     {verdict.acknowledged:,} and {verdict.unknown} of unknown outcome",
        f"  missing               {verdict.missing}",
        f"  doubled               {verdict.doubled}",
        f"  never sent, but there {verdict.unexpected}",
        f"  accounts unbalanced   {verdict.unbalanced}",
        f"ledger's self-tests     {tests}",
        *(f"    {example}" for example in verdict.examples[:_EXAMPLES_SHOWN]),
    ]
    return "\n".join(lines)


def _phase_row(phase: PlaybookResult, writers: WriterResults) -> str:
    gap = f"{writers.longest_gap(phase.started, phase.ended) * 1000:.0f} ms"
    errors = len(writers.errors_between(phase.started, phase.ended))
    return _ROW.format(phase.name, f"{phase.seconds:.1f}", gap, errors, _remark(phase)).rstrip()


def _remark(phase: PlaybookResult) -> str:
    if not phase.succeeded:
        return "FAILED"
    if phase.name in SWITCHES:
        return "a switch"
    return "control: a playbook, but no switch" if phase.name == CONTROL else ""


def _measured(measured: Sequence[Comparison]) -> list[str]:
    return [
        f"client_probe in {one.phase:<9}longest gap {one.client:.1f} ms, by the ledger {one.ledger:.1f} ms then"
        for one in measured
    ]


def _fatal_errors(errors: Sequence[WriterError]) -> list[str]:
    counted = Counter((error.sqlstate, error.message) for error in errors).most_common(_EXAMPLES_SHOWN)
    return [f"writers failed {times} times: {sqlstate} {message}" for (sqlstate, message), times in counted]
