"""All customers of one process: their physics, their meters, and the links of these to the units."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from models.privacy.contribution import Period
from models.wire.keys import SigningKey
from sim_ied.customers.address import read_private, read_public
from sim_ied.customers.exchange_link import ExchangeLink
from sim_ied.customers.households import Households
from sim_ied.customers.link import Ends, LinkFactory, MeterLink, Side, link
from sim_ied.customers.meter import Meter
from sim_ied.customers.meter_bank import MeterBank
from sim_ied.customers.noise_store import NoiseMaker, NoiseStore
from sim_ied.customers.settings import CustomersSettings, MeterSettings
from sim_ied.customers.sums import SumPart
from sim_ied.customers.world_time import WorldTime

STEP_S = 1.0
PROTOCOLS: Mapping[str, LinkFactory] = {"exchange": ExchangeLink}
"""What meters can speak, by the name in customers.toml."""


class Customers:
    """`run` until cancelled. ConfigError at once for keys that cannot be read and protocols that nobody speaks."""

    def __init__(self, settings: CustomersSettings, maker: NoiseMaker, time: WorldTime | None = None) -> None:
        self.settings, self.time = settings, time or WorldTime()
        self.households = Households([meter.household for meter in settings.meters], settings.seed)
        self.bank = MeterBank(len(settings.meters))
        self.noise = NoiseStore(maker, len(settings.meters))
        self.sums = self._sum_part()
        self.meters: dict[str, Meter] = {}
        self.links: dict[str, tuple[MeterLink, ...]] = {}
        for number, given in enumerate(settings.meters):
            meter = Meter(given.name, number, self.households, self.bank)
            self.meters[given.name] = meter
            self.links[given.name] = self._links(meter, given, read_private(given.key))
        self._start_ns = self._last_ns = self.time.now()
        self._period: Period | None = None

    def _sum_part(self) -> SumPart | None:
        holder = self.settings.holder
        return None if holder is None else SumPart(holder.name, read_public(holder.key), self.noise)

    def _links(self, meter: Meter, given: MeterSettings, key: SigningKey) -> tuple[MeterLink, ...]:
        sides = [(Side.GRID, given.grid), *([(Side.HOME, given.home)] if given.home else [])]
        units = self.settings.units
        return tuple(
            link(
                PROTOCOLS,
                given.protocol,
                Ends(meter, key, units[unit], side, self.settings, self.sums, self.time),
            )
            for side, unit in sides
        )

    def profile_time_ns(self) -> int:
        """UTC of the day's profile, which may pass faster than the clock."""
        return self._start_ns + round((self.time.now() - self._start_ns) * self.settings.speed)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._live())
            group.create_task(self.noise.run())
            for links in self.links.values():
                for each in links:
                    group.create_task(each.run())

    async def _live(self) -> None:
        while True:
            await self.time.sleep(STEP_S)
            self.step()

    def step(self) -> None:
        """Physics and registers up to now; closes the period of the sums that has ended."""
        now_ns = self.time.now()
        seconds = (now_ns - self._last_ns) / 1e9
        if seconds <= 0:
            return
        self._last_ns = now_ns
        flows = self.households.step(self.profile_time_ns(), seconds * self.settings.speed)
        self.bank.count(flows, seconds)
        self._turn(now_ns)

    def _turn(self, now_ns: int) -> None:
        announcement = None if self.sums is None else self.sums.announcement
        if announcement is None:
            return
        period = Period.around(now_ns, announcement.length_ns)
        if self._period is not None and self._period != period and self._period.length_ns == period.length_ns:
            self.bank.turn(period.before())
        self._period = period
