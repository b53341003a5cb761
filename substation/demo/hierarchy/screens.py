"""What customers see at home: each is logged in at the own unit, and is told of what comes from above."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType

from models.wire.cbor import WireValue
from protocols.exchange.client import Client
from protocols.exchange.subscription import Subscription
from substation.demo.hierarchy.asking import Asking
from substation.demo.hierarchy.plan import CustomerPlan

PRICE, SET_POINT, VOLTAGE_REGULATION = "Price", "DemandSetPoint", "VoltageRegulationOn"
WATCHED = (PRICE, SET_POINT, VOLTAGE_REGULATION)
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """at_ns: UTC, when it arrived on the screen."""

    value: WireValue
    at_ns: int


class Screens:
    """`async with Screens(asking, customers)`; `seen` by unit."""

    def __init__(self, asking: Asking, customers: Iterable[CustomerPlan]) -> None:
        self._asking, self._customers = asking, tuple(customers)
        self._seen: dict[str, dict[str, Seen]] = {variable: {} for variable in WATCHED}
        self._changed = asyncio.Event()
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Screens:
        free = asyncio.Semaphore(AT_ONCE)

        async def opened(customer: CustomerPlan) -> None:
            async with free:
                await self._open(customer)

        async with asyncio.TaskGroup() as group:
            for customer in self._customers:
                group.create_task(opened(customer))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def client(self, customer: CustomerPlan) -> Client:
        """The customer at the own unit."""
        return await self._asking.at(customer.unit, customer.owner)

    def seen(self, variable: str) -> dict[str, Seen]:
        """What stands on each screen, by unit; those that show nothing yet are left out."""
        return dict(self._seen[variable])

    def showing(self, variable: str, value: WireValue) -> dict[str, int]:
        """When (UTC ns) it arrived at each unit whose screen shows this value."""
        return {unit: seen.at_ns for unit, seen in self._seen[variable].items() if seen.value == value}

    async def until(self, enough: Callable[[], bool], within_s: float) -> bool:
        """Whether it came true in time; asked again whenever a screen changes."""
        try:
            async with asyncio.timeout(within_s):
                while not enough():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return enough()
        return True

    async def _open(self, customer: CustomerPlan) -> None:
        client = await self.client(customer)
        for variable in WATCHED:
            subscription = await client.event(variable, customer.unit)
            self._readers.append(asyncio.create_task(self._read(customer.unit, variable, subscription)))

    async def _read(self, unit: str, variable: str, subscription: Subscription) -> None:
        async for notice in subscription:
            self._seen[variable][unit] = Seen(notice.instances[-1].value, time.time_ns())
            self._changed.set()
