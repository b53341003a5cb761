"""What every chapter of the story needs: the plan, who asks, what customers see, and who tells it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from models.errors import RingmainError
from models.wire.messages import Code
from protocols.exchange.client import Client
from substation.demo import steering
from substation.demo.hierarchy.asking import Asking
from substation.demo.hierarchy.cable import Cable
from substation.demo.hierarchy.plan import CustomerPlan, Plan, Shape
from substation.demo.hierarchy.processes import Processes
from substation.demo.hierarchy.screens import Screens
from substation.demo.hierarchy.site import HierarchySite
from substation.demo.narrator import Narrator

Found = TypeVar("Found")
LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Scene:
    """The world as it runs. `screens` are there once all units have joined."""

    site: HierarchySite
    processes: Processes
    asking: Asking
    screens: Screens
    cable: Cable
    narrator: Narrator

    @property
    def plan(self) -> Plan:
        return self.site.plan

    @property
    def shape(self) -> Shape:
        return self.site.plan.shape

    @property
    def top(self) -> str:
        return self.site.plan.top.name

    def say(self, text: str) -> None:
        self.narrator.say("units", text)

    async def until(self, what: str, within_s: float, look: Callable[[], Awaitable[Found | None]]) -> Found:
        """Ask until there is something; RingmainError when it takes too long."""
        deadline_s = time.monotonic() + within_s
        while (found := await look()) is None:
            if time.monotonic() > deadline_s:
                raise RingmainError(f"{what} did not come within {within_s:g} s")
            await asyncio.sleep(LOOK_S)
        return found

    async def simulation(self, request: dict[str, object]) -> dict[str, Any]:
        """Ask the simulated customers' own truth."""
        return await steering.ask(self.site.control_socket, request)

    def customer(self, unit: str) -> CustomerPlan:
        return self.plan.unit(unit).customers[0]


async def written(client: Client, variable: str, location: str, value: Any) -> None:
    """RingmainError when the unit does not take it."""
    answer = await client.write(variable, location, value)
    if answer.code is not Code.OK:
        raise RingmainError(f"{variable} at {location}: {answer.code.value}: {answer.text}")
