# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus' text format 0.0.4, as node_exporter's textfile collector reads it. Pure.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .reading import Sample


def lines_of(samples: Iterable[Sample]) -> Iterator[str]:
    """Yield the file's lines: each metric's HELP and TYPE once, then its samples together."""
    by_metric: dict[str, list[Sample]] = {}
    for sample in samples:
        by_metric.setdefault(sample.metric.name, []).append(sample)
    for name, together in by_metric.items():
        metric = together[0].metric
        yield f"# HELP {name} {_escaped(metric.help)}"
        yield f"# TYPE {name} {metric.kind}"
        for sample in together:
            labels = ",".join(f'{label}="{_quoted(text)}"' for label, text in zip(metric.labels, sample.labels))
            yield f"{name}{{{labels}}} {_number(sample.value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
