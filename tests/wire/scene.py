"""One scene on a stage: a disturbance, what the unit makes of it, and what must hold in the end whatever happened."""

from __future__ import annotations

import time
from typing import Any

from tests.wire.records import TOLERANCE_NS, disordered, invented, kept, lost, shown
from tests.wire.stage import Stage

LINE = "L041/W041"
"""The faulted line of most scenes: in the middle of OBR2/K1/E03, between ST269 and ST108."""
FEEDER, DONOR = "OBR2/K1/E03", "OBR1/K1/E04"
BREAKER, NEAR, FAR, TIE = "OBR2/K1/E03/Q0", "ST269/K1/E02/Q0", "ST108/K1/E01/Q0", "ST132/K1/E01/Q0"
"""The breaker that trips, the boundary of the faulted line, the open point that restores what lies behind it."""

UNDER_WAY = ("proposed", "approved", "executing")
ISOLATE = "isolate and restore"
SETTLED_S = 20.0


class Scene:
    """What belongs to one test: everything since its beginning."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.told = stage, stage.told
        self._old_orders = set(stage.told.orders)
        self._old_cases = {case["id"] for case in stage.told.cases}
        self._first_line = stage.told.newest_line
        self._first_transition = 0
        self.faults: list[str] = []

    async def begin(self) -> Scene:
        """Wait until the unit has read every load and FDIR remembers it: what it does not know it does not restore."""
        loads = len(self.stage.site.network.loads)
        deadline_s = time.monotonic() + SETTLED_S
        while len(await self.stage.unit.query("MMXU1.TotW", "*/T1", "value > 0 and quality == good")) < loads:
            assert time.monotonic() < deadline_s, "not all loads are fed"
            await self.stage.pause()
        await self.stage.looked_at_again(times=2)
        self._first_transition = len((await self.stage.sim("log"))["transitions"])
        return self

    # -- what happens

    async def fault(self, element: str = LINE, **keys: object) -> None:
        identifier = f"F{time.monotonic_ns()}"
        self.faults.append(identifier)
        await self.stage.sim("fault", id=identifier, element=element, **keys)

    async def proposal(self) -> dict[str, Any]:
        """The order that FDIR proposes in this scene."""
        return await self.told.until("an order", self._order)

    def _order(self) -> dict[str, Any] | None:
        fresh = (order for key, order in self.told.orders.items() if key not in self._old_orders)
        return next((order for order in fresh if order["kind"] == ISOLATE), None)

    async def approve(self, order: dict[str, Any]) -> None:
        await self.stage.of_order("Approve", order["id"], order["revision"])

    async def end(self, within_s: float = 30.0) -> dict[str, Any]:
        """The order of this scene in its end state."""
        order = await self.proposal()
        key = order["id"]
        await self.told.until(f"the end of {key}", lambda: self.told.orders[key]["state"] not in UNDER_WAY, within_s)
        return self.told.orders[key]

    async def handed_over(self) -> dict[str, Any]:
        """The case that FDIR leaves to people; no order was made."""
        case = await self.told.until("a case handed over", self._handed_over)
        assert self._order() is None
        return case

    def _handed_over(self) -> dict[str, Any] | None:
        fresh = (case for case in self.told.cases if case["id"] not in self._old_cases)
        return next((case for case in fresh if case["reason"] and not case["order"]), None)

    async def step(self, order: str, number: int, *states: str) -> dict[str, Any]:
        """Wait until a step of an order is in one of these states."""

        def there() -> dict[str, Any] | None:
            step = self.told.orders[order]["steps"][number - 1]
            return step if step["state"] in states else None

        return await self.told.until(f"step {number} {states}", there)

    # -- what was done

    async def transitions(self) -> list[dict[str, Any]]:
        """The simulator's own log since the scene began."""
        return list((await self.stage.sim("log", since=self._first_transition))["transitions"])

    async def commanded(self) -> list[str]:
        """Commands that devices have accepted: `POINT = off`, in their order."""
        lines = [each["text"] for each in await self.transitions() if each["source"] == "command"]
        return [text.partition(":")[0] for text in lines if text.partition(": ")[2].startswith("accepted")]

    async def switched(self) -> list[str]:
        """Switches that devices were told to move: `off ST269/K1/E02/Q0`, in their order."""
        found = [text.partition("/CSWI1.Pos = ") for text in await self.commanded() if "/CSWI1.Pos = " in text]
        return [f"{value} {switch}" for switch, _, value in found]

    async def is_switched(self, movement: str) -> None:
        """Wait until a device has been told to make this movement."""
        deadline_s = time.monotonic() + SETTLED_S
        while movement not in (switched := await self.switched()):
            assert time.monotonic() < deadline_s, f"{movement} is not among {switched}"
            await self.stage.pause()

    def said(self, text: str) -> list[str]:
        """Lines of the event list since the scene began that hold this text."""
        return [line for line in self.told.texts(self._first_line) if text in line]

    async def hears(self, text: str) -> str:
        """A line of the event list since the scene began that holds this text; it may still be on its way."""
        return (await self.told.until(f"a line with '{text}'", lambda: self.said(text)))[0]

    # -- what must hold

    async def is_safe(self) -> dict[str, Any]:
        """Nothing was fed twice, nothing closed onto a fault, every fault that exists is dead; the truth."""
        truth = await self.stage.truth()
        assert (truth["fed_twice"], truth["closed_onto_fault"]) == (0, 0)
        assert [fault["id"] for fault in truth["faults"] if fault["exists"] and not fault["dead"]] == []
        return truth

    async def nothing_is_lost(self) -> None:
        """Everything that devices have ever told stands in the unit's history, once, in order, and nothing else."""
        history = self.stage.site.data / "history.sqlite"

        async def missing() -> list[Any]:
            return lost(shown((await self.stage.sim("events"))["events"]), kept(history))

        deadline_s = time.monotonic() + SETTLED_S
        while found := await missing():
            assert time.monotonic() < deadline_s, f"{len(found)} events are not in the history: {found[:5]}"
            await self.stage.pause()
        records = kept(history)
        first_ns = min(record.time_ns for record in records)  # values that IEDs have had since the world began
        told = [record for record in records if record.time_ns > first_ns + TOLERANCE_NS]
        never = invented(shown((await self.stage.sim("events"))["events"]), told)
        assert not never, f"{len(never)} events of the history never were: {never[:5]}"
        late = disordered(records)
        assert not late, f"{len(late)} events came after later ones of the same point: {late[:5]}"
