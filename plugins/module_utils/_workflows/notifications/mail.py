# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message by e-mail, handed to a mail server."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid
from typing import Any

from ..._domain.notifications.message import Wording
from ..._domain.texts import one_line, without_controls
from .not_taken import NotTaken

_PART = re.compile(r"[^\s@<>(),:;\"\\\[\]]+")
IMPLICIT, STARTTLS = "implicit", "starttls"


def send(settings: Mapping[str, Any], words: Wording, timeout: float) -> None:
    """Send the message to the mail server, which must accept every recipient.

    :raises NotTaken: when it does not, or cannot be reached
    """
    message = _message(settings, words)
    try:
        with _connect(settings, timeout) as server:
            if settings.get("tls", STARTTLS) == STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if settings.get("user"):
                server.login(settings["user"], settings.get("password") or "")
            refused = server.send_message(message)
    except ValueError:
        raise NotTaken("the server's name, the user or the password has characters that are not allowed") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken(_words(error)) from None
    if refused:
        raise NotTaken(f"the server refused {', '.join(sorted(refused))}")


def _connect(settings: Mapping[str, Any], timeout: float) -> smtplib.SMTP:
    place = (settings.get("host", "localhost"), settings.get("port", 25))
    if settings.get("tls") == IMPLICIT:
        return smtplib.SMTP_SSL(*place, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(*place, timeout=timeout)


def _message(settings: Mapping[str, Any], words: Wording) -> EmailMessage:
    message = EmailMessage()
    message["From"] = _addresses([settings["sender"]])
    message["To"] = _addresses(settings["to"])
    message["Subject"] = one_line(" ".join(words.headline.split()))
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="bluegreen.invalid")
    message.set_content(f"{without_controls(words.headline)}\n\n{without_controls(words.body)}\n")
    return message


def _addresses(given: Iterable[str]) -> list[Address]:
    """Return the addresses split into parts: parsing a malformed one as a header ends in a traceback."""
    found = []
    for name, address in getaddresses(list(given)):
        local, at, domain = address.partition("@")
        if not all(_PART.fullmatch(part) for part in ([local, domain] if at else [local])):
            raise NotTaken("sender or to has an address that cannot be read")
        found.append(Address(one_line(name), local, domain))
    return found


def _words(error: Exception) -> str:
    """Return what went wrong without anything that was sent to the server: its answer to a login may repeat that."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server refused the login (status {error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server answered with status {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the server refused every recipient"
    return str(error) or type(error).__name__
