# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message by e-mail, handed to a mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import one_line, without_controls

IMPLICIT, STARTTLS = "implicit", "starttls"


def send_mail(params: Mapping[str, Any]) -> None:
    """Hand the message to the mail server, which must take it for everybody.

    :raises MigrationError: BG730 when it does not, or cannot be reached within the time limit
    """
    if not (params["sender"] and params["to"]):
        raise _not_taken(params, "sender or to is missing")
    try:
        with _connect(params) as server:
            if params["tls"] == STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if params["user"]:
                server.login(params["user"], params["password"] or "")
            refused = server.send_message(_message(params))
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
    message["From"] = one_line(params["sender"])
    message["To"] = one_line(", ".join(params["to"]))
    message["Subject"] = one_line(" ".join(params["subject"].split()))
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="bluegreen.invalid")
    message.set_content(without_controls(params["body"]))
    return message


def _words(error: Exception) -> str:
    """Return what went wrong without what the server was sent: an answer to a login may repeat it."""
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
