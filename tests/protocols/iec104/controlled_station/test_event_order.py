"""A control centre reads one sequence of events; frozen totals, which come in bulk, stand beside it."""

from __future__ import annotations

from models.point import Cdc, Dbpos
from protocols.iec104.application.asdu import Asdu, ProtectionEvent
from protocols.iec104.controlled_station.service_settings import CounterSettings, ServiceSettings
from tests.protocols.iec104.pair import START_NS, Centre, Device, Time, spec

KINDS = {
    1: (Cdc.SPS, 30, True),
    2: (Cdc.INS, 32, 7),
    3: (Cdc.DPS, 31, Dbpos.ON),
    4: (Cdc.INS, 33, 5),
    5: (Cdc.INS, 35, -3),
    6: (Cdc.ACT, 38, ProtectionEvent(Dbpos.ON, 40)),
    7: (Cdc.INS, 34, 0.5),
}
STATUS = [spec(number, f"LLN0.P{number}", cdc, type_id)[1] for number, (cdc, type_id, _) in KINDS.items()]
TOTALS = [spec(number, f"MMTR1.T{number}", Cdc.BCR, 37)[1] for number in range(40, 90)]
FREEZING = ServiceSettings(counters=CounterSettings(freeze_period_s=60.0, spontaneous=True))


def told(units: list[Asdu]) -> list[int]:
    return [item.address for unit in units if unit.cause == 3 for item in unit.observations()]


def site(**settings: object) -> Device:
    return Device(Time(), specs=[*STATUS, *TOTALS], services=FREEZING, **settings)


def happen(device: Device, numbers: list[int], from_ms: int = 0) -> None:
    for at_ms, number in enumerate(numbers, from_ms):
        device.update(number, KINDS[number][2], START_NS + at_ms * 1_000_000)  # type: ignore[arg-type]


def test_events_of_every_type_leave_in_the_order_in_which_they_came() -> None:
    device, came = site(), [5, 1, 7, 2, 6, 3, 4, 1, 5, 2, 3, 7, 6]
    happen(device, came)
    centre = Centre(device)
    assert told(centre.heard) == came
    happen(device, came[::-1], 100)
    assert told(centre.listen()) == came[::-1]


def test_what_was_not_acknowledged_comes_again_in_the_same_order() -> None:
    device = site()
    silent = Centre(device)
    silent.acknowledges = False
    happen(device, [5, 1, 2, 3])
    silent.listen()
    silent.break_off()
    happen(device, [4, 1], 100)
    assert told(Centre(device).heard) == [5, 1, 2, 3, 4, 1]


def test_a_status_is_sent_before_totals_that_were_frozen_before_it() -> None:
    device = site()
    device.wait(61.0)
    happen(device, [5, 1])
    heard = told(Centre(device).heard)
    assert heard[:2] == [5, 1]
    assert heard[2:] == [each.monitor.object_address for each in TOTALS if each.monitor]


def test_a_flood_of_totals_displaces_no_status() -> None:
    device = site(events=60)
    happen(device, [5, 1, 2])
    device.wait(601.0)
    heard = told(Centre(device).heard)
    assert heard[:3] == [5, 1, 2]
    assert len(heard) == 63
    assert device.outstation.lost() == 10 * len(TOTALS) - 60
