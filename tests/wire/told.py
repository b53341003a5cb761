"""What a unit tells over its data interface, as it comes: what an operator's window would show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from protocols.exchange.client import Client

Found = TypeVar("Found")
LOOK_AGAIN_S = 0.5


class Told:
    """`follow` until cancelled. Newest value of each thing; events by their sequence number, none forgotten."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.cases: list[dict[str, Any]] = []
        self.tags: list[dict[str, Any]] = []
        self.links: dict[str, dict[str, Any]] = {}
        self.status: dict[str, Any] = {}
        self.lines: dict[int, dict[str, Any]] = {}
        self.problem = ""
        self._changed = asyncio.Event()

    async def follow(self, unit: Client, name: str) -> None:
        takers: dict[str, Callable[[Any], None]] = {
            "Orders": lambda order: self.orders.update({order["id"]: order}),
            "Cases": lambda value: setattr(self, "cases", value["cases"]),
            "Tags": lambda value: setattr(self, "tags", value["tags"]),
            "Links": lambda link: self.links.update({link["name"]: link}),
            "Status": lambda value: setattr(self, "status", value),
            "Events": self._take_line,
        }
        async with asyncio.TaskGroup() as group:
            for variable, take in takers.items():
                group.create_task(self._take(unit, name, variable, take))

    async def _take(self, unit: Client, name: str, variable: str, take: Callable[[Any], None]) -> None:
        async with await unit.event(variable, name) as notices:
            async for notice in notices:
                if notice.missed:
                    self.problem = f"{notice.missed} instances of {variable} were lost on the way to the reader"
                for instance in notice.instances:
                    take(instance.value)
                self._changed.set()

    def _take_line(self, line: dict[str, Any]) -> None:
        known = self.lines.setdefault(line["sequence"], line)
        if known != line:
            self.problem = f"two lines of the event list have one number: {known} and {line}"

    @property
    def newest_line(self) -> int:
        """The sequence number of the newest line of the event list."""
        return max(self.lines, default=0)

    def texts(self, since: int = 0) -> list[str]:
        """The event list from a sequence number on, as lines of `location: text`."""
        return [f"{line['location']}: {line['text']}" for number, line in sorted(self.lines.items()) if number > since]

    async def until(self, what: str, found: Callable[[], Found], within_s: float = 30.0) -> Found:
        """Wait until `found()` gives something that is true; AssertionError after within_s."""
        deadline_s = time.monotonic() + within_s
        while not (result := found()):
            assert not self.problem, self.problem
            left_s = deadline_s - time.monotonic()
            assert left_s > 0, f"{what} did not come within {within_s:g} s; {self._newest()}"
            self._changed.clear()
            try:
                async with asyncio.timeout(min(left_s, LOOK_AGAIN_S)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        assert not self.problem, self.problem
        return result

    def _newest(self) -> str:
        cases = [(case["feeder"], case["state"], case["reason"]) for case in self.cases]
        orders = [(order["id"], order["state"], order["reason"]) for order in self.orders.values()]
        return f"cases {cases}; orders {orders}; newest lines {self.texts()[-12:]}"
