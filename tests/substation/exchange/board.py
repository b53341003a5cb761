"""A small provider of variables and a running listener, for tests of the data interface."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.messages import Code
from substation.exchange.access import Identity, Right, Role
from substation.exchange.decision import AccessDecision
from substation.exchange.door import Limits
from substation.exchange.key_files import unit_key
from substation.exchange.listener import Listener
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import Cancel, RefusedError, Route, Selection, Subscriber, WriteResult
from substation.stakeholders.gatekeeper import RegisterGatekeeper
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.settings import SecuritySettings

OPERATOR = SigningKey.from_seed(bytes([1]) * 32)
VIEWER = SigningKey.from_seed(bytes([2]) * 32)
SECURITY = SigningKey.from_seed(bytes([3]) * 32)
STRANGER = SigningKey.from_seed(bytes([9]) * 32)
ADMITTED = ((OPERATOR, "Olga", Role.OPERATOR), (VIEWER, "Vito", Role.VIEWER), (SECURITY, "Sara", Role.SECADM))


class Board:
    """Keeps the present instances in memory and tells subscribers."""

    def __init__(self) -> None:
        self.present: dict[tuple[str, str], Instance] = {}
        self.history: list[Instance] = []
        self.subscribers: list[tuple[Selection, Subscriber]] = []
        self.written: list[tuple[str, str, WireValue, str]] = []
        self.release = asyncio.Event()
        self.reading = asyncio.Event()

    def put(self, instance: Instance, *, lossless: bool = True) -> None:
        self.present[instance.location, instance.variable] = instance
        self.history.append(instance)
        for selection, subscriber in list(self.subscribers):
            if _fits(selection, instance):
                (subscriber.events if lossless else subscriber.latest)([instance])

    async def read(self, selection: Selection) -> list[Instance]:
        if selection.variable == "Slow":
            self.reading.set()
            await self.release.wait()
        if selection.variable == "Broken":
            raise ZeroDivisionError
        if selection.variable == "Odd":
            return [Instance("Odd", "OBR", object(), 1)]  # type: ignore[arg-type]
        ranged = selection.time_range() != (None, None) or selection.function is not None
        source = self.history if ranged else list(self.present.values())
        return [instance for instance in source if _fits(selection, instance)]

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        entry = (selection, subscriber)
        self.subscribers.append(entry)
        if initial:
            subscriber.latest([instance for instance in self.present.values() if _fits(selection, instance)])
        return lambda: self.subscribers.remove(entry)

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if variable.endswith(".SBOw"):
            self.reading.set()
            await self.release.wait()
        if variable == "CSWI9.Pos.Oper":
            raise RefusedError(Code.UNKNOWN_VARIABLE, "there is no such switch")
        self.written.append((variable, location, value, requester.name))
        if variable == "CSWI2.Pos.Oper":
            return WriteResult(Code.REFUSED, "S13: the feeder breaker is closed", 10)
        return WriteResult(Code.OK, instances=(Instance(variable, location, value, 5),))


def _fits(selection: Selection, instance: Instance) -> bool:
    return matches(selection.variable, instance.variable) and matches(selection.location, instance.location)


class Site:
    """A listener that runs, what stands behind it, and what it refused."""

    def __init__(self, data: Path, limits: Limits | None, clock: Callable[[], int]) -> None:
        self.board = Board()
        self.decided: list[AccessDecision] = []
        self.register = StakeholderRegister(data)
        self.key = unit_key(data)
        routes = [
            Route("Order.*", "OBR/orders/*", self.board, write=Right.APPROVE),
            Route("Audit", "OBR", self.board, read=Right.AUDIT),
            Route("Model", "OBR", self.board),
            Route("*", "*", self.board, write=Right.OPERATE),
        ]
        processor = RequestProcessor(routes, clock, self.decided.append, query_timeout_s=0.5)
        gatekeeper = RegisterGatekeeper(self.register, SecuritySettings(), clock)
        self.listener = Listener(
            processor,
            gatekeeper,
            self.key,
            "OBR",
            clock,
            limits=limits,
        )
        self.url = ""

    @property
    def refused(self) -> list[AccessDecision]:
        return [decision for decision in self.decided if not decision.granted]


@asynccontextmanager
async def site(
    data: Path, limits: Limits | None = None, clock: Callable[[], int] = time.time_ns
) -> AsyncIterator[Site]:
    """Olga, Vito and Sara are admitted."""
    built = Site(data, limits, clock)
    with closing(built.register):
        for key, name, role in ADMITTED:
            built.register.enrol(key.public, name, role, clock(), approves=role is Role.OPERATOR)
        task = asyncio.create_task(built.listener.run())
        try:
            host, port = await built.listener.bound()
            built.url = f"ws://{host}:{port}"
            yield built
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.002)


def power(index: int, value: float = 1.0, quality: int = 0) -> Instance:
    return Instance("MMXU1.TotW", f"ST{index}/K1/E01", value, 1000 + index, quality)
