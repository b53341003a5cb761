"""Orders under everything that can happen between two commands, in virtual time; the invariants bear the rule numbers.

Orders are brought to a drawn step, devices begin to misbehave, positions turn doubtful, people tag, command, abort and
take over, protection trips, the unit is killed and started again. Never may anything unsafe have happened.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from models.command import Originator, OriginatorCategory
from models.point import Dbpos
from models.switching import CrewTask, OrderState, Step, StepState
from substation.authority.authority import Level
from substation.control.request import Request
from substation.image import Mode
from substation.orders import RUNNING
from tests.substation.control.bench import FDIR, PERSON
from tests.substation.control.stateful import signs
from tests.substation.control.stateful.disturbances import (
    DISTURBANCES,
    OPERATED,
    WHILE_SWITCHING,
    Disturb,
    by_hand,
    deaf,
    earth,
    insist,
    market,
    nothing,
    place,
    protection,
    reach,
    target,
)
from tests.substation.control.stateful.outages import outage_of
from tests.substation.control.stateful.watched_unit import SLICE_S, WatchedUnit
from tests.substation.control.world import F1, F2, FAULT, STATIONS, order, pos, tripped

CENTRE = Originator(OriginatorCategory.REMOTE_CONTROL, "CC1")
OF_PEOPLE = frozenset({"S4", "S5", "S10", "S12", "S13", "S14", "S17", "S18", "S19", "S20", "S21", "S22"})
"""Rules that may stand in the way of a command that is worth asking for; the others are of the grid alone."""
LONGEST_ORDER_SLICES = 120
LONG_S = 28.0
By = tuple[Originator, str]
"""Who asks, and the second operator."""
Moment = tuple[int, Disturb]
"""Steps that have ended, and what happens then."""
STEERED: list[Moment] = [
    *((5, insist), (5, protection), (4, target), (4, by_hand), (4, earth), (2, place), (4, place)),
    *((2, deaf), (4, deaf), (5, deaf), (4, signs.told), (5, signs.told), (4, reach), (5, reach)),
]
moments = st.sampled_from(STEERED) | st.tuples(st.integers(0, 8), st.sampled_from(DISTURBANCES))
drawn_places = st.integers(0, 119)
commands = st.integers(0, len(OPERATED) - 1)
asked_by = st.sampled_from(((PERSON, "Bo"), (PERSON, "Bo"), (PERSON, ""), (CENTRE, "")))
BEFORE: tuple[Disturb, ...] = (nothing, *WHILE_SWITCHING)


class UnitUnderFire(WatchedUnit):
    """What happens to it, and what holds at every moment."""

    # -- orders

    @rule(moment=moments, drawn=drawn_places, further=st.integers(0, 3))
    @precondition(lambda self: self.field.fault and not self.made.desk.unfinished)
    def new_order(self, moment: Moment, drawn: int, further: int) -> None:
        """It is carried out until so many of its steps have ended; then something happens, and it goes on."""
        until, then = moment
        self.orders += 1
        self.begin(order(id=f"FDIR-{self.orders}"), FDIR)
        self.order_goes_on(until)
        self.disturb(then, drawn)
        self.order_goes_on(until + further)

    @rule(until=st.sampled_from((2, 3, 4, 5)), drawn=drawn_places)
    @precondition(lambda self: self.field.fault and not self.made.desk.unfinished)
    def an_order_fails(self, until: int, drawn: int) -> None:
        """A device does not do what it is told, and all that waits for it gives up; the device stays as it is."""
        self.new_order((until, deaf), drawn, 1)
        self.pass_time(LONG_S)

    def begin(self, wanted, who) -> None:  # noqa: ANN001
        assert self.do(self.made.desk.propose(wanted)) == ""
        if self.do(self.made.desk.approve(wanted.id, 1, who)):
            assert self.do(self.made.desk.reject(wanted.id, PERSON)) == ""

    @rule(until=st.integers(1, 8))
    @precondition(lambda self: self.made.desk.unfinished)
    def order_goes_on(self, until: int) -> None:
        for _ in range(LONGEST_ORDER_SLICES):
            if not self.made.desk.unfinished or self.steps_ended() >= until or self.crew_step():
                break
            self.pass_time(SLICE_S)
            if self.waits_for_people():
                break

    def waits_for_people(self) -> bool:
        running = self.running()
        return running is not None and running.state is OrderState.PAUSED

    @rule(slices=st.sampled_from((1, 2, 3, 2000)))
    @precondition(lambda self: self.made.desk.unfinished or self.field.busy)
    def time_passes(self, slices: int) -> None:
        self.pass_time(slices * SLICE_S)

    @rule()
    @precondition(lambda self: self.made.desk.faults and not self.made.desk.unfinished)
    def repaired(self) -> None:
        """The fault is gone; tags and positions are as they were left."""
        fault, self.field.fault = self.field.fault, ()  # it is repaired before anybody says so
        for each in self.made.desk.orders:
            self.do(self.made.desk.repaired(each, PERSON))
        if self.made.desk.faults:
            self.field.fault = fault

    @rule()
    @precondition(lambda self: not self.field.fault and not self.made.desk.unfinished)
    def another_day(self) -> None:
        """Everything has been put in order, and L2 fails again."""
        self.pass_time(10)
        self.do(self.tidy_up())
        self.world.values.update(tripped().values)
        self.field.fault = FAULT
        self.calm()

    async def tidy_up(self) -> None:
        for placement in self.made.placements.placements:
            await self.made.placements.remove(placement.id, lambda _: "")
        while self.made.authority.present.level is not Level.FREE:
            await self.made.authority.release(self.made.authority.present.holder)
        for tag in self.made.tags.tags:
            await self.made.tags.remove(tag.id, PERSON)
        for each in self.made.desk.orders:
            await self.made.desk.repaired(each, PERSON)
        await self.release()

    @rule()
    @precondition(lambda self: self.field.devices or self.world.qualities or signs.given(self))
    def calm(self) -> None:
        """Every disturbance ends."""
        self.field.devices.clear()
        self.world.qualities.clear()
        for station in STATIONS:
            self.world.set(station, "LLN0.Loc", False)
        signs.calm(self)
        self.made.modes.update({F1: Mode.AUTOMATIC, F2: Mode.AUTOMATIC})
        self.field.publish()

    # -- disturbances and people

    @rule(what=st.sampled_from(DISTURBANCES), drawn=drawn_places)
    def disturb(self, what, drawn: int) -> None:  # noqa: ANN001
        what(self, drawn)
        self.field.publish()

    @rule(first=commands, by=asked_by, before=st.sampled_from(BEFORE), drawn=drawn_places, waits=st.booleans())
    @precondition(lambda self: self.faults_are_told())
    def person_closes(self, first: int, by: By, before: Disturb, drawn: int, waits: bool) -> None:
        """What the grid allows is asked for alone, or with a second operator; something comes between."""
        self.person(self.worth_asking(Dbpos.ON, first, by), before, drawn, waits)

    @rule(first=commands, by=asked_by, before=st.sampled_from(BEFORE), drawn=drawn_places, waits=st.booleans())
    @precondition(lambda self: self.faults_are_told())
    def person_opens(self, first: int, by: By, before: Disturb, drawn: int, waits: bool) -> None:
        self.person(self.worth_asking(Dbpos.OFF, first, by), before, drawn, waits)

    @rule(first=commands, other=commands, by=asked_by)
    @precondition(lambda self: self.faults_are_told())
    def two_people(self, first: int, other: int, by: By) -> None:
        """Both have looked at the same picture."""
        requests = [self.worth_asking(Dbpos.ON, number, by) for number in (first, other)]
        for request in requests:
            self.ask(request, waits=False)

    def person(self, request: Request, before: Disturb, drawn: int, waits: bool) -> None:
        self.thought_of = request.point.location
        self.disturb(before, drawn)
        self.ask(request, waits)

    def worth_asking(self, value: Dbpos, first: int, by: By) -> Request:
        """The first switch from there on against whose command the grid has nothing."""
        who, second = by
        for switch in OPERATED[first:] + OPERATED[:first]:
            request = Request(pos(switch), value, who, second=second)
            there = self.world.values[pos(switch)] is value
            if not there and {each.rule for each in self.made.gate.refusals(request)} <= OF_PEOPLE:
                return request
        return Request(pos(OPERATED[first]), value, who, second=second)

    @rule(how=st.sampled_from((insist, insist, reach, market)), drawn=drawn_places)
    @precondition(lambda self: self.orders > 0)
    def automation_insists(self, how: Disturb, drawn: int) -> None:
        how(self, drawn)

    @rule(element=st.sampled_from(["L3/W3", "L4/W4", "ST3/K1/BB1/N1"]), closes=st.booleans())
    @precondition(lambda self: self.faults_are_told() and not self.made.desk.unfinished)
    def outage(self, element: str, closes: bool) -> None:
        """A person's own order, with a crew."""
        self.crew_orders += 1
        self.begin(outage_of(f"P-{self.crew_orders}", element, closes), PERSON)
        self.order_goes_on(1)

    @rule()
    @precondition(lambda self: self.crew_step() is not None)
    def the_crew_says_done(self) -> None:
        running, step = self.running(), self.crew_step()
        assert running is not None
        assert step is not None
        self.do(self.made.desk.crew_says(running.id, step.number, PERSON, "Cy", step.started_ns or 0))
        self.pass_time(SLICE_S)

    def crew_step(self) -> Step | None:
        running = self.running()
        steps = () if running is None else running.steps
        executing = (each for each in steps if each.state is StepState.EXECUTING)
        return next((each for each in executing if isinstance(each.value, CrewTask)), None)

    # -- the unit

    @rule(lands=st.booleans())
    @precondition(lambda self: self.running() is not None or self.field.busy)
    def kill(self, lands: bool) -> None:
        self.restart(lands)

    @rule()
    @precondition(lambda self: self.made.journal.blocking)
    def read_and_release(self) -> None:
        self.do(self.release())

    async def release(self) -> None:
        await self.made.gate.release(tuple(intent.number for intent in self.made.journal.blocking), PERSON)
        self.unknown.clear()

    # -- what always holds

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "made"):
            self.nothing_unsafe_has_happened()
            self.leases_end_with_their_orders()
            self.an_order_ends()
            assert not self.tasks[0].done(), self.tasks[0].exception()  # the executor lives

    def nothing_unsafe_has_happened(self) -> None:
        flaws = self.flaws + self.field.flaws
        assert not flaws, "; ".join(flaws)

    def leases_end_with_their_orders(self) -> None:
        for holder in set(self.made.leases.held.values()):
            held_by = self.made.desk.get(holder)
            assert held_by is not None
            assert held_by.state in (OrderState.APPROVED, *RUNNING)

    def an_order_ends(self) -> None:
        """In an end state nothing of it waits or is under way."""
        for each in self.made.desk.orders.values():
            if each.state in (OrderState.COMPLETED, OrderState.ABORTED, OrderState.BLOCKED):
                assert all(step.state not in (StepState.PENDING, StepState.EXECUTING) for step in each.steps)
