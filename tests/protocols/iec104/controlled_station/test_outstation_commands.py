"""Commands at the controlled station: select, execute, cancel; who may, when, and what is answered."""

from __future__ import annotations

import pytest

from models.command import Action
from models.point import Dbpos
from protocols.iec104.application.asdu import Asdu, Order
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import ControlPoint
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Time

POS, BLK = 10_001, 10_002
SELECT = Order(POS, Dbpos.ON, select=True)
EXECUTE = Order(POS, Dbpos.ON)


@pytest.fixture
def device() -> Device:
    return Device(Time())


def outcomes(units: list[Asdu]) -> list[tuple[int, bool]]:
    return [(unit.cause, unit.negative) for unit in units]


def selected(device: Device, centre: Centre) -> None:
    assert centre.ask(46, SELECT) == []
    device.complete()
    assert centre.listen() == [Asdu(46, 7, STATION, (SELECT,), 7)]


def test_select_execute_terminate(device: Device) -> None:
    centre = Centre(device)
    selected(device, centre)
    assert centre.ask(46, EXECUTE) == []
    device.complete()
    assert centre.listen() == [Asdu(46, 7, STATION, (EXECUTE,), 7)]
    device.terminate()
    assert centre.listen() == [Asdu(46, 10, STATION, (EXECUTE,), 7)]
    assert [request.action for request in device.requests] == [Action.SELECT, Action.OPERATE]
    request = device.requests[-1]
    assert (request.common_address, request.object_address, request.value, request.qualifier, request.originator) == (
        STATION, POS, Dbpos.ON, 0, 7,
    )  # fmt: skip


def test_execute_without_select_is_refused(device: Device) -> None:
    assert outcomes(Centre(device).ask(46, EXECUTE)) == [(7, True)]
    assert device.requests == []
    assert "is idle" in device.notices[0]


def test_refused_select_leaves_the_object_free(device: Device) -> None:
    centre = Centre(device)
    centre.ask(46, SELECT)
    device.complete(False)
    assert outcomes(centre.listen()) == [(7, True)]
    selected(device, centre)


def test_refused_execute_has_no_termination_and_ends_the_selection(device: Device) -> None:
    centre = Centre(device)
    selected(device, centre)
    centre.ask(46, EXECUTE)
    device.complete(False)
    assert outcomes(centre.listen()) == [(7, True)]
    assert outcomes(centre.ask(46, EXECUTE)) == [(7, True)]
    assert len(device.requests) == 2


@pytest.mark.parametrize("other", [Order(POS, Dbpos.OFF), Order(POS, Dbpos.ON, False, 1)])
def test_execute_must_equal_the_selection(device: Device, other: Order) -> None:
    centre = Centre(device)
    selected(device, centre)
    assert outcomes(centre.ask(46, other)) == [(7, True)]
    assert [request.action for request in device.requests] == [Action.SELECT]


def test_selection_in_test_cannot_be_executed_for_real(device: Device) -> None:
    centre = Centre(device)
    centre.send(bytes.fromhex("2e0186076700 112700 82"))
    assert device.requests[-1].test
    device.complete()
    centre.listen()
    assert outcomes(centre.ask(46, EXECUTE)) == [(7, True)]


def test_cancel(device: Device) -> None:
    centre = Centre(device)
    assert outcomes(centre.ask(46, SELECT, cause=8)) == [(9, True)]
    selected(device, centre)
    centre.ask(46, SELECT, cause=8)
    device.complete()
    assert outcomes(centre.listen()) == [(9, False)]
    assert outcomes(centre.ask(46, EXECUTE)) == [(7, True)]
    assert [request.action for request in device.requests] == [Action.SELECT, Action.CANCEL]


def test_selection_expires_and_the_device_is_told() -> None:
    device = Device(Time(), select_timeout_s=5.0)
    centre = Centre(device)
    selected(device, centre)
    assert centre.link.next_deadline_s() == 5.0
    centre.link.tick(4.9)
    assert len(device.requests) == 1
    centre.link.tick(5.0)
    assert [(request.action, request.client) for request in device.requests[1:]] == [(Action.CANCEL, "")]
    assert outcomes(centre.ask(46, EXECUTE)) == [(7, True)]
    device.complete()
    assert centre.listen() == []
    selected(device, centre)


def test_one_outstanding_per_object(device: Device) -> None:
    centre = Centre(device)
    selected(device, centre)
    assert outcomes(centre.ask(46, SELECT)) == [(7, True)]
    centre.ask(46, EXECUTE)
    assert outcomes(centre.ask(46, EXECUTE)) == [(7, True)]
    device.complete()
    centre.listen()
    assert outcomes(centre.ask(46, SELECT)) == [(7, True)]  # not terminated yet
    device.terminate()
    assert outcomes(centre.listen()) == [(10, False)]
    selected(device, centre)


def test_selection_belongs_to_its_control_centre() -> None:
    device = Device(Time(), groups=("north", "south"))
    north, south = Centre(device, "north"), Centre(device, "south")
    selected(device, north)
    for order, cause, answer in ((SELECT, 6, 7), (EXECUTE, 6, 7), (SELECT, 8, 9)):
        assert outcomes(south.ask(46, order, cause=cause)) == [(answer, True)]
    assert len(device.requests) == 1
    north.ask(46, EXECUTE)
    device.complete()
    assert outcomes(north.listen()) == [(7, False)]
    assert south.listen() == []


def test_lost_connection_cancels_its_selection(device: Device) -> None:
    centre = Centre(device)
    selected(device, centre)
    centre.break_off()
    assert [request.action for request in device.requests] == [Action.SELECT, Action.CANCEL]


def test_connection_lost_before_the_select_was_confirmed_cancels_it(device: Device) -> None:
    centre = Centre(device)
    centre.ask(46, SELECT)
    centre.break_off()
    device.complete()
    assert [request.action for request in device.requests] == [Action.SELECT, Action.CANCEL]


def test_operation_goes_on_when_the_connection_is_lost(device: Device) -> None:
    centre = Centre(device)
    selected(device, centre)
    centre.ask(46, EXECUTE)
    centre.break_off()
    device.complete()
    device.terminate()
    again = Centre(device)
    assert again.heard == []
    selected(device, again)


def test_direct_command(device: Device) -> None:
    centre = Centre(device)
    assert outcomes(centre.ask(45, Order(BLK, True, select=True))) == [(7, True)]
    centre.ask(45, Order(BLK, True))
    device.complete()
    device.terminate()
    assert outcomes(centre.listen()) == [(7, False), (10, False)]
    assert device.requests[-1].value is True


@pytest.mark.parametrize(
    "order",
    [SELECT._replace(value=Dbpos.INTERMEDIATE), SELECT._replace(value=Dbpos.BAD), SELECT._replace(qualifier=4)],
)
def test_impossible_values_are_refused(device: Device, order: Order) -> None:
    assert outcomes(Centre(device).ask(46, order)) == [(7, True)]
    assert device.requests == []


@pytest.mark.parametrize(("age_s", "accepted"), [(0.0, True), (29.0, True), (31.0, False), (-31.0, False)])
def test_old_commands_are_refused(device: Device, age_s: float, accepted: bool) -> None:
    tagged = Order(BLK, True, time_ns=START_NS - round(age_s * 1e9))
    assert outcomes(Centre(device).ask(58, tagged)) == ([] if accepted else [(7, True)])
    assert len(device.requests) == accepted


def test_command_with_an_invalid_time_is_refused(device: Device) -> None:
    assert outcomes(Centre(device).send(bytes.fromhex("3a0106076700 122700 01 2a768f0ab40b1a"))) == [(7, True)]
    assert outcomes(Centre(device).send(bytes.fromhex("3a0106076700 122700 01 00000000000000"))) == [(7, True)]
    assert device.requests == []


def test_without_a_handler_every_command_is_refused() -> None:
    device = Device(Time(), commands=False)
    assert outcomes(Centre(device).ask(46, SELECT)) == [(7, True)]


def test_not_a_number_is_no_set_point() -> None:
    device = Device(Time())
    device.outstation = Outstation([], [ControlPoint(1, 1, 50)], clock=device.time.utc_ns)
    device.outstation.on_request = device.requests.append
    centre = Centre(device)
    assert outcomes(centre.send(bytes.fromhex("320106000100 010000 0000c07f 00"))) == [(7, True)]
    assert centre.send(bytes.fromhex("320106000100 010000 00006040 00")) == []
    assert [request.value for request in device.requests] == [3.5]
