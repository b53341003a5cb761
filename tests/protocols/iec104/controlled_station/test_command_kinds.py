"""Every kind of command at the controlled station: values, qualifiers, time tags, repeats, what the event list says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.command import Action
from models.point import Dbpos
from protocols.iec104.application.asdu import Asdu, ElementValue, Order
from protocols.iec104.controlled_station.commands.control import DIRECT, SELECT_FIRST, Phase
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import ControlPoint
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Time

KINDS: dict[int, tuple[ElementValue, ...]] = {
    45: (True, False),
    46: (Dbpos.OFF, Dbpos.ON),
    47: (Dbpos.OFF, Dbpos.ON),
    48: (-1.0, 0.5),
    49: (-32768, 32767),
    50: (3.5, -1024.25),
    51: (0, 0xFFFFFFFF),
}
UNTAGGED_TO_TAGGED = 13


def station(*controls: ControlPoint, groups: tuple[str, ...] = ("main",)) -> Device:
    device = Device(Time(), groups=groups)
    settings = [device.outstation.settings(name) for name in groups]
    device.outstation = Outstation([], controls, clock=device.time.utc_ns, groups=settings)
    device.outstation.on_request = device.requests.append
    device.outstation.on_notice = device.notices.append
    return device


def outcomes(units: list[Asdu]) -> list[tuple[int, bool]]:
    return [(unit.cause, unit.negative) for unit in units]


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize("select", [False, True])
@pytest.mark.parametrize("type_id", KINDS)
def test_every_kind_is_carried_out_and_mirrored_to_the_octet(type_id: int, select: bool, tagged: bool) -> None:
    if type_id == 51 and select:
        return  # a bit string has no S/E: it is commanded directly
    device = station(ControlPoint(STATION, 1, type_id, select, "T1/YLTC1.TapPos"))
    centre = Centre(device)
    type_sent = type_id + UNTAGGED_TO_TAGGED * tagged
    for number, value in enumerate(KINDS[type_id]):
        time_ns = START_NS + number * 1_000_000 if tagged else None
        for step in ([True] if select else []) + [False]:
            asked = Order(1, value, step, 0, time_ns)
            assert centre.ask(type_sent, asked) == []
            device.complete()
            assert centre.listen() == [Asdu(type_sent, 7, STATION, (asked,), 7)]
        device.terminate()
        assert centre.listen() == [Asdu(type_sent, 10, STATION, (asked,), 7)]
    assert [each.value for each in device.requests if each.action is Action.OPERATE] == list(KINDS[type_id])
    assert {(each.originator, each.centre) for each in device.requests} == {(7, "main")}


@pytest.mark.parametrize("rcs", [0, 3])
def test_a_step_that_is_none_is_refused(rcs: int) -> None:
    device = station(ControlPoint(STATION, 1, 47, name="T1/YLTC1.TapPos"))
    assert outcomes(Centre(device).ask(47, Order(1, Dbpos(rcs)))) == [(7, True)]
    assert f"({rcs}) is no value for a regulating step command" in device.notices[0]


@pytest.mark.parametrize(
    ("type_id", "value", "qualifier", "allowed"),
    [
        (45, True, 3, True), (46, Dbpos.ON, 1, True), (47, Dbpos.ON, 2, True), (45, True, 4, False),
        (46, Dbpos.ON, 31, False), (50, 1.0, 0, True), (50, 1.0, 1, False), (50, 1.0, 63, False), (49, 5, 64, True),
    ],
)  # fmt: skip
def test_qualifiers_are_delivered_and_reserved_ones_refused(
    type_id: int, value: ElementValue, qualifier: int, allowed: bool
) -> None:
    device = station(ControlPoint(STATION, 1, type_id))
    answers = outcomes(Centre(device).ask(type_id, Order(1, value, False, qualifier)))
    assert answers == ([] if allowed else [(7, True)])
    assert [each.qualifier for each in device.requests] == ([qualifier] if allowed else [])


def test_a_point_says_which_qualifiers_it_takes() -> None:
    device = station(ControlPoint(STATION, 1, 46, name="E01/Q0/CSWI1.Pos", qualifiers=frozenset({1, 17})))
    centre = Centre(device)
    assert outcomes(centre.ask(46, Order(1, Dbpos.ON, False, 0))) == [(7, True)]
    assert "object 103/1 (E01/Q0/CSWI1.Pos) refused: the object does not take qualifier 0" in device.notices[0]
    assert centre.ask(46, Order(1, Dbpos.ON, False, 17)) == []


@pytest.mark.parametrize(
    ("ahead_s", "words"), [(-31.0, "31.0 s old, 30 s are allowed"), (31.0, "31.0 s ahead of our time")]
)
def test_a_late_and_an_early_command_say_so(ahead_s: float, words: str) -> None:
    device = station(ControlPoint(STATION, 1, 45, name="E03/RREC1.BlkRec"))
    tagged = Order(1, True, time_ns=START_NS + round(ahead_s * 1e9))
    assert outcomes(Centre(device).ask(58, tagged)) == [(7, True)]
    [notice] = device.notices
    assert words in notice
    assert "(E03/RREC1.BlkRec)" in notice
    assert "originator address 7" in notice


def test_a_frame_that_is_sent_twice_is_carried_out_once() -> None:
    device = station(ControlPoint(STATION, 1, 47))
    centre = Centre(device)
    step = Order(1, Dbpos.ON, time_ns=START_NS)
    centre.ask(60, step)
    assert outcomes(centre.ask(60, step)) == [(7, True)]  # in execution
    device.complete()
    device.terminate()
    centre.listen()
    assert outcomes(centre.ask(60, step)) == [(7, True)]  # ended, yet the same command
    assert "has been carried out already" in device.notices[-1]
    assert centre.ask(60, step._replace(time_ns=START_NS + 1_000_000)) == []
    assert len(device.requests) == 2


def test_a_refused_command_may_be_sent_again_with_its_time_tag() -> None:
    device = station(ControlPoint(STATION, 1, 45))
    centre = Centre(device)
    for _ in range(2):
        assert centre.ask(58, Order(1, True, time_ns=START_NS)) == []
        device.complete(False)
        assert outcomes(centre.listen()) == [(7, True)]


def test_an_operation_that_fails_is_terminated_negatively_after_its_confirmation() -> None:
    device = station(ControlPoint(STATION, 1, 45))
    centre = Centre(device)
    centre.ask(45, Order(1, True))
    device.complete()
    assert outcomes(centre.listen()) == [(7, False)]
    device.outstation.terminate(device.requests[-1], False)
    assert outcomes(centre.listen()) == [(10, True)]


def test_stopping_data_transfer_cancels_the_selection_and_drops_the_answers() -> None:
    device = station(ControlPoint(STATION, 1, 46, True), ControlPoint(STATION, 2, 45))
    centre = Centre(device)
    centre.ask(46, Order(1, Dbpos.ON, True))
    device.complete()
    centre.ask(45, Order(2, True))
    centre.session.stop(device.time.now_s)
    centre.exchange()
    assert [each.action for each in device.requests] == [Action.SELECT, Action.OPERATE, Action.CANCEL]
    running = device.requests[1]
    device.outstation.complete(running, True, device.time.now_s)
    device.outstation.terminate(running)
    device.complete()
    centre.heard.clear()
    centre.session.start(device.time.now_s)
    centre.exchange()
    assert [unit.type_id for unit in centre.heard if unit.type_id in KINDS] == []


def test_the_one_that_is_too_late_hears_who_was_first() -> None:
    device = station(ControlPoint(STATION, 1, 46, True, "Q0/CSWI1.Pos"), groups=("north", "south"))
    north, south = Centre(device, "north"), Centre(device, "south")
    north.ask(46, Order(1, Dbpos.ON, True))
    assert outcomes(south.ask(46, Order(1, Dbpos.ON, True))) == [(7, True)]
    assert "the object is being selected; one command at a time" in device.notices[-1]
    device.complete()
    assert outcomes(south.ask(46, Order(1, Dbpos.ON))) == [(7, True)]
    assert f"{north.link.name} has selected it" in device.notices[-1]
    assert device.notices[-1].startswith(f"{south.link.name}: execute of object 103/1 (Q0/CSWI1.Pos) refused: ")


def test_a_direct_object_is_not_selected_and_the_others_are_not_operated_unselected() -> None:
    device = station(ControlPoint(STATION, 1, 47), ControlPoint(STATION, 2, 47, True))
    centre = Centre(device)
    assert outcomes(centre.ask(47, Order(1, Dbpos.ON, True))) == [(7, True)]
    assert outcomes(centre.ask(47, Order(2, Dbpos.ON))) == [(7, True)]
    assert ["is not selected" in device.notices[0], "must be selected first" in device.notices[1]] == [True, True]


def test_every_pair_of_state_and_service_is_in_the_tables_or_refused() -> None:
    """The tables are the state machine: nothing but these transitions leads to a request."""
    for select, table in ((True, SELECT_FIRST), (False, DIRECT)):
        for phase in Phase:
            for action, cause in ((Action.SELECT, 6), (Action.OPERATE, 6), (Action.CANCEL, 8)):
                device, centre = in_phase(phase, select)
                if device is None or centre is None:
                    continue
                known = len(device.requests)
                asked = Order(1, Dbpos.ON, action is not Action.OPERATE)
                answers = outcomes(centre.ask(46, asked, cause=cause))
                assert len(device.requests) - known == ((phase, action) in table), (select, phase, action)
                assert answers == ([] if (phase, action) in table else [(9 if cause == 8 else 7, True)])


def in_phase(phase: Phase, select: bool) -> tuple[Device | None, Centre | None]:
    """A station whose object is in this phase; none where a direct object never gets there."""
    device = station(ControlPoint(STATION, 1, 46, select))
    centre = Centre(device)
    chosen = Order(1, Dbpos.ON, True)
    if phase is Phase.IDLE:
        return device, centre
    if not select:
        if phase is not Phase.OPERATING:
            return None, None
        centre.ask(46, executed(chosen))
        return device, centre
    centre.ask(46, chosen)
    if phase is Phase.SELECTING:
        return device, centre
    device.complete()
    centre.listen()
    if phase is Phase.OPERATING:
        centre.ask(46, executed(chosen))
    if phase is Phase.CANCELLING:
        centre.ask(46, chosen, cause=8)
    return device, centre


def executed(order: Order) -> Order:
    return order._replace(select=False)


def test_a_point_reads_as_its_address_and_name() -> None:
    point = ControlPoint(1, 2, 45, name="a/b.C")
    assert (str(point), str(replace(point, name=""))) == ("object 1/2 (a/b.C)", "object 1/2")
