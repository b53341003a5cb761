"""Follows a unit over its data interface: orders, cases and events as they come."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from models.errors import RingmainError
from protocols.exchange.client import Client
from substation.demo.children import Children
from substation.demo.narrator import Narrator

Found = TypeVar("Found")
SHOWN_CATEGORIES = ("automation", "command", "link")
SHOWN_SEVERITY = 2
COMPLETED = re.compile(r"order (\S+) completed\b")
CHARGED = "can close and open"
"""What the event list says of a breaker whose spring is charged (CBOpCap 3, IEC 61850-7-4)."""


class Follower:
    """`run` until cancelled. orders: newest document by id; cases: what FDIR publishes. charged_ns: when each breaker
    last had the energy for a close and a trip. completed: orders that the event list tells as completed; it comes on a
    way of its own."""

    def __init__(self, unit: Client, name: str, children: Children, narrator: Narrator) -> None:
        self._unit, self._name, self._children, self._narrator = unit, name, children, narrator
        self.orders: dict[str, dict[str, Any]] = {}
        self.charged_ns: dict[str, int] = {}
        self.cases: list[dict[str, Any]] = []
        self.completed: set[str] = set()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow("Orders", self._take_order))
            group.create_task(self._follow("Cases", self._take_cases))
            group.create_task(self._follow("Events", self._take_event, initial=False))

    async def _follow(self, variable: str, take: Callable[[Any], None], initial: bool = True) -> None:
        async with await self._unit.event(variable, self._name, initial=initial) as notices:
            async for notice in notices:
                for instance in notice.instances:
                    take(instance.value)
                self._changed.set()

    def _take_order(self, order: dict[str, Any]) -> None:
        self.orders[order["id"]] = order

    def _take_cases(self, value: dict[str, Any]) -> None:
        self.cases = value["cases"]

    def _take_event(self, event: dict[str, Any]) -> None:
        if event["text"].endswith(CHARGED):
            self.charged_ns[event["location"]] = event["time_ns"]
        if completed := COMPLETED.match(event["text"]):
            self.completed.add(completed[1])
        if event["category"] in SHOWN_CATEGORIES or event["severity"] >= SHOWN_SEVERITY:
            self._narrator.say("unit", f"{event['location']}: {event['text']}", event["time_ns"])

    async def until(self, what: str, within_s: float, found: Callable[[], Found | None]) -> Found:
        """Wait until `found()` gives something; RingmainError when it takes too long or a process ends."""
        deadline_s = time.monotonic() + within_s
        while (result := found()) is None:
            self._children.check()
            if time.monotonic() > deadline_s:
                raise RingmainError(f"{what} did not come within {within_s:g} s")
            self._changed.clear()
            self._narrator.progress(f"waiting for {what} ...")
            try:
                async with asyncio.timeout(0.5):
                    await self._changed.wait()
            except TimeoutError:
                continue
        self._narrator.progress("")
        return result
