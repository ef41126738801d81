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

from .._domain.errors import MigrationError
from .._domain.texts import one_line, without_controls

_PART = re.compile(r"[^\s@<>(),:;\"\\\[\]]+")
IMPLICIT, STARTTLS = "implicit", "starttls"


def send_mail(params: Mapping[str, Any], *, really: bool) -> None:
    """Send the message to the mail server, which must accept every recipient; otherwise only log in there.

    :raises MigrationError: BG730 when it does not, or cannot be reached within the time limit
    """
    if not (params["sender"] and params["to"]):
        raise _not_taken(params, "sender or to is missing")
    message = _message(params)
    try:
        with _connect(params) as server:
            if params["tls"] == STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if params["user"]:
                server.login(params["user"], params["password"] or "")
            refused = server.send_message(message) if really else {}
    except UnicodeError:
        raise _not_taken(params, "its name, the user or the password has characters that are not allowed") from None
    except (OSError, smtplib.SMTPException) as error:
        raise _not_taken(params, _words(error)) from None
    if refused:
        raise _not_taken(params, f"it refused {', '.join(sorted(refused))}")


def _connect(params: Mapping[str, Any]) -> smtplib.SMTP:
    place = (params["host"], params["port"])
    if params["tls"] == IMPLICIT:
        return smtplib.SMTP_SSL(*place, timeout=params["timeout"], context=ssl.create_default_context())
    return smtplib.SMTP(*place, timeout=params["timeout"])


def _message(params: Mapping[str, Any]) -> EmailMessage:
    message = EmailMessage()
    message["From"] = _addresses(params, [params["sender"]])
    message["To"] = _addresses(params, params["to"])
    message["Subject"] = one_line(" ".join(params["subject"].split()))
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="bluegreen.invalid")
    message.set_content(without_controls(params["body"]))
    return message


def _addresses(params: Mapping[str, Any], given: Iterable[str]) -> list[Address]:
    """Return the addresses split into parts: parsing a malformed one as a header ends in a traceback."""
    found = []
    for name, address in getaddresses(list(given)):
        local, at, domain = address.partition("@")
        if not all(_PART.fullmatch(part) for part in ([local, domain] if at else [local])):
            raise _not_taken(params, "sender or to has an address that cannot be read")
        found.append(Address(one_line(name), local, domain))
    return found


def _words(error: Exception) -> str:
    """Return what went wrong without anything that was sent to the server: its answer to a login may repeat that."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refused the login (status {error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered with status {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "it refused every recipient"
    return str(error) or type(error).__name__


def _not_taken(params: Mapping[str, Any], why: str) -> MigrationError:
    return MigrationError(
        "BG730",
        f"The mail server {params['host']}:{params['port']} did not take the message: {why}",
        "The migration is not affected",
        "Check bluegreen_notify_mail (docs/notifications.md)",
    )
