# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's configuration of the documentation site, which `make docs` builds."""

from __future__ import annotations

project = "bluegreen.postgresql"
author = "bluegreen contributors"
copyright = "2026, bluegreen contributors"  # noqa: A001 (Sphinx asks for this name)
extensions = ["myst_parser", "sphinx_antsibull_ext"]
html_theme = "furo"
html_title = "Blue/green for PostgreSQL"
myst_heading_anchors = 4
nitpicky = False
exclude_patterns = ["reference/environment_variables.rst"]
