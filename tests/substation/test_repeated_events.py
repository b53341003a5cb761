"""What the field sends once more after a crash is one event (IEC 61850-7-2: a buffered report may come again)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.point import Cdc, Dbpos, Handle, Sample, SampleBatch
from substation import repeated_events
from substation.acquisition import Acquisition
from substation.link_board import LinkBoard
from substation.register import PointRegister
from substation.repeated_events import REMEMBERED, RepeatedEvents
from tests.substation.parts import LINKS, POSITION, SPECS, START_NS, TRIP, Core, core, no_records

REGISTER = PointRegister([(Handle(number), spec) for number, spec in enumerate(SPECS, 1)])
SWITCH, OTHER = Handle(1), Handle(2)
LINK = SPECS[0].link


def event(number: int, handle: Handle = SWITCH, ms: int | None = None) -> Sample:
    value = Dbpos.ON if number % 2 else Dbpos.OFF
    return Sample(handle, value, 0, START_NS + 1_000_000 * (number if ms is None else ms), START_NS)


def lost_and_back(repeated: RepeatedEvents, replay: list[Sample]) -> list[Sample]:
    repeated.begin(LINK)
    news = repeated.news(replay)
    return news + repeated.end(LINK)


def test_what_is_sent_again_is_dropped_but_for_the_newest_which_is_the_present() -> None:
    repeated = RepeatedEvents(REGISTER)
    events = [event(number) for number in range(20)]
    assert repeated.news(events) == events
    more = [event(20), event(21)]
    assert lost_and_back(repeated, [*events[7:], *more]) == [events[-1], *more]
    assert repeated.dropped == 12


def test_while_a_link_is_up_nothing_is_a_repetition() -> None:
    """Contacts that chatter within a millisecond."""
    repeated = RepeatedEvents(REGISTER)
    chatter = [event(number, ms=1) for number in range(7)]
    assert repeated.news(chatter) == chatter
    assert repeated.news(chatter[1:]) == chatter[1:]


def test_what_was_dropped_is_the_present_where_nothing_newer_came() -> None:
    """Chatter that goes on over the break: an event that looks like an earlier one, and is the last."""
    repeated = RepeatedEvents(REGISTER)
    repeated.news([event(number, ms=1) for number in range(3)])
    new = event(1, ms=1)
    assert lost_and_back(repeated, [new]) == [new]


def test_the_present_of_a_quiet_point_is_known_however_much_others_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrogation that stands in the buffer tells it once more, before the event that ended it."""
    monkeypatch.setattr(repeated_events, "REMEMBERED", 10)
    repeated = RepeatedEvents(REGISTER)
    quiet = event(1)
    repeated.news([quiet, *(event(number, OTHER) for number in range(2, 30))])
    moved = event(30)
    repeated.news([moved])
    assert lost_and_back(repeated, [quiet, moved]) == [moved]


def test_another_quality_or_no_time_is_news() -> None:
    repeated = RepeatedEvents(REGISTER)
    repeated.news([event(0), event(1), event(2)])
    others = [event(0)._replace(quality=64), event(0)._replace(source_time_ns=None)]
    assert lost_and_back(repeated, others) == others


@given(st.lists(st.tuples(st.sampled_from([SWITCH, OTHER]), st.integers(0, 3)), max_size=30), st.data())
def test_every_event_is_taken_once_whatever_is_repeated(steps: list[tuple[Handle, int]], data: st.DataObject) -> None:
    """Any stream of two points, cut anywhere, resumed from anywhere before the cut."""
    stream, ms, last = [], 0, dict[Handle, int]()
    for handle, pause in steps:
        ms += pause
        number = last[handle] = last.get(handle, 0) + 1
        stream.append(event(number, handle, ms))
    cut = data.draw(st.integers(0, len(stream)))
    resumed = data.draw(st.integers(0, cut))
    repeated = RepeatedEvents(REGISTER)
    taken = repeated.news(stream[:cut])
    assert taken == stream[:cut]
    news = lost_and_back(repeated, stream[resumed:])
    shown = {sample.handle: sample for sample in [*taken, *news]}
    assert shown == {sample.handle: sample for sample in stream}  # the image ends as the field does
    times = [sample.source_time_ns for sample in stream]
    if len(set(times)) == len(times):
        fresh = [sample for sample in news if sample not in stream[:cut]]
        assert fresh == stream[cut:]  # nothing new is ever taken for old
        old = [sample for sample in news if sample in stream[:cut]]
        assert len(old) == len({sample.handle for sample in old})  # at most the newest of each point


def test_memory_is_bounded_and_an_event_costs_little() -> None:
    repeated = RepeatedEvents(REGISTER)
    events = [event(number) for number in range(50_000)]
    began_s = time.process_time()
    for start in range(0, len(events), 50):
        repeated.news(events[start : start + 50])
    assert time.process_time() - began_s < 1.0  # 1 us each, measured; the bound is for slow machines
    assert len(repeated._order) == sum(map(len, repeated._taken.values())) == REMEMBERED  # noqa: SLF001


def acquisition(made: Core) -> Acquisition:
    return Acquisition(
        made.image, made.history, made.events, LinkBoard(LINKS, made.clock, lambda _: None), made.clock, no_records
    )


def batch(*samples: Sample) -> SampleBatch:
    whole = SampleBatch()
    for sample in samples:
        whole.append(sample)
    return whole


def test_a_unit_that_was_killed_knows_what_it_has_stored(tmp_path: Path) -> None:
    """Two lives on one history: what the second is sent again makes neither a second row nor a second line."""

    async def main() -> None:
        async with core(tmp_path) as made:
            first = acquisition(made)
            moves = [
                made.sample(POSITION, Dbpos.ON if number % 2 else Dbpos.OFF, source_ns=START_NS + number * 1_000_000)
                for number in range(6)
            ]
            trip = made.sample(TRIP, True, source_ns=START_NS + 1)
            await first.events(batch(trip, *moves))
            lines = len(made.told)
        async with core(tmp_path) as made:
            second = acquisition(made)
            await second.events(batch(trip, *moves))
            second.link(LINKS[0].name, True, "")
            await made.history.flush()
            handle = made.handle(POSITION)
            rows = made.history.series(handle, Cdc.DPC, 0, 2**62)
            assert [row.source_time_ns for row in rows[:-1]] == [move.source_time_ns for move in moves]
            assert made.image.get(handle) == moves[-1]
            assert not [text for text in made.texts() if text in ("open", "closed")]
            assert lines > 0

    asyncio.run(main())


def test_a_repeated_event_is_acknowledged_only_after_the_first_is_stored(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            taken = acquisition(made)
            moves = [made.sample(POSITION, value, source_ns=START_NS + value) for value in (Dbpos.OFF, Dbpos.ON)]
            stored = taken.events(batch(*moves))
            taken.link(LINKS[0].name, False, "reset")
            again = taken.events(batch(moves[0]))
            await again
            assert stored.done()

    asyncio.run(main())
