"""Whatever two control centres ask in whatever order: one command outstanding per object, one answer each (S19)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from models.command import CONTROL_SERVICES, Action
from models.point import Dbpos
from protocols.iec104.application.asdu import Asdu, Order
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import ControlPoint
from tests.protocols.iec104.pair import STATION, Centre, Device, Time

SELECT_S = 5.0
OBJECTS = (1, 2)  # 1 by select and execute, 2 directly
CAUSES = {Action.SELECT: 6, Action.OPERATE: 6, Action.CANCEL: 8}


class ControlCentres(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.device = Device(Time(), groups=("north", "south"))
        groups = [self.device.outstation.settings(name) for name in ("north", "south")]
        self.device.outstation = Outstation(
            [],
            [ControlPoint(STATION, number, 46, number == 1) for number in OBJECTS],
            clock=self.device.time.utc_ns,
            groups=groups,
            select_timeout_s=SELECT_S,
        )
        self.open: dict[int, CommandRequest] = {}
        self.running: dict[int, CommandRequest] = {}
        self.selected: dict[int, tuple[str, object]] = {}
        self.device.outstation.on_request = self._requested
        self.centres = {name: Centre(self.device, name) for name in ("north", "south")}
        self.unanswered = dict.fromkeys(self.centres, 0)

    def _requested(self, request: CommandRequest) -> None:
        number = request.object_address
        assert number not in self.open, "two requests outstanding at one object"
        assert number not in self.running, "a request while the object is in execution"
        if request.action is Action.OPERATE and number == 1:
            assert self.selected.pop(number) == (request.centre, request.value), "executed what was not selected"
        if request.action is Action.CANCEL:
            self.selected.pop(number, None)
        self.open[number] = request

    def _hear(self, name: str, units: list[Asdu]) -> None:
        for unit in units:
            if unit.cause in (7, 9):
                self.unanswered[name] -= 1
            if unit.type_id == 46 and unit.cause == 10:
                assert not unit.objects[0].select, "a select has no termination"  # type: ignore[union-attr]

    @rule(
        name=st.sampled_from(("north", "south")),
        number=st.sampled_from((1, 1, 2)),
        action=st.sampled_from(CONTROL_SERVICES),
        value=st.sampled_from((Dbpos.ON, Dbpos.ON, Dbpos.ON, Dbpos.OFF, Dbpos.BAD)),
    )
    def ask(self, name: str, number: int, action: Action, value: Dbpos) -> None:
        self.unanswered[name] += 1
        order = Order(number, value, action is not Action.OPERATE)
        self._hear(name, self.centres[name].ask(46, order, cause=CAUSES[action]))

    @precondition(lambda self: self.open)
    @rule(number=st.sampled_from(OBJECTS), positive=st.sampled_from((True, True, False)))
    def complete(self, number: int, positive: bool) -> None:
        request = self.open.pop(number, None)
        if request is None:
            return
        if request.action is Action.OPERATE and positive:
            self.running[number] = request
        if request.action is Action.SELECT and positive:
            self.selected[number] = (request.centre, request.value)
        self.device.outstation.complete(request, positive, self.device.time.now_s)
        self._listen()

    @precondition(lambda self: self.running)
    @rule(number=st.sampled_from(OBJECTS), positive=st.booleans())
    def end(self, number: int, positive: bool) -> None:
        request = self.running.pop(number, None)
        if request is not None:
            self.device.outstation.terminate(request, positive)
            self._listen()

    @rule(name=st.sampled_from(("north", "south")))
    def reconnect(self, name: str) -> None:
        self.centres[name].break_off()
        assert all(centre != name for centre, _ in self.selected.values()), "a selection outlives its connection"
        self.unanswered[name] = 0
        self.centres[name] = Centre(self.device, name)

    @rule(seconds=st.sampled_from((1.0, SELECT_S)))
    def wait(self, seconds: float) -> None:
        self.device.time.now_s += seconds
        self.device.outstation.control.tick(self.device.time.now_s)

    def _listen(self) -> None:
        for name, centre in self.centres.items():
            self._hear(name, centre.listen())

    @invariant()
    def every_request_is_answered_once(self) -> None:
        for name, centre in self.centres.items():
            waiting = [request for request in self.open.values() if request.client == centre.link.name]
            assert self.unanswered[name] == len(waiting), (name, self.unanswered, self.open)


TestControlCentres = ControlCentres.TestCase
TestControlCentres.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
