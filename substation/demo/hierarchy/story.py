"""The course of the demonstration: everything starts, joins, and then claim after claim is verified."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

from models.errors import RingmainError
from substation.demo.children import Children
from substation.demo.hierarchy.asking import Asking
from substation.demo.hierarchy.cable import Cable
from substation.demo.hierarchy.chapters import (
    encrypted_sum,
    far_request,
    joining,
    outage,
    power,
    price,
    set_points,
    silence,
    withdrawal,
)
from substation.demo.hierarchy.claim import Chapter, Claim
from substation.demo.hierarchy.processes import Processes
from substation.demo.hierarchy.report import Report
from substation.demo.hierarchy.scene import Scene
from substation.demo.hierarchy.screens import Screens
from substation.demo.hierarchy.site import HierarchySite
from substation.demo.hierarchy.windows import Windows
from substation.demo.narrator import Narrator

JOINING = Chapter("joined", "every unit has joined the one above it", joining.tell, 240)
POWER = Chapter("power", "each level's power is the sum of the level below, and shows no customer", power.tell, 180)
PRICE = Chapter("price", "a price of the supplier reaches every customer", price.tell, 90)
SET_POINTS = Chapter("set-points", "set-points reach whom they are meant for, and are obeyed", set_points.tell, 180)
WITHDRAWAL = Chapter("withdrawal", "a right is taken back by its owner, the contract's stays", withdrawal.tell, 240)
ENCRYPTED = Chapter("encrypted-sum", "a sum of encrypted readings is that of the meters", encrypted_sum.tell, 420)
FAR = Chapter("far-request", "a request for a unit far below is its owner's alone", far_request.tell, 60)
OUTAGE = Chapter("outage", "units that are killed lose nothing and make nothing twice", outage.tell, 300)
SILENCE = Chapter("silence", "a unit that cannot be heard is told", silence.tell, 180)

BESIDE = (ENCRYPTED, WITHDRAWAL)
"""They wait most of the time: told beside the others."""
FIRST = (POWER, SILENCE)
"""At the same time."""
THEN = (PRICE, SET_POINTS, FAR, OUTAGE)
CHAPTERS = (JOINING, *FIRST, WITHDRAWAL, *THEN, ENCRYPTED)


class Story:
    """`tell` returns the report. left_out: names of chapters that are not told. began_s: monotonic, of the command."""

    def __init__(
        self,
        site: HierarchySite,
        children: Children,
        narrator: Narrator,
        left_out: Sequence[str] = (),
        window: bool = False,
        *,
        began_s: float,
    ) -> None:
        self._site, self._children, self._narrator, self._window = site, children, narrator, window
        self._told = tuple(chapter for chapter in CHAPTERS if chapter.name not in left_out)
        self._claims = {chapter: Claim(chapter.name, chapter.text) for chapter in self._told}
        self._began_s, self._joined_s = began_s, 0.0
        self._processes = Processes(site, children)
        self._windows: Windows | None = None

    async def tell(self) -> Report:
        """RingmainError in one line when something does not start, or a process ends by itself."""
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._processes.watch())
                await self._world()
                watching.cancel()
        except BaseExceptionGroup as several:
            raise _first(several) from several
        return self._report()

    async def _world(self) -> None:
        async with AsyncExitStack() as stack:
            parent = self._site.data(self._site.plan.cabled.parent)
            cable = await stack.enter_async_context(Cable(self._site.cable, parent))
            await self._processes.start()
            self._narrator.say("demo", f"{len(self._site.plan.units)} units listen")
            asking = await stack.enter_async_context(Asking(self._site))
            screens = Screens(asking, self._site.plan.customers)
            scene = Scene(self._site, self._processes, asking, screens, cable, self._narrator)
            await self._chapter(scene, JOINING)
            self._joined_s = time.monotonic() - self._began_s
            await stack.enter_async_context(screens)
            self._narrator.say("demo", f"{len(self._site.plan.customers)} customers are logged in at home")
            if self._window:
                self._windows = await Windows.open(self._children, self._site, self._narrator)
            await self._chapters(scene)
            if self._windows is not None:
                await self._windows.shots()

    async def _chapters(self, scene: Scene) -> None:
        async with asyncio.TaskGroup() as beside:
            for chapter in BESIDE:
                beside.create_task(self._chapter(scene, chapter))
            await asyncio.gather(*(self._chapter(scene, chapter) for chapter in FIRST))
            for chapter in THEN:
                await self._chapter(scene, chapter)

    async def _chapter(self, scene: Scene, chapter: Chapter) -> None:
        """What goes wrong in it is an objection to its claim; the others are told all the same."""
        claim = self._claims.get(chapter)
        if claim is None:
            return
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(chapter.within_s):
                await chapter.tell(scene, claim)
            claim.ended = True
        except TimeoutError:
            claim.objections.append(f"not done within {chapter.within_s:g} s")
        except RingmainError as error:
            claim.objections.append(str(error))
        claim.seconds = time.monotonic() - began_s
        for text in claim.objections:
            self._narrator.say("demo", f"NOT VERIFIED: {claim.name}: {text}")
        if claim.held:
            self._narrator.say("verified", f"{claim.text} ({claim.seconds:.1f} s)")

    def _report(self) -> Report:
        plan, census = self._site.plan, self._processes.census
        return Report(
            units=dict(Counter(unit.level.value for unit in plan.units)),
            customers=len(plan.customers),
            claims=list(self._claims.values()),
            usages=census.usages,
            processes=census.most,
            seconds_joined=self._joined_s,
            seconds_total=time.monotonic() - self._began_s,
            timeline=self._narrator.timeline(),
        )

    async def wait_for_windows(self) -> None:
        """With a display they stay open until the person closes them."""
        if self._windows is not None:
            await self._windows.closed()


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    first = several.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
