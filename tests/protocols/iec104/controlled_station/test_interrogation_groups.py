"""Interrogation groups, packed status, read: what a control centre has been granted beside events."""

from __future__ import annotations

import pytest

from models.errors import LocalProtocolError
from models.point import Cdc
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, Observation, PackedStatus, Service
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.controlled_station.image import Image
from protocols.iec104.controlled_station.points import OutstationPoint
from protocols.iec104.controlled_station.service_settings import PackedSettings, ServiceSettings
from protocols.iec104.controlled_station.services.packing import pack, units
from protocols.iec104.link.session import Parameters
from tests.protocols.iec104.pair import SPECS, START_NS, STATION, Centre, Device, Time, spec

COUNTER = spec(40, "MMTR1.TotWh", Cdc.BCR, 37)[1]
NAME = "ST103/K1/E01/"


def device(services: ServiceSettings, *more: object) -> Device:
    return Device(Time(), specs=[*SPECS, COUNTER], services=services)


def values(units: list[Asdu]) -> dict[int, object]:
    return {item.address: item.value for unit in units for item in unit.observations()}


def test_groups_are_named_by_patterns_and_answered_with_their_causes() -> None:
    site = device(ServiceSettings(groups={1: ("*/CSWI*.Pos",), 16: ("*/MMXU*", "*/CSWI1.Pos")}))
    centre = Centre(site)
    first, *data, last = centre.ask(100, Service(0, 21))
    assert ((first.cause, first.negative), (last.cause, last.negative)) == ((7, False), (10, False))
    assert {unit.cause for unit in data} == {21}
    assert values(data).keys() == {1}
    assert values(centre.ask(100, Service(0, 36))).keys() == {1, 11, 12}
    [refused] = centre.ask(100, Service(0, 22))
    assert (refused.cause, refused.negative) == (7, True)


def test_integrated_totals_are_in_no_picture_and_cannot_be_read() -> None:
    site = device(ServiceSettings(groups={1: ("*",)}))
    centre = Centre(site)
    assert 40 not in values(centre.ask(100, Service(0, 20)))
    assert 40 not in values(centre.ask(100, Service(0, 21)))
    [unit] = centre.ask(102, Service(40), cause=5)
    assert (unit.type_id, unit.cause, unit.negative) == (102, 47, True)


def test_several_interrogations_run_at_once_and_each_can_be_stopped() -> None:
    site = Device(
        Time(), specs=[spec(number, f"GGIO{number}.Ind", Cdc.SPS, 30)[1] for number in range(1, 4001, 2)],
        services=ServiceSettings(groups={1: ("*",)}),
        parameters=Parameters(k=4),
    )  # fmt: skip
    centre = Centre(site)
    centre.acknowledges = False
    for qualifier in (20, 21):
        centre.ask(100, Service(0, qualifier))
    centre.ask(100, Service(0, 21), cause=8)
    centre.acknowledges = True
    for _ in range(100):
        centre.session.acknowledge(centre.session.received, site.time.now_s)
        centre.confirm()
    ends = [(unit.cause, unit.objects[0].qualifier) for unit in centre.heard if unit.type_id == 100]
    assert ends == [(7, 20), (7, 21), (9, 21), (10, 20)]
    assert sum(len(unit.objects) for unit in centre.heard if unit.cause == 20) == 2000
    assert not any(unit.cause == 21 and unit.type_id == 1 for unit in centre.heard)


def test_packed_status_tells_what_has_changed_since_its_last_answer() -> None:
    points = (NAME + "SFPI1.FwdFlt", NAME + "SFPI1.RvFlt")
    site = device(ServiceSettings(packed=(PackedSettings(STATION, 900, points),), groups={2: ("*/SFPI*",)}))
    centre = Centre(site)
    site.update(3, True, START_NS)
    site.update(4, False, START_NS)
    centre.listen()
    picture = centre.ask(100, Service(0, 20))
    assert values(picture)[900] == PackedStatus(1, 1)
    assert not {3, 4} & values(picture).keys()
    assert [unit.cause for unit in picture if unit.type_id == 20] == [20]
    site.update(4, True, START_NS + 1_000_000, int(Quality.INVALID))
    assert values(centre.listen()).keys() == {4}  # events stay single
    [unit] = centre.ask(102, Service(900), cause=5)
    assert unit.objects == (Observation(900, PackedStatus(3, 2), int(Quality.INVALID)),)
    assert values(centre.ask(100, Service(0, 22))) == {900: PackedStatus(3, 0)}


def test_packed_status_of_points_that_are_not_there_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="no point is called"):
        device(ServiceSettings(packed=(PackedSettings(STATION, 900, ("nowhere",)),)))
    with pytest.raises(LocalProtocolError, match="single points"):
        device(ServiceSettings(packed=(PackedSettings(STATION, 900, (NAME + "CSWI1.Pos",)),)))


def test_types_of_iec_101_are_unknown_types() -> None:
    centre = Centre(device(ServiceSettings()))
    [unit] = centre.send(bytes.fromhex("680106076700 000000 aa55"))  # C_TS_NA_1
    assert (unit.type_id, unit.cause, unit.negative) == (104, 44, True)


def test_one_doubtful_value_does_not_make_a_unit_too_long() -> None:
    """What cannot say its doubt goes out in another type; the rest of a full sequence has gaps then, so takes two."""
    slots = Image([OutstationPoint(STATION, number, 21, is_event=False) for number in range(1, 121)])
    for number, slot in enumerate(slots):
        slot.take((STATION, slot.point.object_address, 0.5, int(Quality.QUESTIONABLE) if number == 7 else 0, None))
    [chunk] = pack(slots)
    answers = [decode(encode(unit)) for unit in units(chunk, 20)]
    assert [item.address for unit in answers for item in unit.objects] == [8, *range(1, 8), *range(9, 121)]
    assert len(answers) > 2
