# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Privileges that only a managed service gives, by a role of its own: the server is asked, since anybody may create a
role of that name."""

from __future__ import annotations

from ..._domain.endpoint import Endpoint
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.preflight.facts import SideFacts
from ..._domain.preflight.servers import Allowed
from ..session import Session
from ..sql.preflight import privileges as sql


def try_privileges(session: Session, facts: SideFacts) -> Allowed:
    """Try what only a managed service's role could allow; nothing is written."""
    return Allowed(
        subscribes=_subscribes(session) if facts.may_subscribe_by_service else None,
        replicates=_replicates(session.endpoint) if facts.may_replicate_by_service else None,
    )


def _subscribes(session: Session) -> bool:
    """Ask for a subscription without a valid connection string: servers look at the privilege first."""
    try:
        session.run(sql.SUBSCRIPTION_TO_NOWHERE)
    except DatabaseError as error:
        return error.sqlstate == sql.NO_CONNECTION_STRING
    raise LookupError("a server accepted a subscription to nowhere")


def _replicates(endpoint: Endpoint) -> bool:
    """Connect as the link's role does, by our own way to the server."""
    told = {key: endpoint.peer[key] for key in ("user", "password") if key in endpoint.peer}
    try:
        Session(
            Endpoint(endpoint.side, {**endpoint.keywords, **told}, {}), "bluegreen replication", replication=True
        ).close()
    except MigrationError:
        return False
    return True
