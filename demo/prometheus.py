# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus on loopback, with the exporters that it scrapes: of a folder of textfiles, and of databases."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from psycopg2.extensions import make_dsn

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from demo.commands import PROJECT
from demo.listener import ListenerError, find_program, start_listener
from demo.processes import ProcessRegister, RegisteredProcess

PROGRAMS = ("prometheus", "prometheus-node-exporter", "prometheus-postgres-exporter")
_FILES = PROJECT / "roles" / "dashboards" / "files"
_SCRAPE_INTERVAL = "1s"
_TIMEOUT_SECONDS = 5.0
_START_SECONDS = 30.0
_POLL_SECONDS = 0.1
_STEP = 1.0  # seconds between the moments at which a query over time is evaluated


class Prometheus:
    """Scrapes every second, and evaluates the rules that the role `dashboards` installs.

    `folder`: for its configuration, data and logs. `databases`: libpq's keywords by the name of the side; each gets a
    postgres_exporter with the role's queries.
    """

    def __init__(
        self, folder: Path, databases: Mapping[str, Mapping[str, str | int]], register: ProcessRegister
    ) -> None:
        self.textfiles = folder / "textfiles"
        self.port = free_port()
        self._folder = folder
        self._node = free_port()
        self._databases = {name: (free_port(), keywords) for name, keywords in databases.items()}
        self._register = register
        self._processes: list[RegisteredProcess] = []

    def start(self) -> None:
        """Start all of them and wait until every target has been scraped. Raises ListenerError."""
        self.textfiles.mkdir(parents=True)
        self._start_node_exporter()
        for name, (port, keywords) in self._databases.items():
            self._start_database_exporter(name, port, keywords)
        self._start_server()
        self._await_targets()

    def stop(self) -> None:
        """Stop what was started."""
        while self._processes:
            self._processes.pop().end()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples of an expression now: labels, and the value as a number."""
        found = self._get("query", query=expression)["result"]
        return [{**one["metric"], "value": float(one["value"][1])} for one in found]

    def moments(self, expression: str, start: float) -> dict[str, list[float]]:
        """Return the seconds since `start` at which each series of an expression had a sample; all since 1970."""
        found = self._get("query_range", query=expression, start=start, end=time.time(), step=_STEP)["result"]
        return {json.dumps(one["metric"], sort_keys=True): [float(at) for at, _value in one["values"]] for one in found}

    def points(self, expression: str, start: float) -> dict[str, int]:
        """Return how many samples each series of an expression has had since `start`."""
        return {labels: len(moments) for labels, moments in self.moments(expression, start).items()}

    def spells(self, expression: str, start: float) -> int:
        """Return how many times, of all series, samples began to come since `start`."""
        return sum(
            later - earlier > 1.5 * _STEP
            for moments in self.moments(expression, start).values()
            for earlier, later in pairwise([0.0, *moments])
        )

    def _start_node_exporter(self) -> None:
        self._start(
            "prometheus-node-exporter", self._node, "--collector.disable-defaults", "--collector.textfile",
            f"--collector.textfile.directory={self.textfiles}",
        )  # fmt: skip

    def _start_database_exporter(self, name: str, port: int, keywords: Mapping[str, str | int]) -> None:
        # In the environment, where no list of processes shows the password.
        dsn = {"DATA_SOURCE_NAME": make_dsn(None, sslmode="disable", **keywords)}
        self._start(
            "prometheus-postgres-exporter", port, "--disable-default-metrics", "--disable-settings-metrics",
            f"--extend.query-path={_FILES / 'queries.yml'}", log=name, environment=dsn,
        )  # fmt: skip

    def _start_server(self) -> None:
        targets = {"node": self._node, **{name: port for name, (port, _keywords) in self._databases.items()}}
        configuration = {
            "global": {"scrape_interval": _SCRAPE_INTERVAL, "evaluation_interval": _SCRAPE_INTERVAL},
            "rule_files": [str(_FILES / "rules.yml")],
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [f"{LOOPBACK}:{port}"]}]}
                for name, port in targets.items()
            ],
        }
        file = self._folder / "prometheus.yml"
        file.write_text(json.dumps(configuration), encoding="utf-8")
        data = self._folder / "data"
        self._start("prometheus", self.port, f"--config.file={file}", f"--storage.tsdb.path={data}")

    def _start(
        self, program: str, port: int, *arguments: str, log: str = "", environment: Mapping[str, str] | None = None
    ) -> None:
        found = find_program(program)
        if found is None:
            raise ListenerError(f"{program} is not installed.")
        argv = [found, *arguments, f"--web.listen-address={LOOPBACK}:{port}"]
        path = self._folder / f"{program}{log and '-'}{log}.log"
        self._processes.append(start_listener(self._register, argv, port, path, environment))

    def _await_targets(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while len(self._scraped()) <= len(self._databases):
            if time.monotonic() > deadline:
                raise ListenerError(f"Prometheus scrapes only {self._scraped()}.")
            time.sleep(_POLL_SECONDS)

    def _scraped(self) -> list[str]:
        try:
            return [str(one["job"]) for one in self.query("up == 1")]
        except OSError:  # it listens before it answers
            return []

    def _get(self, path: str, **words: Any) -> Any:
        url = f"http://{LOOPBACK}:{self.port}/api/v1/{path}?{urllib.parse.urlencode(words)}"
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
            return json.load(answer)["data"]
