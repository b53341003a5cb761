"""Sums from the meters to the key holder: what comes out, who is refused, and what a restart keeps."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.errors import RemoteProtocolError
from models.privacy.announcement import Announcement
from models.privacy.cipher import add
from models.privacy.contribution import Contribution
from models.wire.keys import SigningKey
from protocols.arithmetic.pool import Arithmetic
from substation.privacy.meter_sums import CIPHER, PUBLIC_KEY, TOTAL
from substation.privacy.settings import SumRole, SumSettings
from tests.models.privacy.sample import MINUTE, PERIOD, reading, sum_key
from tests.substation.parts import Clock
from tests.substation.privacy.world import AFTER_NS, ANNOUNCED, HOLDER, METERS, Place, place, settings

KEY_HOLDER = SumSettings(SumRole.KEY_HOLDER, (), ("MV1",), at_least=5, wait_s=30.0, period_s=60)


async def contribute(unit: Place, *meters: str, energy_wh: int = 100) -> None:
    for meter in meters:
        await unit.sums.take(meter, reading(energy_wh, meter).to_wire())


def test_from_meters_over_two_levels_to_the_total(tmp_path: Path) -> None:
    async def scene() -> None:
        clock = Clock(AFTER_NS)
        others = tuple(f"SM{number}" for number in range(11, 16))
        async with (
            Arithmetic() as arithmetic,
            place(tmp_path, "LV1", settings(), arithmetic, clock) as left,
            place(tmp_path, "LV2", settings(others), arithmetic, clock) as right,
            place(tmp_path, "MV1", settings((), ("LV1", "LV2")), arithmetic, clock) as middle,
            place(tmp_path, "TL1", KEY_HOLDER, arithmetic, clock) as top,
        ):
            (announced,) = top.spread
            for unit in (middle, left, right):
                await unit.sums.hear(announced, HOLDER.public)
            assert middle.spread == [announced]
            assert await left.shown(PUBLIC_KEY) == announced.to_wire()
            await contribute(left, *METERS)
            await contribute(right, *others, energy_wh=-30)
            for unit in (left, right):
                await unit.sums.step()
                await middle.sums.take(unit.name, unit.sent[0].to_wire())
            await middle.sums.step()
            await top.sums.take("MV1", middle.sent[0].to_wire())
            await top.sums.step()
            assert await top.shown(TOTAL) == {
                "start": PERIOD.start_ns,
                "length": MINUTE,
                "energy_wh": 6 * 100 - 5 * 30,
                "count": 11,
                "participants": sorted(METERS + others),
            }
            assert await left.shown(CIPHER) == left.sent[0].to_wire()
            assert left.sent[0].participants == METERS

    asyncio.run(scene())


Work = Callable[[Place], Awaitable[None]]


def with_a_unit(tmp_path: Path, work: Work, given: SumSettings | None = None) -> None:
    """Do `work` with LV1 (or MV1), which has heard of the key."""

    async def scene() -> None:
        async with (
            Arithmetic() as arithmetic,
            place(tmp_path, "LV1", given or settings(), arithmetic, Clock(AFTER_NS)) as unit,
        ):
            await unit.sums.hear(ANNOUNCED, HOLDER.public)
            await work(unit)

    asyncio.run(scene())


def test_missing_meters_are_waited_for_and_then_named(tmp_path: Path) -> None:
    async def work(unit: Place) -> None:
        await contribute(unit, *METERS[:5])
        await unit.sums.step()
        assert unit.sent == []
        unit.clock.now_ns += 20 * 10**9
        await unit.sums.step()
        assert unit.sent[0].participants == METERS[:5]
        assert unit.told[-1].endswith("1 contributions are missing (SM6)")
        with pytest.raises(RemoteProtocolError, match="made already"):
            await contribute(unit, "SM6")

    with_a_unit(tmp_path, work)


def test_a_sum_of_too_few_never_leaves(tmp_path: Path) -> None:
    async def work(unit: Place) -> None:
        await contribute(unit, *METERS[:4])
        unit.clock.now_ns += 20 * 10**9
        await unit.sums.step()
        assert (unit.sent, await unit.shown(CIPHER)) == ([], None)
        assert unit.told[-1].endswith("4 participants, fewer than 5: no sum leaves this unit")

    with_a_unit(tmp_path, work)


FIVE = ("A", "B", "C", "D", "E")
SUM_OF_FIVE = Contribution(
    PERIOD, sum_key().public.fingerprint, FIVE, add(sum_key().public, [reading(1, name).cipher for name in FIVE])
)
REFUSED = {
    "does not contribute": ("SM99", reading(1, "SM99")),
    "is a meter: it contributes its own reading": ("SM1", reading(1, "SM2")),
    "at least 5 must be in it": ("LV9", reading(1, "SM2")),
    "under key": ("SM1", reading(1, "SM1", 1)),
    "something else": ("SM3", reading(2, "SM3")),
    "in already, from SM3": ("LV9", dataclasses.replace(SUM_OF_FIVE, participants=(*FIVE[:4], "SM3"))),
    "not in the group": ("SM1", dataclasses.replace(reading(1, "SM1"), cipher=bytes(768))),
    "a period has 60 s": ("SM1", dataclasses.replace(reading(1, "SM1"), period=type(PERIOD)(0, 2 * MINUTE))),
    "not ended yet": (
        "SM1",
        dataclasses.replace(reading(1, "SM1"), period=dataclasses.replace(PERIOD, start_ns=PERIOD.end_ns)),
    ),
    "too long ago": ("SM1", dataclasses.replace(reading(1, "SM1"), period=type(PERIOD)(0, MINUTE))),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_refused_changes_nothing(tmp_path: Path, reason: str) -> None:
    sender, part = REFUSED[reason]

    async def work(unit: Place) -> None:
        await contribute(unit, "SM3")
        with pytest.raises(RemoteProtocolError, match=reason):
            await unit.sums.take(sender, part.to_wire())
        await contribute(unit, "SM1", "SM2", "SM4", "SM5")
        unit.clock.now_ns += 20 * 10**9
        await unit.sums.step()
        assert unit.sent[0].participants == METERS[:5]

    with_a_unit(tmp_path, work, settings(METERS, ("LV9",)))


def test_without_a_key_nothing_is_taken_and_a_forged_one_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Arithmetic() as arithmetic, place(tmp_path, "LV1", settings(), arithmetic, Clock()) as unit:
            with pytest.raises(RemoteProtocolError, match="no key of sums"):
                await contribute(unit, "SM1")
            forged = Announcement.sign("TL1", sum_key(1).public, 60, 9, SigningKey.generate())
            with pytest.raises(RemoteProtocolError, match="not signed by TL1"):
                await unit.sums.hear(forged, HOLDER.public)
            assert unit.sums.collector.announcement is None

    asyncio.run(scene())


def test_an_older_announcement_does_not_bring_back_an_old_key(tmp_path: Path) -> None:
    async def work(unit: Place) -> None:
        newer = Announcement.sign("TL1", sum_key(1).public, 60, 5, HOLDER)
        await contribute(unit, "SM1")
        await unit.sums.hear(newer, HOLDER.public)
        await unit.sums.hear(ANNOUNCED, HOLDER.public)
        assert unit.sums.collector.announcement == newer
        assert unit.sums.collector.due() == []  # what was under the old key has gone

    with_a_unit(tmp_path, work)


def test_a_restart_keeps_contributions_and_what_is_over(tmp_path: Path) -> None:
    async def scene() -> None:
        clock = Clock(AFTER_NS)
        async with Arithmetic() as arithmetic:
            async with place(tmp_path, "LV1", settings(), arithmetic, clock) as unit:
                await unit.sums.hear(ANNOUNCED, HOLDER.public)
                await contribute(unit, *METERS[:3])
            async with place(tmp_path, "LV1", settings(), arithmetic, clock) as unit:
                assert await unit.shown(PUBLIC_KEY) == ANNOUNCED.to_wire()
                await contribute(unit, *METERS[2:])  # SM3 did not get its answer, and comes again
                unit.cut = True
                await unit.sums.step()
                assert unit.told[-1] == "sums of meter readings wait: no link"
                unit.cut = False
                await unit.sums.step()
                assert unit.sent[0].participants == METERS
            async with place(tmp_path, "LV1", settings(), arithmetic, clock) as unit:
                with pytest.raises(RemoteProtocolError, match="made already"):
                    await contribute(unit, "SM1")

    asyncio.run(scene())


def test_the_key_holder_decrypts_once_a_minute_and_never_a_period_twice(tmp_path: Path) -> None:
    following = dataclasses.replace(PERIOD, start_ns=PERIOD.end_ns)
    later = dataclasses.replace(SUM_OF_FIVE, period=following)

    async def scene() -> None:
        clock = Clock(following.end_ns + 10**9)
        async with Arithmetic() as arithmetic:
            async with place(tmp_path, "TL1", KEY_HOLDER, arithmetic, clock) as top:
                for part in (SUM_OF_FIVE, later):  # after an outage, both at once
                    await top.sums.take("MV1", part.to_wire())
                await top.sums.step()
                shown = await top.shown(TOTAL)
                assert isinstance(shown, dict)
                assert (shown["start"], shown["energy_wh"], shown["count"]) == (PERIOD.start_ns, 5, 5)
                await top.sums.step()
                assert await top.shown(TOTAL) == shown
                clock.now_ns += MINUTE
                await top.sums.step()
                assert (await top.shown(TOTAL)) == {**shown, "start": following.start_ns}
            async with place(tmp_path, "TL1", KEY_HOLDER, arithmetic, clock) as top:
                assert (await top.shown(TOTAL)) == {**shown, "start": following.start_ns}
                with pytest.raises(RemoteProtocolError, match="made already"):
                    await top.sums.take("MV1", SUM_OF_FIVE.to_wire())

    asyncio.run(scene())


def test_a_sum_that_is_none_is_told_and_over(tmp_path: Path) -> None:
    # Five readings together cannot be 6 GWh: one meter has not kept to the rules.
    giant = add(sum_key().public, [reading(10**9, "A").cipher] * 6)

    async def scene() -> None:
        async with Arithmetic() as arithmetic, place(tmp_path, "TL1", KEY_HOLDER, arithmetic, Clock(AFTER_NS)) as top:
            await top.sums.take("MV1", dataclasses.replace(SUM_OF_FIVE, cipher=giant).to_wire())
            await top.sums.step()
            assert "there is no sum" in top.told[-1]
            assert await top.shown(TOTAL) is None
            assert top.sums.collector.due() == []

    asyncio.run(scene())
