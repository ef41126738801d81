# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document posted to a URL."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError

from .not_taken import NotTaken

_AGENT = "bluegreen.postgresql"


class _StaysThere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: another host must not get the document, the headers, or the URL as a referrer."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow none, so that the status is told."""


def post(url: str, document: Mapping[str, Any], headers: Mapping[str, Any], timeout: float) -> None:
    """Post a JSON document; any status from 200 to 299 means that it was taken.

    An opener of its own: `open_url` installs one for the whole process, which other channels use at the same time.

    :raises NotTaken: when it was not
    """
    own = {str(name): str(value) for name, value in headers.items()}
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    standard = {"Content-Type": "application/json; charset=utf-8", "User-Agent": _AGENT}
    request = urllib.request.Request(url, data=body, headers={**standard, **own}, method="POST")  # noqa: S310 - http or https
    try:
        urllib.request.build_opener(_StaysThere).open(request, timeout=timeout).close()
    except HTTPError as error:
        error.close()
        raise NotTaken(_status(error.code)) from None
    except (OSError, ValueError, HTTPException) as error:
        raise NotTaken(_words(error)) from None


def _status(code: int) -> str:
    if 300 <= code < 400:
        return f"it leads to another place (status {code}), where nothing is sent: give the URL that it leads to"
    return f"it answered with status {code}"


def _words(error: Exception) -> str:
    """Return what went wrong, never the error's own text: that may hold the URL, or what the receiver has said."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLError):
        return f"TLS failed ({reason.reason or type(reason).__name__})"
    if isinstance(reason, OSError) and reason.strerror:
        return f"it cannot be reached ({reason.strerror})"
    return f"it did not answer ({type(reason).__name__})"
