"""Values that are inverted, scaled or spread over several objects (IEC 61850-80-1), told and heard, in both roles."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from models.command import Action, Command, Originator, OriginatorCategory
from models.errors import LocalProtocolError
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, Value
from models.quality import Quality
from protocols.iec104.application.asdu import Order
from protocols.iec104.application.types import TYPES
from protocols.iec104.application.variant import asked
from protocols.iec104.controlled_station.image import Image
from protocols.iec104.controlled_station.outlets import Outlets
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlling_station.commander import unit_of
from protocols.iec104.controlling_station.targets import stations_of, targets_of

ONE_OF_THREE = (Iec104Address(7, 1, 30, expected=1), Iec104Address(7, 2, 30, expected=2), Iec104Address(7, 3, 30, 3))
TWO_CONTACTS = (Iec104Address(7, 10, 30, expected=1), Iec104Address(7, 11, 30, expected=2, inverted=True))
TWO_COMMANDS = (Iec104Address(7, 20, 45, expected=1), Iec104Address(7, 21, 45, expected=2))


def point(cdc: Cdc, monitors: tuple[Iec104Address, ...], commands: tuple[Iec104Address, ...] = ()) -> PointSpec:
    return PointSpec(
        PointName("A", "GGIO1.X"),
        cdc,
        "I",
        monitor=monitors[0],
        command=commands[0] if commands else None,
        control_model=ControlModel.DIRECT_NORMAL if commands else ControlModel.STATUS_ONLY,
        more_monitors=monitors[1:],
        more_commands=commands[1:],
    )


class Wire:
    """A point told by an outstation and heard by a controlling station: (value, quality) after each object."""

    def __init__(self, spec: PointSpec) -> None:
        self._outlets = Outlets([("x", spec)])
        self._image = Image(monitored([spec]))
        self._targets = targets_of([(Handle(1), spec)])

    def tell(self, value: Value, quality: int = 0, time_ns: int = 5) -> list[tuple[int, object]]:
        """Object address and what it carries, of what has changed."""
        told = []
        for update in self._outlets.updates("x", value, quality, time_ns):
            slot = self._image.slot(*update[:2])
            assert slot is not None
            slot.take(update)
            told.append((update[1], slot.value))
        return told

    def heard(self, addresses: Iterable[int], quality: int = 0) -> list[tuple[Value, int] | None]:
        found = []
        for address in addresses:
            slot, target = self._image.slot(7, address), self._targets[7, address]
            assert slot is not None
            kind = TYPES[slot.static_type].kind
            assert kind in target.natural
            found.append(target.converters[kind](slot.value, quality))
        return found


def test_an_enumeration_goes_out_as_one_object_per_value_and_only_what_changes_is_told() -> None:
    wire = Wire(point(Cdc.ENS, ONE_OF_THREE))
    assert wire.tell(2) == [(1, False), (3, False), (2, True)]
    assert wire.tell(2, time_ns=6) == []
    assert wire.tell(3, time_ns=7) == [(2, False), (3, True)]
    assert wire.tell(3, int(Quality.INVALID)) == [(1, False), (2, False), (3, True)]


def test_it_comes_together_again_and_is_doubted_while_no_object_is_on() -> None:
    wire = Wire(point(Cdc.ENS, ONE_OF_THREE))
    wire.tell(2)
    assert wire.heard((1, 2, 3)) == [None, None, (2, 0)]
    wire.tell(3)
    doubt = int(Quality.QUESTIONABLE | Quality.INCONSISTENT)
    assert wire.heard((2, 3)) == [(2, doubt), (3, 0)]
    assert wire.heard((1,), int(Quality.INVALID)) == [(3, int(Quality.INVALID))]


@pytest.mark.parametrize("position", list(Dbpos))
def test_a_double_point_over_two_contacts_has_four_positions(position: Dbpos) -> None:
    wire = Wire(point(Cdc.DPC, TWO_CONTACTS, TWO_COMMANDS))
    wire.tell(position)
    heard = wire.heard((10, 11))
    assert heard == [None, (position, 0)]
    wire.tell(Dbpos.OFF)
    assert wire.tell(Dbpos.ON)[0] == (10, False)
    assert wire.heard((10, 11))[-1] == (Dbpos.ON, 0)


@pytest.mark.parametrize(
    ("cdc", "address", "value", "carried"),
    [
        (Cdc.SPS, Iec104Address(7, 1, 30, inverted=True), True, False),
        (Cdc.DPS, Iec104Address(7, 1, 31, inverted=True), Dbpos.ON, Dbpos.OFF),
        (Cdc.DPS, Iec104Address(7, 1, 31, inverted=True), Dbpos.BAD, Dbpos.BAD),
        (Cdc.MV, Iec104Address(7, 1, 35, scale=0.5, offset=2.0), 12.0, 20),
        (Cdc.MV, Iec104Address(7, 1, 34, scale=1000.0), 250.0, 0.25),
    ],
)
def test_inverted_and_scaled_values_go_both_ways(
    cdc: Cdc, address: Iec104Address, value: Value, carried: Value
) -> None:
    wire = Wire(point(cdc, (address,)))
    assert wire.tell(value) == [(1, carried)]
    assert wire.heard((1,)) == [(value, 0)]


def _order(spec: PointSpec, value: Value) -> tuple[int, object]:
    origin = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
    unit = unit_of(Command(1, Handle(1), Action.OPERATE, value, origin, 9), spec, 0)
    (item,) = unit.objects
    assert isinstance(item, Order)
    return item.address, item.value


def test_the_object_of_the_value_is_commanded_with_on() -> None:
    spec = point(Cdc.DPC, TWO_CONTACTS, TWO_COMMANDS)
    assert _order(spec, Dbpos.OFF) == (20, True)
    assert _order(spec, Dbpos.ON) == (21, True)
    inverted = point(Cdc.SPC, (Iec104Address(7, 1, 30),), (Iec104Address(7, 2, 45, inverted=True),))
    assert _order(inverted, True) == (2, False)
    mode = point(Cdc.INC, (Iec104Address(7, 1, 35),), tuple(Iec104Address(7, 10 + n, 58, n) for n in (1, 2, 5)))
    assert _order(mode, 5) == (15, True)
    with pytest.raises(LocalProtocolError, match="no object commands the value 3"):
        _order(mode, 3)


def test_a_control_centre_commands_each_object_and_only_its_on_means_something() -> None:
    spec = point(Cdc.DPC, TWO_CONTACTS, TWO_COMMANDS)
    assert [each.object_address for each in controllable([spec])] == [20, 21]
    assert stations_of([(Handle(1), spec)]) == [7]
    off, on = TWO_COMMANDS
    assert asked(off, True, is_double=True) is Dbpos.OFF
    assert asked(on, True, is_double=True) is Dbpos.ON
    assert asked(on, True, is_double=False) == 2
    with pytest.raises(LocalProtocolError, match="only on is a command here"):
        asked(on, False, is_double=True)
    assert asked(Iec104Address(7, 1, 58, inverted=True), True, is_double=False) is False
    assert asked(Iec104Address(7, 1, 62, scale=0.5), 40, is_double=False) == 20.0
