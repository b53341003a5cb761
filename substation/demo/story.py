"""The course of a demonstration: start, the whole picture, fault, healing, verdict."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from models.errors import RingmainError
from models.network.reader import read_network
from models.wire.messages import Code
from protocols.exchange.client import Client, connect
from substation.demo import steering
from substation.demo.children import Children
from substation.demo.choice import choose_fault
from substation.demo.follower import Follower
from substation.demo.narrator import Narrator
from substation.demo.report import Declared, Document, Outcome, Report, compile_report
from substation.demo.site import DemoSite
from substation.demo.startup import Startup
from substation.demo.window import Window, has_display
from substation.mv.case import Phase

RECORDED_S = 2.5
"""FDIR records loads once a second; it does not restore what it had no time to see before the fault."""
LOCATED_S = 300.0
HEALED_S = 300.0
APPROVED_S = 600.0
UNDECIDED = (Phase.PICKED_UP.value, Phase.TRIPPED.value)
COMPLETED = "completed"
FINAL = (COMPLETED, "aborted", "blocked", "rejected")
ISOLATE_AND_RESTORE = "isolate and restore"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person at the terminal has asked for. fault: element id, '' chooses one."""

    fault: str
    speed: float
    window: bool


class Story:
    """One demonstration over one site; `tell` returns its report."""

    def __init__(self, site: DemoSite, wishes: Wishes, children: Children, narrator: Narrator) -> None:
        self._site, self._wishes, self._children, self._narrator = site, wishes, children, narrator
        self._window: Window | None = None

    async def tell(self) -> Report:
        """RingmainError with one clear line when something does not start or does not end."""
        startup = Startup(self._site, self._children, self._narrator)
        await startup.simulator(self._wishes.speed)
        url = await startup.units()
        async with connect(url, self._site.operator, service="demonstration") as unit:
            if self._wishes.window:
                await self._open_window(url)
            status = await startup.whole_picture(unit)
            await self._window_ready()
            follower = Follower(unit, self._site.name, self._children, self._narrator)
            watching = [asyncio.ensure_future(follower.run())]
            if startup.centre is not None:
                watching.append(asyncio.ensure_future(startup.centre.run()))
            try:
                return await self._fault_and_healing(unit, follower, status)
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)

    async def _open_window(self, url: str) -> None:
        pictures = self._site.folder / "pictures"
        self._window = await Window.open(self._children, url, self._site.operator_key, pictures)
        where = "on your display" if has_display() else "offscreen"
        self._narrator.say("demo", f"the operator's window opens {where}")

    async def _window_ready(self) -> None:
        if self._window is not None and not await self._window.ready():
            self._narrator.say("demo", f"the window does not answer; its log is in {self._site.folder / 'logs'}")
            self._window = None

    async def _fault_and_healing(self, unit: Client, follower: Follower, status: Document) -> Report:
        await asyncio.sleep(RECORDED_S)
        await self._shot("1-normal")
        before = await self._truth()
        element = self._wishes.fault or self._choose()
        self._narrator.fault_at(time.time_ns())
        self._narrator.say("grid", f"permanent three-phase fault on {element}")
        await steering.ask(self._site.control_socket, {"kind": "fault", "id": "F1", "element": element})
        await follower.until("the final trip", LOCATED_S, lambda: _tripped_for_good(follower))
        tripped = await self._truth()  # in the evidence window: the physics takes its time, and devices wait for it
        order_id, reason = await follower.until("the decision of FDIR", LOCATED_S, lambda: _decision(follower))
        await self._shot("2-fault", follower.orders[order_id]["tripped"][0] if order_id else element)
        approval_s, order = 0.0, None
        if order_id:
            approval_s = await self._approved(unit, follower, order_id)
            order = await follower.until(f"the end of order {order_id}", HEALED_S, lambda: _ended(follower, order_id))
        await self._shot("3-restored")
        outcome = Outcome(element, order, reason, before, tripped, await self._truth(), approval_s, follower.charged_ns)
        declared = Declared(self._site.evidence_window_s, self._site.watch_after_close_s)
        return compile_report(self._site.name, status, outcome, declared, self._narrator)

    def _choose(self) -> str:
        file = self._site.folder / "network.json"
        return choose_fault(read_network(file.read_text(encoding="utf-8"), str(file)))

    async def _truth(self) -> dict[str, Any]:
        return await steering.ask(self._site.control_socket, {"kind": "truth"})

    async def _approved(self, unit: Client, follower: Follower, order_id: str) -> float:
        """Seconds that a person's approval took; 0 in automatic mode."""
        if self._site.mode != "manual":
            return 0.0
        began_s = time.monotonic()
        if self._wishes.window and has_display():
            self._narrator.say("demo", f"approve order {order_id} in the FDIR console of the window")
            await follower.until("your approval", APPROVED_S, lambda: _no_longer_proposed(follower, order_id))
        else:
            self._narrator.say("demo", f"nobody sits at a window: the demonstration approves order {order_id} itself")
            await self._approve(unit, follower, order_id)
        return time.monotonic() - began_s

    async def _approve(self, unit: Client, follower: Follower, order_id: str) -> None:
        revision = follower.orders[order_id]["revision"]
        answer = await unit.write("Order.Approve", f"{self._site.name}/orders/{order_id}", revision)
        if answer.code is not Code.OK:
            raise RingmainError(f"order {order_id} was not approved: {answer.text}")

    async def _shot(self, name: str, element: str = "") -> None:
        if self._window is None:
            return
        if element:
            await self._window.choose(element)
        picture = await self._window.shot(name)
        self._narrator.say("demo", f"picture {picture}" if picture else f"the window gave no picture '{name}'")

    async def wait_for_window(self) -> None:
        """With a display the window stays open until the person closes it."""
        if self._window is not None and has_display():
            self._narrator.say("demo", "close the window to end the demonstration")
            await self._window.closed()


def _decision(follower: Follower) -> tuple[str, str] | None:
    """(order id, '') once there is an order, ('', reason) when a case ended without one."""
    for order in follower.orders.values():
        if order["kind"] == ISOLATE_AND_RESTORE:
            return str(order["id"]), ""
    for case in follower.cases:
        if case["reason"] and not case["order"]:
            return "", str(case["reason"])
    return None


def _tripped_for_good(follower: Follower) -> bool | None:
    """Protection has done what it could: indications arrive, or there is a decision already."""
    arriving = any(case["state"] not in UNDECIDED for case in follower.cases)
    return True if arriving or _decision(follower) else None


def _ended(follower: Follower, order_id: str) -> dict[str, Any] | None:
    """The order in its final state; a completed one once the event list tells it too, which ends the timeline."""
    order = follower.orders[order_id]
    if order["state"] == COMPLETED and order_id not in follower.completed:
        return None
    return order if order["state"] in FINAL else None


def _no_longer_proposed(follower: Follower, order_id: str) -> bool | None:
    return True if follower.orders[order_id]["state"] != "proposed" else None
