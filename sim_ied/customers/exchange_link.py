"""A meter as a client of the data interface: it writes its values at its own name, and obeys what stands there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from models.errors import ConfigError, LinkError, RemoteProtocolError, RingmainError
from models.privacy.contribution import Contribution, Period
from models.wire.cbor import WireValue
from models.wire.messages import Code
from protocols.exchange.client import Client, RequestError, connect
from sim_ied.customers.address import find
from sim_ied.customers.link import Ends, Side
from sim_ied.customers.meter import Meter, Report
from sim_ied.customers.sums import SumPart

ANSWER_S = 10.0
LOOK_S, AWAY_S = 2.0, 6.0
"""A link that stays away is made anew: the unit may listen elsewhere now."""
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 10.0
SPREAD_S = 10.0
"""Meters tell of a period within so many seconds after its end, not all at once."""
EDGE = 0.05
"""Share of a period at whose start and end no meter reports: so each period has one report of each."""
SETTLE_S = 2.0
"""Until the registers of the period's end are taken."""
AGAIN_S = 5.0
REPEATED = frozenset({Code.NOT_SENT, Code.UNKNOWN, Code.TIMED_OUT, Code.OVERLOADED, Code.FAILED})
"""What a contribution is sent again after: a unit that has it already says so."""
PUBLIC_KEY, CIPHER, TARIFF = "MeterSum.PublicKey", "MeterSum.Cipher", "Tariff"


class ExchangeLink:
    """`run` until cancelled."""

    def __init__(self, ends: Ends) -> None:
        self._ends, self._meter, self._time = ends, ends.meter, ends.time
        self._client: Client | None = None
        self._whole = asyncio.Event()
        self._whole.set()
        self._running: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        return self._client is not None and self._client.connected

    def cut(self, cut: bool) -> None:
        """Nothing passes while it is cut."""
        if not cut:
            self._whole.set()
            return
        self._whole.clear()
        if self._running is not None:
            self._running.cancel()

    async def run(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            await self._whole.wait()
            was_up = await self._live()
            retry_s = FIRST_RETRY_S if was_up else min(2 * retry_s, LAST_RETRY_S)
            await asyncio.sleep(retry_s * random.uniform(0.5, 1.0))

    async def _live(self) -> bool:
        """One client, until it is of no use any more; whether it ever was."""
        self._running = asyncio.create_task(self._connected(), name=f"link of {self._meter.name}")
        try:
            await asyncio.wait([self._running])
        finally:
            self._running.cancel()
            (ended,) = await asyncio.gather(self._running, return_exceptions=True)
            was_up, self._client = self._client is not None, None
        if isinstance(ended, Exception) and not _is_expected(ended):
            raise ended
        return was_up

    async def _connected(self) -> None:
        address = find(self._ends.unit)
        async with connect(
            address.url,
            self._ends.key,
            unit_key=address.key,
            service="meter",
            device=self._meter.name,
            timeout_s=ANSWER_S,
            clock=self._time.instant,
        ) as client:
            self._client = client
            await self._converse(client)

    async def _converse(self, client: Client) -> None:
        """LinkError when the link has been away for too long."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._report(client))
            group.create_task(_watch(client))
            at = self._meter.name if self._ends.side is Side.GRID else client.unit
            for variable, obey in OBEYED[self._ends.side].items():
                group.create_task(self._listen(client, variable, at, partial(obey, self._meter, self._ends.side)))
            if self._ends.side is Side.HOME:
                return
            group.create_task(
                self._listen(client, TARIFF, client.unit, partial(_show_tariff, self._meter, self._ends.side))
            )
            if self._ends.sums is not None:
                group.create_task(self._listen(client, PUBLIC_KEY, client.unit, self._ends.sums.hear))
                group.create_task(self._contribute(client, self._ends.sums))

    # -- what it tells

    async def _report(self, client: Client) -> None:
        settings = self._ends.settings
        period_s = settings.report_s if self._ends.side is Side.GRID else settings.fast_s
        while True:
            await self._time.until(next_report(self._time.now(), period_s, self._meter.phase))
            if self._meter.speaks and client.connected:
                events = self._meter.take_events() if self._ends.side is Side.GRID else []
                await self._write(client, [*self._meter.readings(), *events])

    async def _write(self, client: Client, reports: Sequence[Report]) -> None:
        """All at once: they travel in one frame."""
        counts = self._meter.counts
        writes = (client.write(report.variable, self._meter.name, report.value) for report in reports)
        for report, answer in zip(reports, await asyncio.gather(*writes), strict=True):
            counts.reports += 1
            if answer.code is not Code.OK:
                counts.refused += 1
                counts.last_refusal = f"{report.variable}: {answer.code.value}: {answer.text}"

    async def _contribute(self, client: Client, sums: SumPart) -> None:
        """An encrypted reading after the end of each period."""
        while True:
            announcement = await sums.announced()
            period = Period.around(self._time.now(), announcement.length_ns)
            spread_s = min(SPREAD_S, announcement.period_s / 6)
            await self._time.until(period.end_ns + round((SETTLE_S + self._meter.phase * spread_s) * 1e9))
            part = await sums.contribution(self._meter, period) if self._meter.speaks else None
            if part is not None:
                await self._send(client, part)

    async def _send(self, client: Client, part: Contribution) -> None:
        """Until the unit has said yes or no, or the next period is due."""
        counts = self._meter.counts
        while self._time.now() < part.period.end_ns + part.period.length_ns:
            answer = await client.write(CIPHER, self._meter.name, part.to_wire())
            if answer.code is Code.OK:
                counts.contributions += 1
                return
            counts.last_refusal = f"{CIPHER}: {answer.code.value}: {answer.text}"
            if answer.code not in REPEATED:
                counts.refused += 1
                return
            await self._time.sleep(AGAIN_S)

    # -- what it is told

    async def _listen(self, client: Client, variable: str, location: str, take: Callable[[WireValue], None]) -> None:
        """Take every value of the variable; a unit that has no such variable is left in peace."""
        try:
            async with await client.event(variable, location) as values:
                async for notice in values:
                    for instance in notice.instances:
                        self._told(variable, instance.value, take)
        except RequestError as error:
            self._meter.counts.last_refusal = f"{variable}: {error}"

    def _told(self, variable: str, value: WireValue, take: Callable[[WireValue], None]) -> None:
        try:
            take(value)
        except RemoteProtocolError as error:
            self._meter.counts.last_refusal = f"{variable}: {error}"


async def _watch(client: Client) -> None:
    """The client makes a lost link anew by itself, at the same address; LinkError when that does not help."""
    away_s = 0.0
    while away_s < AWAY_S:
        await asyncio.sleep(LOOK_S)
        away_s = 0.0 if client.connected else away_s + LOOK_S
    raise LinkError(f"the link to {client.unit} stays away")


def _is_expected(error: BaseException) -> bool:
    """A link that failed; everything else is a defect, or a file that is wrong."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_expected, error.exceptions))
    return isinstance(error, RingmainError) and not isinstance(error, ConfigError)


def next_report(now_ns: int, period_s: float, phase: float) -> int:
    """UTC ns: once in every period since 1970, each meter at its own moment of it, and none at a period's edges."""
    period_ns = round(period_s * 1e9)
    offset_ns = round((EDGE + (1 - 2 * EDGE) * phase) * period_ns)
    return (now_ns - offset_ns) // period_ns * period_ns + period_ns + offset_ns


def _limit(meter: Meter, side: Side, value: WireValue) -> None:
    meter.limit(_power_w(value), side.value)


def _limit_injection(meter: Meter, side: Side, value: WireValue) -> None:
    meter.limit_injection(_power_w(value), side.value)


def _show_tariff(meter: Meter, _side: Side, value: WireValue) -> None:
    meter.tariff = value


def _power_w(value: WireValue) -> float | None:
    """None: no limit."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None


LIMITS: Mapping[str, Callable[[Meter, Side, WireValue], None]] = {
    "DemandSetPoint": _limit,
    "InjectionSetPoint": _limit_injection,
}
OBEYED: Mapping[Side, Mapping[str, Callable[[Meter, Side, WireValue], None]]] = {
    Side.GRID: {**LIMITS, TARIFF: _show_tariff},
    Side.HOME: LIMITS,
}
"""What stands at the meter's own name in the unit of the grid, and at the customer's unit itself."""
