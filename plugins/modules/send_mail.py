#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends one message by e-mail."""

from __future__ import annotations

DOCUMENTATION = r"""
module: send_mail
short_description: Send one message by e-mail
version_added: "0.1.0"
description:
  - Sends a message to a mail server. The role P(bluegreen.postgresql.notifications#role) notifies people with it.
  - Needs no database, so it works when none answers.
  - In check mode it logs in to the mail server, so that a wrong password shows, and sends nothing.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.attributes
attributes:
  diff_mode:
    support: none
    details: A message has no state before it.
options:
  host:
    description: The mail server.
    type: str
    default: localhost
  port:
    description: Its port.
    type: int
    default: 25
  tls:
    description:
      - V(starttls) connects in the clear and then switches to TLS, V(implicit) uses TLS from the start.
      - V(none) stays in the clear, which is for a server on this machine.
    type: str
    choices: [starttls, implicit, none]
    default: starttls
  user:
    description: Name to log in with; without it there is no login.
    type: str
  password:
    description: Password to log in with.
    type: str
  sender:
    description: Address that the message comes from.
    type: str
    required: true
  to:
    description: Addresses that the message goes to.
    type: list
    elements: str
    required: true
  subject:
    description: Its subject, one line.
    type: str
    required: true
  body:
    description: Its text.
    type: str
    required: true
  timeout:
    description: How long the server may take to answer, in seconds.
    type: float
    default: 10.0
seealso:
  - module: bluegreen.postgresql.migration_journal
  - name: Notifications
    description: Whom a migration tells, and of what.
    link: docs/notifications.md
"""

EXAMPLES = r"""
- name: Tell the team
  bluegreen.postgresql.send_mail:
    host: mail.example.com
    port: 587
    user: migrations
    password: "{{ vault_mail_password }}"
    sender: migrations@example.com
    to: [team@example.com]
    subject: "shop: cutover is done"
    body: Green is in service.
"""

RETURN = r""" # """

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.message import run_message
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.mail import send_mail


def main() -> None:
    """Run the module."""
    run_message(
        send_mail,
        {
            "host": {"type": "str", "default": "localhost"},
            "port": {"type": "int", "default": 25},
            "tls": {"type": "str", "choices": ["starttls", "implicit", "none"], "default": "starttls"},
            "user": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "sender": {"type": "str", "required": True},
            "to": {"type": "list", "elements": "str", "required": True},
            "subject": {"type": "str", "required": True},
            "body": {"type": "str", "required": True},
            "timeout": {"type": "float", "default": 10.0},
        },
    )


if __name__ == "__main__":
    main()
