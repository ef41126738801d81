# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strikes a switch at one place of one step; the product knows nothing about this.

Python imports this file at its start if its folder is on PYTHONPATH, also in modules that Ansible starts. It does
nothing unless BLUEGREEN_STOP names a folder with a `stop.json`; it reports each step in `events` there.
"""

from __future__ import annotations

import dataclasses
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

_SWITCH = "ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.run"
_DRIVER = "ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.driver"
_POLL = 0.001
_SIGNALS = {"kill": signal.SIGKILL, "terminate": signal.SIGTERM, "freeze": signal.SIGSTOP}


class Stopper:
    """Reports each step, and strikes where it was told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = json.loads((folder / "stop.json").read_text(encoding="utf-8"))
        self._waits: int | None = None

    def install(self, switch_run: Any) -> None:
        """Hook it between the switch and its critical section, and before each wait for a server or a console."""
        switch_run.CriticalSection = self._section_class(switch_run.CriticalSection)
        driver: Any = sys.modules[_DRIVER]
        wait = driver._wait

        def strike_or_wait(connection: Any) -> None:
            self._before_wait()
            wait(connection)

        driver._wait = strike_or_wait

    def _section_class(self, base: Any) -> Any:
        stopper = self

        class StoppedSection(base):  # type: ignore[misc]
            def run_beside(self, here: Any, there: Any = ()) -> None:
                super().run_beside(*([stopper.around(step) for step in row] for row in (here, there)))

        return StoppedSection

    def around(self, step: Any) -> Any:
        """Return the step, wrapped with this stopper's calls before, within and after it."""

        def action() -> None:
            self.before(step.title)
            self.inside(step.title, step.action)
            self.after(step.title)

        return dataclasses.replace(step, action=action)

    def before(self, step: str) -> None:
        """Strike before the action."""
        self._report("began", step)
        if self._is_here(step, "before"):
            self._strike()

    def inside(self, step: str, action: Any) -> None:
        """Run the action and count its waits up to the one to strike at; if there are fewer, strike at its end."""
        if not self._is_here(step, "inside"):
            action()
            return
        self._waits = 0
        action()
        if self._waits is not None:
            self._strike()

    def after(self, step: str) -> None:
        """Strike after the action."""
        self._report("ended", step)
        if self._is_here(step, "after"):
            self._strike()

    def _is_here(self, step: str, moment: str) -> bool:
        return bool(self._stop["step"] == step and self._stop["moment"] == moment)

    def _before_wait(self) -> None:
        if self._waits is not None:
            self._waits += 1
            if self._waits >= self._stop["wait"]:
                self._strike()

    def _strike(self) -> None:
        self._waits = None
        self._report("hit", self._stop["step"])
        act = self._stop["act"]
        if act == "ask":
            self._wait_for_the_harness()
        elif act == "oversleep":
            time.sleep(self._stop["seconds"])
        else:
            os.kill(os.getpid(), _SIGNALS[act])

    def _wait_for_the_harness(self) -> None:
        while not (self._folder / "go").exists():
            time.sleep(_POLL)

    def _report(self, event: str, step: str) -> None:
        line = json.dumps({"event": event, "step": step, "at": time.monotonic(), "pid": os.getpid()})
        with (self._folder / "events").open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


class _WhenSwitchIsImported(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Installs the stopper into the switch's module, right after that module was executed."""

    def __init__(self, stopper: Stopper) -> None:
        self._stopper = stopper
        self._loader: Any = None

    def find_spec(self, fullname: str, *_place: Any) -> importlib.machinery.ModuleSpec | None:
        if fullname != _SWITCH:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None
        self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._stopper.install(module)


if os.environ.get("BLUEGREEN_STOP"):
    sys.meta_path.insert(0, _WhenSwitchIsImported(Stopper(Path(os.environ["BLUEGREEN_STOP"]))))
