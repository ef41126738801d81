# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How we, and the other server, reach a database: by libpq's own keywords."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .errors import MigrationError
from .sides import Side

# All that libpq 18 knows (PQconndefaults) are in one of these two.
KEYWORDS = (
    "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service", "target_session_attrs",
    "load_balance_hosts", "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval",
    "keepalives_count", "tcp_user_timeout", "sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword",
    "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "min_protocol_version", "max_protocol_version", "requirepeer", "require_auth",
    "channel_binding", "gssencmode", "gssdelegation", "krbsrvname", "options",
)  # fmt: skip
_ASKS_A_PERSON = "which waits for a person at a browser"
NOT_TAKEN = {
    "replication": "which we ask for where we need it",
    "application_name": "by which our sessions are known",
    "fallback_application_name": "by which our sessions are known",
    "client_encoding": "which is the database's own",
    "sslkeylogfile": "which writes the keys of encrypted sessions into a file",
    "scram_client_key": "which is for servers that pass a login on",
    "scram_server_key": "which is for servers that pass a login on",
    "oauth_issuer": _ASKS_A_PERSON,
    "oauth_client_id": _ASKS_A_PERSON,
    "oauth_client_secret": _ASKS_A_PERSON,
    "oauth_scope": _ASKS_A_PERSON,
    "sslcompression": "which libpq ignores",
    "gsslib": "which only Windows knows",
}
SECRETS = ("password", "sslpassword")
_NOT_FOR_SERVERS = ("passfile", "service", "options")
_HOSTS, _PORT = ("host", "hostaddr"), "port"
# A standby is read-only. The signpost is not heeded: our sessions ask for default_transaction_read_only = off.
_CHOICE = "target_session_attrs"
_THE_PRIMARY = {_CHOICE: "read-write"}


@dataclass(frozen=True)
class Endpoint:
    """One side's connection: ``keywords`` as we reach it, ``peer`` as the other server reaches it."""

    side: Side
    keywords: Mapping[str, str]
    peer: Mapping[str, str]

    @classmethod
    def from_parameters(cls, side: Side, parameters: Mapping[str, Any], dsn_keywords: Mapping[str, str]) -> Endpoint:
        """Build it from a module's dict.

        :param parameters: libpq keywords, and ``peer``: those that differ for the other server
        :param dsn_keywords: the ``dsn`` of the same dict, parsed; single keywords override it
        :raises MigrationError: BG002 when nothing says where the database is, BG012 for a keyword that is not taken
        """
        own = {key: str(parameters[key]) for key in KEYWORDS if parameters.get(key) is not None}
        keywords = {**dsn_keywords, **own}
        if not keywords:
            raise MigrationError(
                "BG002",
                f"The connection to {side} is empty",
                "Nothing was changed",
                f"Set bluegreen_{side} to a dict of libpq keywords (host, port, dbname, user, …) or a dsn",
            )
        _require_taken(side, keywords)
        peer = {key: str(value) for key, value in (parameters.get("peer") or {}).items() if value is not None}
        # With a password file on the other server, it needs no password.
        ours_alone = {*_NOT_FOR_SERVERS, "password"} if "passfile" in peer else _NOT_FOR_SERVERS
        seen_by_peer = {**{key: value for key, value in keywords.items() if key not in ours_alone}, **peer}
        _require_as_many(side, keywords, seen_by_peer)
        return cls(side, *({**_THE_PRIMARY, **one} if _is_several(one) else one for one in (keywords, seen_by_peer)))

    @property
    def address(self) -> str:
        """Return the address in words, without a secret."""
        where = (
            self.keywords.get("host") or self.keywords.get("hostaddr") or self.keywords.get("service") or "local socket"
        )
        port = f":{self.keywords['port']}" if "port" in self.keywords else ""
        return f"{where}{port}/{self.keywords.get('dbname', '')}"

    @property
    def places(self) -> list[dict[str, str]]:
        """Return the keywords of each of its hosts, in their order."""
        return _split(self.keywords)

    def at(self, number: int) -> Endpoint:
        """Return it with that one of its hosts alone, for us and for the other server.

        The other server has nothing to choose then: its role may heed the signpost, and its libpq may be an old one.
        """
        mine, theirs = _split(self.keywords), _split(self.peer)
        if len(mine) == 1 or len(theirs) not in (1, len(mine)):
            return self
        chosen = theirs[number] if len(theirs) > 1 else theirs[0]
        peer = {name: value for name, value in chosen.items() if name != _CHOICE}
        return replace(self, keywords=mine[number], peer=peer)

    @property
    def secrets(self) -> list[str]:
        """Return the values that must never be printed or stored."""
        return [place[key] for place in (self.keywords, self.peer) for key in SECRETS if key in place]

    @property
    def peer_address(self) -> str:
        """Return what stands for the other server's connection string, without its secrets."""
        open_to_all = {key: value for key, value in self.peer.items() if key not in SECRETS}
        return hashlib.sha256(conninfo(dict(sorted(open_to_all.items()))).encode()).hexdigest()[:16]

    def peer_conninfo(self, application_name: str, options: str = "") -> str:
        """Return the connection string for the other server, with more ``options``; it may hold a password."""
        asked = {"options": f"{self.peer.get('options', '')} {options}".strip()} if options else {}
        return conninfo({**self.peer, **asked, "application_name": application_name})


def _require_taken(side: Side, keywords: Mapping[str, str]) -> None:
    for key in keywords:
        if key in NOT_TAKEN:
            raise MigrationError(
                "BG012",
                f"The dsn of {side} has {key}, {NOT_TAKEN[key]}",
                "Nothing was changed",
                f"Remove {key} from the dsn in bluegreen_{side}",
            )


def _is_several(keywords: Mapping[str, str]) -> bool:
    return any("," in keywords.get(name, "") for name in _HOSTS)


def _split(keywords: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the keywords of each host; as they are where their numbers do not match, which libpq then says."""
    lists = {name: keywords[name].split(",") for name in (*_HOSTS, _PORT) if name in keywords}
    number = max((len(lists[name]) for name in _HOSTS if name in lists), default=1)
    fits = all(len(values) == number or (name == _PORT and len(values) == 1) for name, values in lists.items())
    if number == 1 or not fits:
        return [dict(keywords)]
    return [
        {**keywords, **{name: values[place if len(values) > 1 else 0] for name, values in lists.items()}}
        for place in range(number)
    ]


def _require_as_many(side: Side, own: Mapping[str, str], peer: Mapping[str, str]) -> None:
    """Refuse a peer's list of other hosts than ours: which of them is which is not known."""
    numbers = {len(_split(own)), len(_split(peer))} - {1}
    if len(numbers) > 1:
        raise MigrationError(
            "BG002",
            f"bluegreen_{side} names {len(_split(own))} hosts, and its peer {len(_split(peer))}",
            "Nothing was changed",
            "Name the same servers in the same order in both, or one address in peer",
        )


def conninfo(keywords: Mapping[str, str]) -> str:
    """Return libpq's ``key='value'`` form, quoted as its documentation requires (34.1.1.1)."""
    return " ".join(f"{key}='{_escaped(value)}'" for key, value in keywords.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
