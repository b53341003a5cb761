"""Trends: the same answer from samples and from roll-ups, compared with plain arithmetic on all samples."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from models.bucket import Bucket
from models.point import Cdc, Handle, PointName, PointSpec, Sample
from models.quality import Quality
from substation.history import housekeeping
from substation.history.document import Document
from substation.history.settings import KeepDays
from substation.history.store import History
from substation.history.trend import Horizon, spans
from tests.substation.history.disk import line
from tests.substation.history.places import Place, Schema
from tests.substation.history.postgres import Server

S, DAY = 10**9, 86_400 * 10**9
NOW = 1_700_000_000 * S // (900 * S) * 900 * S
INVALID, OLD = int(Quality.INVALID), int(Quality.OLD_DATA)
POWER = PointSpec(PointName("ST1/T1", "MMXU1.TotW"), Cdc.MV, "ST1")
SWITCH = PointSpec(PointName("ST1/T1/Q0", "CSWI1.Pos"), Cdc.DPC, "ST1")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "REST", 0.0)


def expected(samples: Sequence[Sample], start_ns: int, end_ns: int, count: int) -> list[Bucket]:
    """What a trend says, calculated one by one."""
    width_ns = -(-(end_ns - start_ns) // count)
    found = []
    for number in range(count):
        inside = [
            each
            for each in samples
            if start_ns + number * width_ns
            <= (each.source_time_ns or 0)
            < min(start_ns + (number + 1) * width_ns, end_ns)
        ]
        valid = [each for each in sorted(inside, key=lambda e: e.source_time_ns or 0) if each.quality & 3 != INVALID]
        numbers = [float(each.value) for each in valid]
        details = 0
        for each in inside:
            details |= each.quality & ~3
        worst = details | (INVALID if len(valid) < len(inside) else 0)
        if inside:
            found.append(
                Bucket(
                    start_ns + number * width_ns, len(inside), min(numbers, default=None), max(numbers, default=None),
                    valid[0].source_time_ns if valid else None, numbers[0] if valid else None,
                    valid[-1].source_time_ns if valid else None, numbers[-1] if valid else None, worst,
                )
            )  # fmt: skip
    return found


def random_samples(handle: Handle, start_ns: int, count: int, step_ns: int, seed: int) -> list[Sample]:
    draw = random.Random(seed)
    quality = [0] * 20 + [INVALID, OLD, OLD | INVALID]
    return [
        Sample(handle, draw.uniform(-1e4, 1e4), draw.choice(quality), start_ns + number * step_ns, start_ns)
        for number in range(count)
    ]


def test_a_trend_of_samples_says_what_is_in_them(place: Place) -> None:
    async def main() -> None:
        history = History(place.engine())
        ((power, _),) = history.handles([POWER])
        start_ns = NOW - 7 * 900 * S
        samples = random_samples(power, start_ns, 800, 7 * S, seed=1)
        history.append_later(samples)
        await history.flush()
        for count in (1, 7, 100, 1000):
            assert history.trend(power, start_ns, NOW, count) == expected(samples, start_ns, NOW, count)
        assert history.trend(power, NOW, NOW + S, 5) == []
        with pytest.raises(ValueError, match="1 to 10000 parts"):
            history.trend(power, start_ns, NOW, 0)
        history.close()

    asyncio.run(main())


def test_roll_ups_stand_for_samples_when_those_are_gone(place: Place) -> None:
    """With late values before and after they are made; a switch's samples stay, and so do the newest of everything."""
    start_ns = NOW - 3 * 3600 * S
    now_ns = [NOW + 1200 * S]

    async def main() -> None:
        history = History(place.engine(), clock=lambda: now_ns[0], keep=KeepDays(measurands=1))
        (power, _), (switch, _) = history.handles([POWER, SWITCH])
        samples = random_samples(power, start_ns, 1000, 9 * S, seed=2)
        history.append_later(samples[:900])
        positions = [Sample(switch, 2, 0, start_ns + number, start_ns) for number in range(5)]
        await history.append(positions)
        await history.flush()
        await history.housekeeping.round()
        history.append_later(samples[900:])  # a device that was away
        await history.flush()
        assert history.trend(power, start_ns, NOW, 12) == expected(samples, start_ns, NOW, 12)
        assert history.trend(power, start_ns, NOW, 36) == expected(samples, start_ns, NOW, 36)
        now_ns[0] += 2 * DAY
        history.housekeeping._seen = None  # noqa: SLF001 - the clock has not jumped, two days have passed
        await history.housekeeping.round()
        assert history.series(power, Cdc.MV, 0, 2**62) == []
        assert len(history.series(switch, Cdc.DPC, 0, 2**62)) == 5
        assert history.newest([(power, Cdc.MV)])[power] == samples[-1]
        assert history.trend(power, start_ns, NOW, 12) == expected(samples, start_ns, NOW, 12)
        whole = history.trend(power, start_ns, NOW, 1)
        assert whole == expected(samples, start_ns, NOW, 1)
        history.close()

    asyncio.run(main())


def test_a_restart_goes_on_where_roll_ups_ended(place: Place) -> None:
    now_ns = [NOW + 1200 * S]

    async def main() -> None:
        start_ns = NOW - 900 * S
        history = History(place.engine(), clock=lambda: now_ns[0])
        ((power, _),) = history.handles([POWER])
        samples = random_samples(power, start_ns, 1500, S, seed=3)
        history.append_later(samples[:800])
        await history.flush()
        await history.housekeeping.round()
        history.close()
        now_ns[0] += 1800 * S
        history = History(place.engine(), clock=lambda: now_ns[0])
        history.append_later(samples[800:])  # the first hundred are late for the window before
        await history.flush()
        await history.housekeeping.round()
        end_ns = NOW + 900 * S
        assert history.housekeeping.horizon.rolled_ns >= end_ns
        assert history.trend(power, start_ns, end_ns, 2) == expected(samples, start_ns, end_ns, 2)
        history.close()

    asyncio.run(main())


def test_every_kind_is_kept_as_long_as_it_should(place: Place) -> None:
    now_ns = [NOW]
    keep = KeepDays(measurands=2, events=40, documents=20, lines=30, minutes=10, quarters=0)
    price = PointName("CMU1", "Price")

    async def main() -> None:
        history = History(place.engine(), clock=lambda: now_ns[0], keep=keep)
        (power, _), (switch, _) = history.handles([POWER, SWITCH])
        (tariff,) = history.series_handles([price])
        for days in (90, 85, 15, 5, 1):
            then_ns = NOW - days * DAY
            history.append_later([Sample(power, float(days), 0, then_ns, then_ns)])
            history.record(line(str(days), then_ns))
            await history.append([Sample(switch, 2, 0, then_ns, then_ns)])
            await history.append_documents([Document(tariff, bytes([days]), 0, then_ns, then_ns)])
        await history.append([Sample(switch, 1, 0, 5, NOW)])  # a clock that starts in 1970, just now
        await history.flush()
        await history.housekeeping.round()
        assert [each.value for each in history.series(power, Cdc.MV, 0, 2**62)] == [1.0]
        kept = [each.source_time_ns for each in history.series(switch, Cdc.DPC, 0, 2**62)]
        assert kept == [5, *(NOW - days * DAY for days in (15, 5, 1))]
        assert [each.value[0] for each in history.documents(tariff, 0, 2**62)] == [15, 5, 1]
        assert [event.text for _, event in history.lines()] == ["15", "5", "1"]
        assert [each.count for each in history.trend(power, NOW - 60 * DAY, NOW, 60)] == [1, 1, 1]
        now_ns[0] = NOW + 100 * DAY
        history.housekeeping._seen = None  # noqa: SLF001 - time has passed
        await history.housekeeping.round()
        assert history.documents(tariff, 0, 2**62) == []
        assert history.newest_documents([tariff])[tariff].value == b"\x01"
        history.close()

    asyncio.run(main())


def test_nothing_is_cleared_when_the_clock_jumps(place: Place) -> None:
    now_ns = [NOW]

    async def main() -> None:
        heard: list[str] = []
        history = History(place.engine(), clock=lambda: now_ns[0], keep=KeepDays(measurands=1))
        history.housekeeping.on_trouble = heard.append
        ((power, _),) = history.handles([POWER])
        history.append_later([Sample(power, 1.0, 0, NOW - 3600 * S, NOW)])
        await history.flush()
        await history.housekeeping.round()
        now_ns[0] += 400 * DAY
        await history.housekeeping.round()
        assert len(heard) == 1
        assert heard[0].startswith("the clock has jumped")
        assert len(history.series(power, Cdc.MV, 0, 2**62)) == 1
        history.close()

    asyncio.run(main())


def test_partitions_are_made_ahead_and_take_over_what_came_early(server: Server) -> None:
    place, now_ns = Schema(server.url), [NOW]

    async def main() -> None:
        history = History(place.engine(), clock=lambda: now_ns[0])
        ((power, _),) = history.handles([POWER])
        ahead_ns = NOW + 9 * DAY
        history.append_later([Sample(power, 1.0, 0, ahead_ns, NOW)])
        await history.flush()
        assert place.execute("SELECT count(*) FROM sample_measurand_default") == [(1,)]
        now_ns[0] = ahead_ns
        await history.housekeeping.round()
        assert place.execute("SELECT count(*) FROM sample_measurand_default") == [(0,)]
        assert place.execute(f"SELECT count(*) FROM sample_measurand_{ahead_ns // DAY}") == [(1,)]
        assert len(history.series(power, Cdc.MV, 0, 2**62)) == 1
        history.close()

    asyncio.run(main())


def test_the_parts_of_a_trend_leave_no_gap() -> None:
    quarter = 900 * S
    horizon = Horizon(rolled_ns=1000 * quarter, samples_ns=500 * quarter, minutes_ns=100 * quarter)
    for width_ns in (S, 300 * S, 5000 * S):
        for start_ns, end_ns in ((0, 2000 * quarter), (600 * quarter, 1200 * quarter), (7, 50 * quarter)):
            found = list(spans(start_ns, end_ns, width_ns, horizon))
            assert found[0].start_ns == start_ns
            assert found[-1].end_ns == end_ns
            assert all(one.end_ns == other.start_ns for one, other in zip(found, found[1:], strict=False))
    assert [each.width_s for each in spans(0, 2000 * quarter, S, horizon)] == [900, 60, 0]
    assert [each.width_s for each in spans(0, 2000 * quarter, 5000 * S, horizon)] == [900, 0]
