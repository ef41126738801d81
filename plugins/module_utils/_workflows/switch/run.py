# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The critical section: one process, one deadline, every step with its undo."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..._domain.errors import DeadlineReached, MigrationError
from ..._domain.go_no_go.picture import Picture
from ..._domain.plan import Step
from ..._domain.service.journal import FENCED, GATES, OPENED
from ..._domain.sides import Side
from ..._domain.switch.invariants import Course, Event, Progress
from ..._domain.switch.left_behind import Clients, together
from ..._domain.switch.longest_gap import LEAD_THE_ROUTES
from ..._postgres.service import gate, journal
from ..._postgres.session import ConnectionLost, Session
from ..._postgres.switch import critical_section
from ..._postgres.switch.door import Door, await_nobody_at_door
from ..._postgres.switch.left_behind import end_clients
from ..._routers.fleet import Fleet
from ..go_no_go.request import SwitchRequest
from ..lanes.waiting import arrived, rehearse_markers, send_markers, settle_markers, wait_for_markers
from ..lanes.watch import LanesWatch
from . import forward, way_back
from .at_switch import AtSwitch
from .critical_section import CriticalSection
from .fence import UNDO_SECONDS, drop_opening, lock_again, roll_back
from .files import take_back_lanes
from .last_look import require_nothing_new, require_way_back, unproven
from .recovery import ROUTE_SECONDS
from .schema_watch import SchemaWatch
from .sequences import Sequences
from .watchdog import Watchdog

_PURPOSE = "switch"
MAKE_SLOTS = "make the slots of the way back"


class SwitchRun:
    """One try to switch. ``locks`` are sessions that hold the lock: fence and opening run on them.

    ``picture``: read under these locks, so that no run of ours has changed a lane since.
    """

    def __init__(
        self,
        request: SwitchRequest,
        locks: dict[Side, Session],
        fleet: Fleet,
        deadline: Deadline,
        watchdog: Watchdog,
        schema: SchemaWatch,
        picture: Picture,
    ) -> None:
        self._request = request
        self._epoch = picture.situation.next_epoch
        self._old, self._new = locks[request.target.other], locks[request.target]
        self._fleet = fleet
        self._deadline = deadline
        self._lanes, self._back_lanes = picture.lanes(request.forth), picture.lanes(request.back)
        self._back_specs = [spec for spec, _facts in self._back_lanes]
        self._specs = [spec for spec, _facts in self._lanes]
        self._fencing_pid = self._old.backend_pid
        self._watchdog = watchdog
        self._schema = schema
        self.scripts: AtSwitch | None = None
        self.section = CriticalSection(watchdog.undoing)
        self.left_behind: list[Clients] = []
        self.opened = False
        self._tokens: dict[int, str] = {}
        self._errors: dict[str, int | None] = {}
        self._databases: dict[Side, str] = {}
        self._seen: dict[str, int | None] = {}
        self._sequences = Sequences(request)
        self._prepared = False
        self._course = Course(Progress(request.both_at_once))
        self._door = Door(request.sides, self._old.side, deadline)

    def prepare(self) -> None:
        """Prepare, before clients are held, everything that needs no hold; this also warms up the sessions.

        :raises MigrationError: when a part of the switch would fail; nothing was changed then
        """
        old, new = self._side(self._old.side), self._side(self._new.side)
        for session in (self._old, self._new, old, new):
            session.set_deadline(self._deadline)
        opening = Deadline(self._request.deadline, f"Opening {new.side}")
        critical_section.limit_silence(self._new, opening, self._request.hold_limit)
        critical_section.limit_silence(self._old, self._deadline, self._request.hold_limit)
        self._databases = {session.side: gate.database_of(session) for session in (self._old, self._new)}
        self._seen = forward.seen_of(self._old)
        gate.rehearse(self._old, self._databases[old.side], self._write_fenced, closing=True)
        gate.rehearse(self._new, self._databases[new.side], self._write_opened, closing=False)
        self._errors = {spec.name: facts.errors for spec, facts in self._lanes}
        rehearse_markers(old, self._specs, _PURPOSE)
        self._sequences.plan()
        forward.plan_closing_behind(old)
        self._sequences.read()
        self._sequences.carry_over()
        require_way_back(self._request, self._back_specs, f"Nothing was begun: {old.side} is in service")
        arrived(new, dict.fromkeys((spec.lane for spec in self._specs), ""))
        self._door.limit_silence(opening, self._request.hold_limit)

    def close(self) -> None:
        """Release all clients that still wait."""
        self._door.open()

    def perform(self) -> None:
        """Run all steps.

        :raises StepStopped: when one fails; before the point of no return everything is then undone
        """
        section, old, sides = self.section, self._old.side, self._request.sides
        if not self._request.both_at_once:
            section.run(MAKE_SLOTS, self._make_slots, lambda: way_back.disarm(self._request))
        section.run("hold the routes", self._hold, self._release)
        section.run(f"fence {old}", self._fence, lambda: roll_back(sides, self._old, self._fencing_pid, self._course))
        self._look_and_prepare()
        section.run("commit the fence", self._commit_fence)
        section.pass_point_of_no_return()
        self._watchdog.committed()
        self._go_forward()

    def _look_and_prepare(self) -> None:
        """Check the old side and prepare the new one in parallel, as far as possible before all rows have arrived."""
        section, old, new, scripts = self.section, self._old.side, self._new.side, self.scripts
        proof = Step(f"prove that {old} refuses writes", self._prove_fence, changes=False)
        again = Step("read again what may have gone stale", self._check_again, changes=False)
        begin = Step("carry the sequences over", self._begin_with_new, lambda: drop_opening(self._new))
        section.run_beside([proof, again], [begin])
        section.look(f"drain into {new}", self._drain)
        # What undoes it is undone with the first step, after clients were released.
        section.run("prepare the way back", self._prepare_way_back)
        if scripts is not None and not scripts.of_opening:
            section.run(f"take back {scripts.scripts.versions} on {old}", self._take_back)
        section.run(f"prepare the opening of {new}", self._prepare_opening, lambda: drop_opening(self._new))
        if scripts is not None and scripts.of_opening:
            section.run(f"bring {scripts.scripts.versions} to {new}", lambda: scripts.run(self._new))

    def _go_forward(self) -> None:
        """Open, lead the routes, complete the way back; a signal or the old deadline no longer stops it."""
        section, new = self.section, self._new.side
        limit = Deadline(self._request.deadline, f"Opening {new}")
        self._new.wait_until(limit)
        section.run(f"close {self._old.side} behind its clients", self._close_behind)
        section.look("wait for standbys", self._await_standbys)
        section.run(f"open {new}", self._open)
        self._watchdog.opened()
        section.run(LEAD_THE_ROUTES, lambda: forward.lead_routes(self._fleet, new, ROUTE_SECONDS))
        section.look(f"prove that {new} accepts writes", lambda: self._prove_opening(limit))
        section.run("complete the way back", self._complete_way_back)

    def _side(self, side: Side) -> Session:
        return self._request.sides.session(side)

    def _make_slots(self) -> None:
        new, patience = self._side(self._new.side), min(self._request.hold_limit, self._deadline.left())
        new.set_deadline(Deadline(patience, "Making the slots of the way back"))
        way_back.make_early_slots(self._request, self._back_lanes)
        new.set_deadline(self._deadline)

    def _prepare_way_back(self) -> None:
        way_back.arm(self._request, self._course, self._lanes, self._back_lanes)

    def _hold(self) -> None:
        limit = Deadline(min(self._request.hold_limit, self._deadline.left()), "Holding the routes")
        self._fleet.stage(self._new.side, limit)
        self._fleet.hold(limit)

    def _release(self) -> None:
        self._fleet.release(Deadline(UNDO_SECONDS, "Releasing the routes"))

    def _fence(self) -> None:
        """Fence the old side, and send the markers that show when its last row has arrived; other steps continue
        meanwhile."""
        critical_section.limit_silence(self._old, self._deadline, self._request.hold_limit)
        self._old.run("BEGIN")
        self._course.about_to(Event.FENCE)
        gate.close_gate(self._old, self._databases[self._old.side])
        self._tokens = send_markers(self._side(self._old.side), self._specs, _PURPOSE)
        self._sequences.read()

    def _prove_fence(self) -> None:
        if not gate.write_is_refused(self._old):
            raise unproven("a write passed the fence")
        self._course.about_to(Event.PROVE)
        self._door.shut()

    def _begin_with_new(self) -> None:
        """An opening that waits for the drain would block readers; a slot that is made after it would wait for it."""
        self._sequences.carry_over()
        if (
            self.scripts is None
            and way_back.waits_for_nobody(self._request)
            and arrived(self._side(self._new.side), self._tokens)
        ):
            self._prepare_opening()

    def _drain(self) -> None:
        request, specs = self._request, self._specs
        if not self._prepared:
            watch = LanesWatch(request.sides, request.forth, self._errors)
            wait_for_markers(request.sides, request.forth, specs, self._tokens, self._deadline, watch)
        self._course.about_to(Event.ARRIVE)
        require_way_back(request, self._back_specs)

    def _check_again(self) -> None:
        old = self._side(self._old.side)
        limit = Deadline(min(self._request.hold_limit, self._deadline.left()), "Looking for transactions")
        require_nothing_new(self._request, old, self._schema, limit)

    def _prepare_opening(self) -> None:
        """Prepare everything except the COMMIT, which follows the fence's: clients that were refused soon return."""
        if self._prepared:
            return
        self._prepared = True
        new, database = self._new, self._databases[self._new.side]
        new.run("BEGIN")
        brought = self.scripts if self.scripts and self.scripts.of_opening else None
        forward.prepare_opening(self._new, self._request.migration, self._epoch, self._seen, database, brought)

    def _take_back(self) -> None:
        """Run the down files in the transaction that fences green: they are done before blue may be opened, or not at
        all."""
        if self.scripts is not None:
            self.scripts.run_under_fence(self._old)
            self._schema.expect_changes_of(self._old)
            take_back_lanes(self._request, self._old, self.scripts.scripts.leaves_some)

    def _commit_fence(self) -> None:
        """Commit; if the answer is lost, the journal row decides; if the row cannot be read, nothing is opened."""
        self._request.ports.cancellation.look()
        self._deadline.check()
        self._course.about_to(Event.RECORD)
        try:
            self._write_fenced()
            self._old.run("COMMIT")
        except (ConnectionLost, DeadlineReached):
            if not self._fence_stands():
                raise

    def _write_fenced(self) -> None:
        scripts = self.scripts.scripts.as_details() if self.scripts else {}
        details = {**scripts, GATES: self._schema.gates}
        journal.write_entry(self._old, self._request.migration, self._epoch, FENCED, self._new.side, details)

    def _write_opened(self) -> None:
        journal.write_entry(self._new, self._request.migration, self._epoch, OPENED, self._new.side, self._seen)

    def _fence_stands(self) -> bool:
        """Return the outcome of the COMMIT, once its session is certainly gone.

        :raises MigrationError: when the old side does not answer: then the watchdog takes over, which waits until it
            does
        """
        try:
            self._old = lock_again(self._request, self._old.side, self._fencing_pid)
            return critical_section.has_fence_row(self._old, self._request.migration, self._epoch)
        except MigrationError:
            self.section.leave_undone(f"whether {self._old.side} has committed the fence could not be read")
            raise

    def _close_behind(self) -> None:
        """End the clients' sessions on the old side, and check that nobody wrote past the gate until then.

        An old side that is gone has no clients: its fence is committed, and the new side has everything.
        """
        try:
            old = self._side(self._old.side)
            old.wait_until(Deadline(2 * forward.CLOSING_SECONDS, f"Closing {old.side}"))
            self.left_behind = forward.close_behind(old, self._schema.gates, self._schema.harmless)
        except MigrationError as error:
            if error.code not in ("BG003", "BG009"):
                self._withdraw()
                raise

    def _await_standbys(self) -> None:
        """Wait for standbys; if one stays behind, withdraw the fence, since nothing was opened yet."""
        if not self._schema.standbys:
            return
        self._old.set_deadline(Deadline(forward.STANDBY_SECONDS + UNDO_SECONDS, "Standbys"))
        try:
            forward.await_standbys(self._old)
        except MigrationError:
            self._withdraw()
            raise

    def _withdraw(self) -> None:
        """Withdraw the committed fence and everything that depends on it: the new side was never told to open."""
        self._course.about_to(Event.REOPEN)
        self._door.open()
        drop_opening(self._new)
        self._old.set_deadline(Deadline(UNDO_SECONDS, "Taking the fence back"))
        forward.withdraw_fence(self._old, self._request.migration, self._epoch, self.scripts)
        self._release()
        way_back.disarm(self._request)

    def _open(self) -> None:
        """Commit the opening, and at once do what the first writers benefit from, since many arrive together."""
        self._course.about_to(Event.OPEN)
        self._new.run("COMMIT")
        self.opened = True
        self._door.open()
        gate.widen_gate(self._new)

    def _complete_way_back(self) -> None:
        self._course.about_to(Event.START_BACK)
        old = self._side(self._old.side)
        old.set_deadline(Deadline(ROUTE_SECONDS, "Completing the way back"))
        way_back.complete(self._request)
        if self.scripts is not None:
            way_back.follow_schema(self._request)
        settle_markers(old, self._side(self._new.side), self._tokens, self._back_specs)
        # Sessions that are still there, or new ones: a pool keeps a session that refuses writes.
        await_nobody_at_door(old, Deadline(forward.CLOSING_SECONDS, "Waiting for those who are refused"))
        self.left_behind = together(self.left_behind, end_clients(old))

    def _prove_opening(self, limit: Deadline) -> None:
        self._side(self._new.side).set_deadline(limit)
        if not gate.try_write(self._side(self._new.side)):
            raise unproven("a write was refused by the fence")
