# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole migrations brought to each situation of the table of playbooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.standing import Standing
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import free_port
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import Pair
from tests.fixtures.servers import ServerFactory
from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory

_CLOSE = """
CREATE TABLE bluegreen.fenced (); ALTER TABLE bluegreen.fenced OWNER TO {role};
SELECT setval('bluegreen.gate', 1)"""
_CUT = (*UP_TO_SYNC, "cutover")


@dataclass
class Scene:
    """A migration in one situation. ``service``: the side that applications write to, ``None`` if none is in service.

    ``moves``: playbooks that do their work here and so lead to another situation, which has its own scene. Only the
    last one is run here.
    """

    migration: Migration
    service: Database | None
    moves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Makers:
    """The fixtures for scenes."""

    new_migration: MigrationFactory
    database: DatabaseFactory
    own_server: ServerFactory

    def reach(self, *playbooks: str, blue: int = 17) -> Migration:
        """Return a migration on which these were run."""
        made = self.new_migration(blue=blue)
        if blue < 16:
            for side in ("blue", "green"):
                made.variables[f"bluegreen_{side}"] = getattr(made, side).endpoint("superuser")
        if playbooks:
            made.advance(*playbooks)
        return made


def _scene(*playbooks: str, moves: str, service: str = "blue", blue: int = 17) -> Callable[[Makers], Scene]:
    def make(makers: Makers) -> Scene:
        migration = makers.reach(*playbooks, blue=blue)
        return Scene(migration, getattr(migration, service), tuple(moves.split()))

    return make


def _copying(makers: Makers) -> Scene:
    """A copy that waits for a lock on green has not ended."""
    migration = makers.reach("prepare", "setup")
    holder = migration.green.connect(autocommit=False)
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE users IN SHARE MODE")
    late = migration.play("replicate", bluegreen_catchup_timeout=2)
    assert late.status != 0, late.output
    return Scene(migration, migration.blue, ("replicate", "rollback"))


def _parts(makers: Makers) -> Scene:
    """Somebody removed our schema from green, and the journal's rows from blue."""
    migration = makers.reach("prepare", "setup")
    migration.green.query("DROP SCHEMA bluegreen CASCADE")
    migration.blue.query("DELETE FROM bluegreen.journal")
    return Scene(migration, migration.blue, ("prepare", "rollback"))


def _aborted(makers: Makers) -> Scene:
    """Green was emptied since, as preflight asks for before another first copy."""
    migration = makers.reach(*UP_TO_SYNC, "rollback")
    migration.green.query(
        'SET session_replication_role = replica;TRUNCATE public.users, public."Weird ""Order"" rows" RESTART IDENTITY'
    )
    return Scene(migration, migration.blue, ("prepare",))


def _over(makers: Makers, *playbooks: str, mode: str = "revoke") -> Migration:
    migration = makers.reach(*_CUT, "cleanup")
    migration.variables.update(
        bluegreen_archive_dir=str(migration.folder / "archives"),
        bluegreen_decommission_mode=mode,
        bluegreen_decommission_confirm=migration.blue.name,
        bluegreen_decommission_after_days=0,
    )
    if playbooks:
        migration.advance(*playbooks)
    return migration


def _revoked(makers: Makers) -> Scene:
    migration = _over(makers, "archive", "decommission")
    return Scene(migration, migration.green)


def after_emergency(makers: Makers, *playbooks: str) -> Migration:
    green = makers.database(18, server=makers.own_server(18))
    migration = makers.new_migration()
    migration.green = green
    migration.variables["bluegreen_green"] = green.endpoint()
    migration.variables["bluegreen_pg_bindir"] = str(green.server.pg_bin)
    migration.advance(*_CUT)
    green.server.embedded.stop("immediate")
    opened = migration.play("rollback", bluegreen_emergency="accept_loss", bluegreen_emergency_patience=0)
    assert opened.status == 0, opened.output
    green.server.embedded.start()
    if playbooks:
        migration.advance(*playbooks)
    return migration


def leave_half_done(made: Migration | Pair) -> None:
    """Leave the state of a switch whose process and watchdog died between the two commits."""
    made.green.query(_CLOSE.format(role=made.green.roles["migrator"].name))
    made.green.query("DELETE FROM bluegreen.journal WHERE event = 'opened'")


def leave_unclear(made: Migration | Pair) -> None:
    """Make blue look like a standby that was promoted without the fence."""
    made.blue.query("DELETE FROM bluegreen.journal WHERE event = 'fenced'")
    made.blue.query("DROP TABLE bluegreen.fenced")


def leave_disputed(made: Migration | Pair) -> None:
    """Open blue and fence green, although the journals say the contrary."""
    made.green.query(_CLOSE.format(role=made.green.roles["migrator"].name))
    made.blue.query("DROP TABLE bluegreen.fenced")
    made.blue.query(f"ALTER DATABASE {made.blue.name} RESET default_transaction_read_only")


def _half_done(makers: Makers) -> Scene:
    migration = makers.reach(*_CUT)
    leave_half_done(migration)
    return Scene(migration, None, ("cutover", "rollback"))


def _unclear(makers: Makers) -> Scene:
    migration = makers.reach(*_CUT)
    leave_unclear(migration)
    return Scene(migration, migration.green)


def _disputed(makers: Makers) -> Scene:
    migration = makers.reach(*_CUT)
    leave_disputed(migration)
    return Scene(migration, migration.blue, ("cleanup",))


def _named(makers: Makers, *playbooks: str, service: str = "blue") -> Scene:
    """Return a pair whose host was renamed."""
    migration = makers.reach(*playbooks)
    migration.variables["bluegreen_migration"] = f"{migration.host}_db"
    return Scene(migration, getattr(migration, service))


def _lost(makers: Makers) -> Scene:
    migration = makers.reach(*UP_TO_SYNC)
    migration.variables["bluegreen_green"] = {**migration.green.endpoint(), "port": free_port()}
    return Scene(migration, migration.blue)


def _exchanged(makers: Makers) -> Scene:
    migration = makers.reach(*_CUT)
    migration.variables["bluegreen_blue"] = migration.green.endpoint()
    migration.variables["bluegreen_green"] = migration.blue.endpoint()
    return Scene(migration, migration.green)


def _other_pair(makers: Makers) -> Scene:
    migration = makers.reach(*UP_TO_SYNC)
    migration.variables["bluegreen_green"] = makers.database(18, "another").endpoint()
    return Scene(migration, migration.blue)


SCENES: dict[Standing, Callable[[Makers], Scene]] = {
    Standing.NOTHING: _scene(moves="prepare"),
    Standing.PARTS: _parts,
    Standing.PREPARED: _scene("prepare", moves="setup rollback"),
    Standing.SET_UP: _scene("prepare", "setup", moves="replicate rollback"),
    Standing.COPYING: _copying,
    Standing.REPLICATING: _scene("prepare", "setup", "replicate", moves="sync rollback"),
    Standing.SYNCED: _scene(*UP_TO_SYNC, moves="cutover rollback"),
    Standing.GREEN_SERVES: _scene(*_CUT, service="green", moves="rollback cleanup"),
    Standing.GREEN_SERVES_PARKED: _scene(*_CUT, service="green", moves="rollback cleanup", blue=15),
    Standing.ROLLED_BACK: _scene(*_CUT, "rollback", moves="cutover cleanup"),
    Standing.ABORTED: _aborted,
    Standing.CLEANED_UP: lambda makers: _as_scene(_over(makers), "decommission archive"),
    Standing.ARCHIVED: lambda makers: _as_scene(_over(makers, "archive"), "decommission"),
    Standing.REVOKED: _revoked,
    Standing.DROPPED: lambda makers: _as_scene(_over(makers, "archive", "decommission", mode="drop"), ""),
    Standing.EMERGENCY_OPEN: lambda makers: _in_emergency(after_emergency(makers), "rollback"),
    Standing.EMERGENCY: lambda makers: _in_emergency(after_emergency(makers, "rollback"), "cleanup"),
    Standing.HALF_DONE: _half_done,
    Standing.UNCLEAR: _unclear,
    Standing.DISPUTED: _disputed,
    Standing.NOT_OURS: lambda makers: _named(makers, *_CUT, "cleanup", service="green"),
    Standing.LOST: _lost,
    Standing.EXCHANGED: _exchanged,
    Standing.OTHER_PAIR: _other_pair,
    Standing.CLAIMED: lambda makers: _named(makers, *UP_TO_SYNC),
}


def _as_scene(migration: Migration, moves: str) -> Scene:
    return Scene(migration, migration.green, tuple(moves.split()))


def _in_emergency(migration: Migration, moves: str) -> Scene:
    return Scene(migration, migration.blue, tuple(moves.split()))
