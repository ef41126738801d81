#!/usr/bin/python
# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells people, on their channels, what has changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: notify
short_description: Tell people on their channels what has changed
version_added: "0.1.0"
description:
  - Sends one message to webhooks, Slack, Mattermost, Teams, PagerDuty, mail servers and commands, all at the same time,
    each within its own time limit. The role P(bluegreen.postgresql.notifications#role) tells people with it.
  - A channel that takes nothing is no failure; it stands in RV(lines).
  - Needs no database, so it works when none answers. No redirect is followed.
  - In check mode it checks the channels and renders their templates, and sends nothing.
author: bluegreen contributors (!UNKNOWN)
extends_documentation_fragment:
  - bluegreen.postgresql.attributes
attributes:
  diff_mode:
    support: none
    details: A message has no state before it.
options:
  channels:
    description: Where the message goes.
    type: list
    elements: dict
    required: true
    suboptions:
      type:
        description: V(json) posts the message as a JSON object, V(command) hands that to a command's standard input.
        type: str
        choices: [json, slack, mattermost, teams, pagerduty, mail, command]
        required: true
      name:
        description: What reports call it; by default its type and its place in the list.
        type: str
      "on":
        description:
          - What it is told of. By default everything, and V(failed), V(alarm) and V(recovered) for V(pagerduty), which
            knows nothing else.
        type: list
        elements: str
        choices: [begins, done, failed, waiting, alarm, recovered]
      template:
        description:
          - A Jinja2 template on the controller, as P(ansible.builtin.template#lookup) finds it; C(message) has
            C(migration), C(phase), C(state), C(alert), C(text) and C(details).
          - Its first line is the subject or headline.
          - For V(json) it makes the whole JSON object.
        type: path
      text:
        description: What the template has made of the message; the action that runs this module fills it in.
        type: str
      timeout:
        description: How long the channel may take, in seconds.
        type: float
        default: 10.0
      url:
        description:
          - Where V(json), V(slack), V(mattermost) or V(teams) takes messages.
          - Of V(pagerduty), V(https://events.pagerduty.com/v2/enqueue) by default.
        type: str
      headers:
        description: Headers for V(json), such as C(Authorization).
        type: dict
      routing_key:
        description: The integration key of V(pagerduty).
        type: str
      host:
        description: The mail server, by default V(localhost).
        type: str
      port:
        description: Its port, by default V(25).
        type: int
      tls:
        description:
          - V(starttls), the default, connects in the clear and then switches to TLS; V(implicit) uses TLS from the
            start.
          - V(none) stays in the clear, which is for a server on this machine.
        type: str
        choices: [starttls, implicit, none]
      user:
        description: Name to log in with at the mail server; without it there is no login.
        type: str
      password:
        description: Password to log in with.
        type: str
      sender:
        description: Address that the e-mail comes from.
        type: str
      to:
        description: Addresses that the e-mail goes to.
        type: list
        elements: str
      command:
        description: Program and arguments, which everybody on the machine can see while it runs.
        type: list
        elements: str
      environment:
        description: Variables for the command, such as a token.
        type: dict
  migration:
    description: Name of the migration.
    type: str
    required: true
  phase:
    description: The phase that it is about.
    type: str
    required: true
  state:
    description: What has happened.
    type: str
    choices: [begins, done, failed, waiting, alarm, recovered]
    required: true
  text:
    description: What people read; the first line is the subject or headline.
    type: str
    required: true
  about:
    description: Name of what is wrong, which a later message ends; the phase by default.
    type: str
    default: ""
  details:
    description: Facts, which stand below the text.
    type: dict
    default: {}
  changed:
    description: Whether a phase that is done has changed something; if not, only a channel that knew a failure is told.
    type: bool
    default: true
  memory:
    description:
      - File that keeps what each channel knows, so that a failure that repeats itself is told once, and what was lost.
      - Without it every message is a change.
    type: path
  silent:
    description: Names of channels that gave no answer earlier in this run (RV(silent)); they are not tried again.
    type: list
    elements: str
    default: []
seealso:
  - module: bluegreen.postgresql.migration_journal
  - name: Notifications
    description: Whom a migration tells, and of what.
    link: docs/notifications.md
"""

EXAMPLES = r"""
- name: Tell the team and whoever is on call
  bluegreen.postgresql.notify:
    channels:
      - {type: slack, name: team, url: "{{ vault_slack_url }}"}
      - {type: pagerduty, routing_key: "{{ vault_pagerduty_key }}"}
      - {type: command, command: [/usr/local/bin/page], on: [failed, alarm]}
    migration: shop
    phase: cutover
    state: failed
    text: "shop: cutover failed. Blue is in service"
"""

RETURN = r"""
told:
  description: The channels that took the message.
  returned: success
  type: list
  elements: str
  sample: [team]
silent:
  description: The channels whose time limit has passed.
  returned: success
  type: list
  elements: str
lines:
  description: A line for each channel that was not told, and why.
  returned: success
  type: list
  elements: str
  sample: ["BG730: team was not told of cutover (failed): no answer within 10 s"]
"""

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.channels import CHANNELS_SPEC
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.message import STATES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.message import run_message
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.notifications.notify import notify


def main() -> None:
    """Run the module."""
    run_message(
        notify,
        {
            "channels": {**CHANNELS_SPEC, "required": True},
            "migration": {"type": "str", "required": True},
            "phase": {"type": "str", "required": True},
            "state": {"type": "str", "choices": list(STATES), "required": True},
            "text": {"type": "str", "required": True},
            "about": {"type": "str", "default": ""},
            "details": {"type": "dict", "default": {}},
            "changed": {"type": "bool", "default": True},
            "memory": {"type": "path"},
            "silent": {"type": "list", "elements": "str", "default": []},
        },
    )


if __name__ == "__main__":
    main()
