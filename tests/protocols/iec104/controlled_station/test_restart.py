"""A station that is started again: what is news, and what an interrogation hears before the field has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from models.point import Dbpos
from models.quality import STALE
from protocols.iec104.application.asdu import Asdu, Observation, Service
from protocols.iec104.controlled_station.group import EventClass
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.event_store.event_log import EventLog
from tests.protocols.iec104.pair import SPECS, START_NS, STATION, Centre, Device, Time

LATER_NS = START_NS + 1_000_000
MADE_NS = START_NS - 1_000_000
KEPT = (EventClass.STATUS, EventClass.TOTALS)


class Station(Device):
    """A device with its buffers on disk."""

    def __init__(self, logs: list[EventLog]) -> None:
        super().__init__(Time())
        self.outstation = Outstation(
            monitored(SPECS),
            controllable(SPECS),
            clock=self.time.utc_ns,
            groups=[GroupSettings()],
            stores={(MAIN, each): log for each, log in zip(KEPT, logs, strict=True)},
        )

    def first_picture(self) -> None:
        for address, value in ((1, Dbpos.ON), (2, False), (3, False), (4, False), (5, 3)):
            self.update(address, value)


Life = Callable[[Station], None]


def lives(folder: Path, *scenarios: Life) -> None:
    async def main() -> None:
        thread = ThreadPoolExecutor(1)
        for scenario in scenarios:
            logs = [await EventLog.open(folder / each.name, thread, lambda: MADE_NS) for each in KEPT]
            scenario(Station(logs))
            for log in logs:
                await log.close()
        thread.shutdown()

    asyncio.run(main())


def events(units: list[Asdu]) -> list[tuple[int, Observation]]:
    return [(unit.type_id, item) for unit in units if unit.cause == 3 for item in unit.observations()]


def quiet(station: Station) -> None:
    station.first_picture()
    centre = Centre(station)
    centre.confirm()
    assert events(centre.heard) == []


def test_a_picture_that_is_as_before_is_no_event(tmp_path: Path) -> None:
    lives(tmp_path, quiet, quiet, quiet)


def test_a_change_that_only_the_picture_tells_is_an_event_without_time(tmp_path: Path) -> None:
    def changed(station: Station) -> None:
        station.first_picture()
        station.update(4, True)
        centre = Centre(station)
        centre.confirm()
        assert events(centre.heard) == [(1, Observation(4, True, 0, None))]

    def back(station: Station) -> None:
        station.update(4, False)
        station.update(5, 3)
        assert events(Centre(station).heard) == [(1, Observation(4, False, 0, None))]

    lives(tmp_path, quiet, changed, back)


def test_what_the_rtu_kept_is_told_once_with_its_time_also_when_it_repeats_it(tmp_path: Path) -> None:
    def first(station: Station) -> None:
        station.update(3, True, LATER_NS)
        centre = Centre(station)
        centre.confirm()
        assert events(centre.heard) == [(30, Observation(3, True, 0, LATER_NS))]

    def again(station: Station) -> None:
        station.update(3, True, LATER_NS)  # it was not told that this is safe
        station.update(3, True)
        assert events(Centre(station).heard) == []

    def operated(station: Station) -> None:
        station.update(3, True, LATER_NS + 5_000_000)
        assert events(Centre(station).heard) == [(30, Observation(3, True, 0, LATER_NS + 5_000_000))]

    lives(tmp_path, first, again, operated)


def test_what_happened_before_the_buffer_was_made_is_nobodys_event(tmp_path: Path) -> None:
    def first(station: Station) -> None:
        station.update(3, True, MADE_NS - 10**15)  # 61850 sends the time of the last change with every value
        station.update(4, True, LATER_NS)
        centre = Centre(station)
        centre.confirm()
        assert events(centre.heard) == [(30, Observation(4, True, 0, LATER_NS))]

    def second(station: Station) -> None:
        station.update(3, True, MADE_NS - 10**15)
        assert events(Centre(station).heard) == []

    lives(tmp_path, first, second)


def test_after_the_first_picture_no_time_is_too_old(tmp_path: Path) -> None:
    def first(station: Station) -> None:
        station.update(3, False, None, int(STALE))  # the device knows nothing of it yet, and its clock is wrong
        station.update(3, True, MADE_NS - 10**15)
        assert events(Centre(station).heard) == [(30, Observation(3, True, 0, MADE_NS - 10**15))]

    lives(tmp_path, first)


def test_a_doubt_is_news_and_so_is_its_end(tmp_path: Path) -> None:
    def doubtful(station: Station) -> None:
        station.update(3, False, None, int(STALE))
        station.update(3, True, None, int(STALE))
        Centre(station).confirm()

    def certain(station: Station) -> None:
        station.update(3, True)
        assert events(Centre(station).heard) == [(1, Observation(3, True, 0, None))]

    lives(tmp_path, quiet, doubtful, certain)


def test_an_interrogation_before_the_field_answers_gives_known_values_as_invalid_and_the_states_follow(
    tmp_path: Path,
) -> None:
    def restarted(station: Station) -> None:
        centre = Centre(station)
        picture = {
            item.address: item
            for unit in centre.ask(100, Service(0, 20))
            if unit.cause == 20
            for item in unit.observations()
        }
        assert (picture[1].value, picture[5].value) == (Dbpos.ON, 3)
        assert {picture[address].quality for address in (1, 2, 3, 4, 5)} == {int(STALE)}
        station.first_picture()
        told = {item.address: (type_id, item.value, item.quality) for type_id, item in events(centre.listen())}
        assert told == {
            1: (3, Dbpos.ON, 0),
            2: (1, False, 0),
            3: (1, False, 0),
            4: (1, False, 0),
            5: (11, 3, 0),
        }
        assert station.outstation.unacknowledged() == 0  # states, not events

    lives(tmp_path, quiet, restarted)


def test_every_group_is_compared_with_what_it_was_told_itself(tmp_path: Path) -> None:
    async def main() -> None:
        thread = ThreadPoolExecutor(1)

        async def life(names: tuple[str, ...], value: bool) -> dict[str, int]:
            logs = {name: await EventLog.open(tmp_path / name, thread, lambda: MADE_NS) for name in names}
            outstation = Outstation(
                monitored(SPECS),
                clock=lambda: START_NS,
                groups=[GroupSettings(name) for name in names],
                stores={(name, EventClass.STATUS): log for name, log in logs.items()},
            )
            outstation.update([(STATION, 3, value, 0, None)])
            waiting = {name: outstation.unacknowledged(name) for name in names}
            for log in logs.values():
                await log.close()
            return waiting

        assert await life(("north",), False) == {"north": 0}
        assert await life(("north", "south"), True) == {"north": 1, "south": 0}
        assert await life(("north", "south"), False) == {"north": 2, "south": 1}
        thread.shutdown()

    asyncio.run(main())
