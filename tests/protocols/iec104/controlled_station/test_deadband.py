"""When measurands are sent: dead-bands, limits, smoothing, scans; what a control centre changes at run time."""

from __future__ import annotations

import struct

import pytest

from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, Parameter, Service
from protocols.iec104.controlled_station.service_settings import (
    DeadbandSettings,
    Deviation,
    ScanSettings,
    ServiceSettings,
)
from tests.protocols.iec104.lasting import Lasting
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Time

POWER = "*/MMXU1.TotW"
THRESHOLD, SMOOTHING, LOW, HIGH = 1, 2, 3, 4
NOT_IN_OPERATION = 0x80
P_ME_NB, P_ME_NC, P_AC = 111, 112, 113


def device(*deadbands: DeadbandSettings, **services: object) -> Device:
    return Device(Time(), services=ServiceSettings(deadbands=deadbands, **services))  # type: ignore[arg-type]


def sent(centre: Centre, address: int = 11) -> list[object]:
    return [item.value for unit in centre.listen() for item in unit.observations() if item.address == address]


def told(site: Device, centre: Centre, numbers: list[float]) -> list[object]:
    """What is sent of these values, one a second."""
    found = []
    for number in numbers:
        site.wait(1.0)
        found += sent(centre)
        site.update(11, number, START_NS)
        found += sent(centre)
    return found


def test_no_dead_band_sends_every_change() -> None:
    site = device()
    assert told(site, Centre(site), [1.0, 1.1, 1.1, 1.2]) == [1.0, pytest.approx(1.1), pytest.approx(1.2)]


@pytest.mark.parametrize(
    ("settings", "numbers", "expected"),
    [
        (DeadbandSettings((POWER,), Deviation.ABSOLUTE, 5.0), [100, 104, 105, 106, 102, 100], [100, 106, 100]),
        (DeadbandSettings((POWER,), Deviation.PERCENT, 10.0), [100, 110, 111, 121, 123], [100, 111, 123]),
        (DeadbandSettings((POWER,), Deviation.PERCENT, 1.0, range=500.0), [100, 105, 106, 101, 100], [100, 106, 100]),
        (DeadbandSettings((POWER,), Deviation.PERCENT, 10.0), [0, 0.5, -0.5], [0, 0.5, -0.5]),
        (DeadbandSettings((POWER,), value=50.0, low=90.0, high=110.0), [100, 109, 111, 112, 89, 88], [100, 111, 89]),
        (DeadbandSettings(("*/MMXU9*",), value=50.0), [1, 2], [1, 2]),
    ],
)
def test_dead_bands_count_from_what_was_sent_last(
    settings: DeadbandSettings, numbers: list[float], expected: list[float]
) -> None:
    site = device(settings)
    assert told(site, Centre(site), numbers) == expected


def test_quality_passes_every_dead_band() -> None:
    site = device(DeadbandSettings((POWER,), value=50.0))
    centre = Centre(site)
    site.update(11, 1.0, START_NS)
    assert sent(centre) == [1.0]
    for quality in (Quality.INVALID, Quality.GOOD):
        site.update(11, 2.0, START_NS, int(quality))
        assert sent(centre) == [2.0]


def test_an_integrating_dead_band_sends_a_small_lasting_deviation_by_itself() -> None:
    site = device(DeadbandSettings((POWER,), Deviation.INTEGRATING, 20.0))
    centre = Centre(site)
    site.update(11, 100.0, START_NS)
    assert sent(centre) == [100.0]
    site.update(11, 102.0, START_NS)
    site.wait(9.9)
    assert sent(centre) == []
    site.wait(0.2)  # 2 x 10 s
    assert sent(centre) == [102.0]
    site.wait(100.0)
    assert sent(centre) == []
    for number in range(10):  # what goes to and fro cancels out
        site.update(11, 103.0 if number % 2 else 101.0, START_NS)
        site.wait(1.0)
        assert sent(centre) == []


def test_smoothing_filters_what_flickers_and_arrives_in_the_end() -> None:
    site = device(DeadbandSettings((POWER,), value=1.0, smoothing_s=10.0))
    centre = Centre(site)
    site.update(11, 100.0, START_NS)
    assert sent(centre) == [100.0]
    for number in range(10):
        site.wait(0.1)
        site.update(11, 104.0 if number % 2 else 96.0, START_NS)
        assert sent(centre) == []
    site.update(11, 200.0, START_NS)
    assert sent(centre) == []
    found: list[float] = []
    for _ in range(60):
        site.wait(1.0)
        found += sent(centre)  # type: ignore[arg-type]
    assert found == sorted(found)
    assert 100 < found[0] < 150
    assert found[-1] == pytest.approx(200.0, abs=1.0)


def test_a_group_has_dead_bands_of_its_own_and_pictures_are_never_filtered() -> None:
    site = device(DeadbandSettings((POWER,), value=50.0))
    centre, observer = Centre(site), Centre(site, None)
    for number in (1.0, 2.0):
        site.update(11, number, START_NS)
        assert sent(observer) == [number]
    sent(centre)
    picture = centre.ask(100, Service(0, 20))
    assert [item.value for unit in picture for item in unit.observations() if item.address == 11] == [2.0]


def test_scans_are_spread_over_their_period_and_sent_after_events() -> None:
    site = device(
        periodic=(ScanSettings(("*/MMXU1.*", "*/CSWI*"), 10.0),), background=(ScanSettings(("*",), 60.0),)
    )  # fmt: skip
    centre = Centre(site)
    site.update(3, True, START_NS)
    site.wait(60.0)
    units = [unit for unit in centre.listen() if unit.observations()]
    assert (units[0].type_id, units[0].cause) == (30, 3)
    scanned = [(unit.cause, item.address) for unit in units for item in unit.observations() if unit.cause < 3]
    assert {address for cause, address in scanned if cause == 1} == {11, 12}  # a position is not sent periodically
    assert {address for cause, address in scanned if cause == 2} == {1, 2, 3, 4, 5, 11, 12, 20}
    assert {unit.type_id for unit in units if unit.cause < 3} == {1, 3, 11, 13}
    centre.listen()
    site.wait(2.0)
    assert len(centre.listen()) <= 2


def test_a_scan_never_piles_up() -> None:
    site = device(periodic=(ScanSettings(("*",), 1.0),))
    site.wait(100.0)
    centre = Centre(site)
    assert [unit for unit in centre.listen() if unit.cause == 1] == []
    site.wait(100.0)
    assert len([unit for unit in centre.listen() if unit.cause == 1]) <= 3  # each ASDU of the scan once


def ask(centre: Centre, type_id: int, address: int, value: float, qualifier: int, cause: int = 6) -> Asdu:
    value = value if type_id == P_ME_NC else int(value)
    [unit] = centre.ask(type_id, Parameter(address, value, qualifier), cause=cause)
    assert unit.type_id == type_id
    return unit


def test_parameters_change_the_dead_band_at_run_time_and_survive_a_restart() -> None:
    memory, services = Lasting(), ServiceSettings(parameters=True)
    site = Device(Time(), services=services, memory=memory)
    centre = Centre(site)
    assert (ask(centre, P_ME_NC, 11, 5.0, THRESHOLD).cause, site.notices) == (
        7,
        [f"{centre.link.name}: threshold of ST103/K1/E01/MMXU1.TotW set to 5"],
    )
    assert told(site, centre, [100, 104, 106]) == [100, 106]
    ask(centre, P_ME_NC, 11, 105.0, HIGH)
    assert told(site, centre, [104, 106]) == [104, 106]
    again = Device(Time(), services=services, memory=memory)
    centre = Centre(again)
    assert told(again, centre, [100, 104, 106]) == [100, 106]
    ask(centre, P_ME_NC, 11, 5.0, THRESHOLD | NOT_IN_OPERATION)
    assert told(again, centre, [107]) == [107]


@pytest.mark.parametrize(
    ("type_id", "address", "value", "qualifier", "cause", "answer"),
    [
        (P_ME_NB, 11, 5, THRESHOLD, 6, (7, True)),  # a short floating point has another type of parameter
        (P_ME_NC, 11, 3600.0, 2, 6, (7, False)),
        (P_ME_NC, 11, 1e30, 2, 6, (7, True)),
        (P_ME_NC, 11, -5.0, THRESHOLD, 6, (7, True)),
        (P_ME_NC, 11, 5.0, 5, 6, (7, True)),
        (P_ME_NC, 1, 5.0, THRESHOLD, 6, (7, True)),
        (P_ME_NC, 99, 5.0, THRESHOLD, 6, (47, True)),
        (P_ME_NC, 11, -5.0, LOW, 6, (7, False)),
        (P_ME_NC, 11, 5.0, SMOOTHING, 6, (7, False)),
        (P_AC, 11, 0, 1, 6, (7, True)),
        (P_AC, 12, 0, 3, 6, (7, True)),  # it has no cyclic transmission
        (P_AC, 11, 0, 3, 8, (9, False)),
    ],
)
def test_parameters_are_confirmed_or_refused(
    type_id: int, address: int, value: float, qualifier: int, cause: int, answer: tuple[int, bool]
) -> None:
    site = device(parameters=True, periodic=(ScanSettings((POWER,), 10.0),))
    unit = ask(Centre(site), type_id, address, value, qualifier, cause)
    assert (unit.cause, unit.negative) == answer
    assert len(site.notices) == 1


def test_parameters_are_refused_unless_granted() -> None:
    site = device()
    unit = ask(Centre(site), P_ME_NC, 11, 5.0, THRESHOLD)
    assert (unit.cause, unit.negative) == (7, True)
    assert "[control_centre] parameters" in site.notices[0]


def test_cyclic_transmission_of_one_object_is_stopped_and_started() -> None:
    memory = Lasting()
    services = ServiceSettings(parameters=True, periodic=(ScanSettings(("*/MMXU1*",), 10.0),))
    site = Device(Time(), services=services, memory=memory)
    centre = Centre(site)

    def scanned() -> set[int]:
        site.wait(10.0)
        return {item.address for unit in centre.listen() if unit.cause == 1 for item in unit.observations()}

    assert scanned() == {11, 12}
    ask(centre, P_AC, 11, 0, 3, cause=8)
    assert scanned() == {12}
    site = Device(Time(), services=services, memory=memory)
    centre = Centre(site)
    assert scanned() == {12}
    ask(centre, P_AC, 11, 0, 3)
    assert scanned() == {11, 12}


def test_a_parameter_in_test_changes_nothing() -> None:
    site = device(parameters=True)
    centre = Centre(site)
    octets = bytes([P_ME_NC, 1, 0x86, 7, STATION, 0, 11, 0, 0]) + struct.pack("<f", 50.0) + bytes([THRESHOLD])
    [unit] = centre.send(octets)
    assert (unit.cause, unit.negative, unit.test) == (7, False, True)
    assert told(site, centre, [1, 2]) == [1, 2]
