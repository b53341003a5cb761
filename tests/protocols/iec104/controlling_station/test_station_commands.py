"""Commands of the controlling station, and the settings of a link."""

from __future__ import annotations

import pytest

from models.command import Action, AddCause, Command, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.errors import ConfigError, LocalProtocolError
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, Value
from protocols.iec104.application.asdu import Asdu, InformationObject, Order
from protocols.iec104.controlling_station.commander import unit_of
from protocols.iec104.controlling_station.settings import LinkSettings, read_settings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import Targets
from tests.protocols.iec104.pair import START_NS, STATION, Device, Master, Time
from tests.protocols.iec104.wire import Wire


@pytest.fixture
def device() -> Device:
    return Device(Time())


def test_select_operate_cancel_over_the_wire(device: Device) -> None:
    master = Master(device)
    master.exchange()
    for action in (Action.SELECT, Action.OPERATE):
        results = len(master.command(action))
        device.complete()
        if action is Action.OPERATE:
            device.terminate()
        master.exchange()
        assert [result.outcome for result in master.results[results:]] == [Outcome.ACCEPTED]
    master.command(Action.SELECT)
    device.complete()
    master.exchange()
    master.command(Action.CANCEL)
    device.complete()
    master.exchange()
    assert [result.outcome for result in master.results] == [Outcome.ACCEPTED] * 4
    assert [request.action for request in device.requests] == [
        Action.SELECT, Action.OPERATE, Action.SELECT, Action.CANCEL,
    ]  # fmt: skip


def test_refusal_by_the_device(device: Device) -> None:
    master = Master(device)
    master.exchange()
    assert master.command(Action.OPERATE)[0].outcome is Outcome.REFUSED
    assert "negative confirmation" in master.results[0].reason


@pytest.mark.parametrize("cause", [44, 45, 46, 47])
def test_refusal_tells_the_cause(cause: int) -> None:
    wire = Wire()
    [unit] = wire.command(Action.SELECT)
    assert unit == Asdu(46, 6, STATION, (Order(10_001, Dbpos.ON, True),))
    wire.say(Asdu(46, cause, STATION, unit.objects, negative=True))
    [result] = wire.results
    assert result.outcome is Outcome.REFUSED
    assert f"COT {cause}" in result.reason


def test_confirmation_of_something_else_does_not_count() -> None:
    wire = Wire(command_timeout_s=5.0)
    wire.command(Action.OPERATE)
    others: list[tuple[int, int, InformationObject]] = [
        (46, 7, Order(10_001, Dbpos.OFF)),
        (46, 7, Order(10_001, Dbpos.ON, True)),
        (46, 7, Order(10_002, Dbpos.ON)),
        (46, 9, Order(10_001, Dbpos.ON)),
        (46, 10, Order(10_001, Dbpos.ON)),
        (45, 7, Order(10_001, True)),
    ]
    for type_id, cause, item in others:
        wire.say(Asdu(type_id, cause, STATION, (item,)))
    assert wire.results == []
    wire.say(Asdu(46, 7, STATION, (Order(10_001, Dbpos.ON),)))
    assert [result.outcome for result in wire.results] == [Outcome.ACCEPTED]


def test_no_confirmation_is_unknown_and_late_ones_are_ignored() -> None:
    wire = Wire(command_timeout_s=5.0)
    wire.command(Action.OPERATE)
    assert wire.station.next_deadline_s() == 5.0
    wire.station.tick(5.0)
    assert [result.outcome for result in wire.results] == [Outcome.UNKNOWN]
    wire.say(Asdu(46, 7, STATION, (Order(10_001, Dbpos.ON),)))
    assert len(wire.results) == 1


def test_selection_that_is_confirmed_too_late_is_given_back() -> None:
    wire = Wire(command_timeout_s=5.0)
    [selection] = wire.command(Action.SELECT)
    wire.station.tick(5.0)
    wire.output()
    assert wire.say(Asdu(46, 7, STATION, selection.objects)) == [Asdu(46, 8, STATION, selection.objects)]
    assert wire.say(Asdu(46, 9, STATION, selection.objects)) == []
    assert wire.say(Asdu(46, 7, STATION, (Order(10_001, Dbpos.ON),))) == []  # operated late: nothing to give back
    assert wire.say(Asdu(46, 7, STATION, selection.objects, negative=True)) == []
    assert [result.outcome for result in wire.results] == [Outcome.UNKNOWN]


def test_broken_link_is_unknown_after_sending_and_refused_before() -> None:
    wire = Wire()
    wire.command(Action.OPERATE)
    wire.station.closed()
    assert [(result.outcome, result.add_cause) for result in wire.results] == [
        (Outcome.UNKNOWN, AddCause.ABORTION_BY_COMMUNICATION_LOSS)
    ]
    station = ControllingStation(
        "ST103", Targets(), [5], LinkSettings(), lambda: START_NS, lambda: None, lambda batch: None, 0.0
    )
    wire.station = station
    wire.results.clear()
    assert wire.command(Action.OPERATE) == []
    assert [(result.outcome, result.reason) for result in wire.results] == [(Outcome.REFUSED, "link is down")]


def test_command_that_waits_for_the_window_was_not_sent() -> None:
    wire = Wire(command_timeout_s=5.0)
    wire.station._session.acknowledged = wire.station._session.sent - 12  # noqa: SLF001  # the window is full
    assert wire.command(Action.OPERATE) == []
    wire.station.tick(5.0)
    assert [result.outcome for result in wire.results] == [Outcome.REFUSED]
    wire.station._session.acknowledged = wire.station._session.sent  # noqa: SLF001
    assert wire.output() == []


def test_second_command_to_the_same_object_waits_for_nobody() -> None:
    wire = Wire()
    wire.command(Action.OPERATE)
    assert wire.command(Action.OPERATE) == []
    assert [result.add_cause for result in wire.results] == [AddCause.COMMAND_ALREADY_IN_EXECUTION]
    assert [unit.objects for unit in wire.command(Action.OPERATE, True, 2)] == [(Order(10_002, True),)]


@pytest.mark.parametrize(
    ("number", "value"), [(1, True), (1, Dbpos.BAD), (1, 2), (1, "on"), (2, Dbpos.ON), (2, 1), (3, True), (11, 1.0)]
)
def test_commands_that_make_no_sense_are_refused(number: int, value: object) -> None:
    wire = Wire()
    assert wire.command(Action.OPERATE, value, number) == []
    assert [result.outcome for result in wire.results] == [Outcome.REFUSED]


def test_set_point_is_confirmed_though_the_wire_rounds_it() -> None:
    wire = Wire()
    [unit] = wire.command(Action.OPERATE, 0.1, 30)
    wire.say(Asdu(50, 7, STATION, unit.objects))
    assert [result.outcome for result in wire.results] == [Outcome.ACCEPTED]


def link(**settings: str | int | float | bool) -> LinkConfig:
    return LinkConfig("ST103", "iec104", "ST103", "127.0.0.1", 2404, settings)


def test_settings_are_read_strictly() -> None:
    settings = read_settings(link(k=20, t1_s=5, t2_s=2.5, clock_sync=True, time_zone="Europe/Berlin"))
    assert (settings.parameters.k, settings.parameters.t1_s, settings.clock_sync) == (20, 5, True)
    wrong: list[dict[str, str | int | float | bool]] = [
        {"kk": 1}, {"k": 1.5}, {"k": True}, {"clock_sync": 1}, {"t1_s": -1.0}, {"t2_s": 20.0}, {"originator": 256},
        {"time_zone": "Mars/Olympus"},
    ]  # fmt: skip
    for settings_ in wrong:
        with pytest.raises(ConfigError, match="link ST103"):
            read_settings(link(**settings_))


def _spec(cdc: Cdc, type_id: int) -> PointSpec:
    return PointSpec(
        PointName("ST103/T1", "GGIO1.Out"), cdc, "ST103",
        command=Iec104Address(STATION, 1, type_id), control_model=ControlModel.DIRECT_NORMAL,
    )  # fmt: skip


def _command(value: Value, qualifier: int = 0, action: Action = Action.OPERATE) -> Command:
    who = Originator(OriginatorCategory.STATION_CONTROL, "test")
    return Command(1, Handle(1), action, value, who, START_NS, qualifier=qualifier)


@pytest.mark.parametrize(
    ("type_id", "value", "sent"),
    [
        (47, Dbpos.ON, Dbpos.ON), (60, Dbpos.OFF, Dbpos.OFF), (48, 0.5, 0.5), (49, -300, -300), (49, 12.0, 12),
        (49, 3.0000000001, 3), (50, 5, 5), (50, 2.5, 2.5), (51, 0xFFFFFFFF, 0xFFFFFFFF), (64, 7.0, 7),
    ],
)  # fmt: skip
def test_each_kind_of_command_carries_its_value(type_id: int, value: Value, sent: Value) -> None:
    [order] = unit_of(_command(value), _spec(Cdc.APC, type_id), 9).objects
    assert isinstance(order, Order)
    assert (order.value, type(order.value)) == (sent, type(sent))
    assert (order.time_ns is not None) is (type_id > 51)


@pytest.mark.parametrize(
    ("type_id", "value"),
    [
        (47, 2), (47, True), (47, Dbpos.BAD), (47, Dbpos.INTERMEDIATE), (48, Dbpos.ON), (48, True), (49, Dbpos.ON),
        (49, 12.5), (49, float("nan")), (49, float("inf")), (50, True), (50, Dbpos.ON), (50, "much"), (51, -1),
        (51, 1 << 32), (51, 0.5),
    ],
)  # fmt: skip
def test_no_kind_of_command_carries_what_is_not_its_value(type_id: int, value: Value) -> None:
    with pytest.raises(LocalProtocolError):
        unit_of(_command(value), _spec(Cdc.APC, type_id), 0)


def test_the_qualifier_of_the_command_or_else_of_the_link() -> None:
    for type_id, given, expected in ((47, 0, 2), (47, 3, 3), (45, 0, 2), (50, 0, 0), (50, 64, 64)):
        value: Value = {45: True, 47: Dbpos.ON, 50: 1.0}[type_id]
        [order] = unit_of(_command(value, given), _spec(Cdc.SPC, type_id), 0, pulse=2).objects
        assert isinstance(order, Order)
        assert order.qualifier == expected
    for type_id, value, wrong in ((45, True, 32), (50, 1.0, 128), (51, 1, 1), (47, Dbpos.ON, -1)):
        with pytest.raises(LocalProtocolError, match="has no qualifier"):
            unit_of(_command(value, wrong), _spec(Cdc.SPC, type_id), 0)
    with pytest.raises(LocalProtocolError, match="neither selected nor cancelled"):
        unit_of(_command(1, action=Action.SELECT), _spec(Cdc.INC, 51), 0)
    with pytest.raises(LocalProtocolError, match="IEC 104 has no service Substitute"):
        unit_of(_command(True, action=Action.SUBSTITUTE), _spec(Cdc.SPC, 45), 0)


def test_a_negative_termination_is_told_and_a_good_one_is_not() -> None:
    wire = Wire()
    [unit] = wire.command(Action.OPERATE, 0.1, 30)
    wire.say(Asdu(50, 7, STATION, unit.objects))
    commander = wire.station._commander  # noqa: SLF001
    assert "ended a confirmed operation negatively" in commander.oddity(
        Asdu(50, 10, STATION, unit.objects, negative=True)
    )
    assert commander.oddity(Asdu(50, 10, STATION, unit.objects)) == ""
    assert "an operation that nobody waits for negatively" in commander.oddity(
        Asdu(50, 10, STATION, unit.objects, negative=True)
    )
    assert "answers no command that waits" in commander.oddity(Asdu(50, 7, STATION, unit.objects))
