# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a page as people do: at each width, light, dark and on paper, without a network."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Request

WIDTHS = (390, 820, 1280)


def look(browser: Browser, file: Path, pictures: Path) -> None:
    """Open a page in every way: no violation, no request, nothing that has to be scrolled sideways.

    :param pictures: a folder for what was seen
    """
    for width in WIDTHS:
        for scheme in ("light", "dark", "print"):
            context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
            page = context.new_page()
            asked: list[str] = []
            page.on("request", partial(_note, asked))
            if scheme == "print":
                page.emulate_media(media="print")
            else:
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.goto(file.as_uri())
            page.screenshot(path=pictures / f"{file.stem}-{width}-{scheme}.png", full_page=True)
            violations = Axe().run(page).response["violations"]
            assert not violations, json.dumps(violations, indent=1)
            assert asked == [file.as_uri()], "nothing but the file itself"
            if scheme != "print":
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            context.close()


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)
