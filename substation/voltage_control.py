"""Voltage control of a unit in its cycle: its mode, what people have released, and its set-points through the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

from models.command import Originator, OriginatorCategory
from models.errors import StorageError
from models.network.elements import Network
from models.point import PointName
from models.wire.cbor import WireValue, outgoing
from substation.application import Decision, StepWish
from substation.control.gate import Gate
from substation.control.regulation import RegulatingRequest, Regulation, SetPoint, StepCommand
from substation.control.request import Ending
from substation.cycle import Cycle
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.vvc.settings import MODES, VvcSettings
from substation.mv.vvc.state import VvcState
from substation.mv.vvc.words import report
from substation.parts import Parts

ORIGINATOR = Originator(OriginatorCategory.AUTOMATIC_STATION, "VVC")
NAME = "vvc mode"
OFF = "off"
_WORDS = {mode: word for word, mode in MODES.items()}


class VoltageControl:
    """`run` until cancelled. What operators set as mode holds over a restart; lower takes effect at once (S18)."""

    def __init__(
        self,
        parts: Parts,
        topology: Topology,
        look: Callable[[], ProcessImage],
        act: Callable[[Decision[Any]], Awaitable[None]],
        gate: Gate,
    ) -> None:
        settings: VvcSettings = parts.config.vvc
        self._parts, self._act, self._gate = parts, act, gate
        self._controlled = _controlled(topology.network)
        self._unmoved: dict[str, str] = {}
        self._mode = _stored(parts, settings.mode)
        self._released: dict[str, int] = {}
        self._on = asyncio.Event()
        self._cycle: Cycle[VvcState] | None = None
        self._settings, self._topology, self._look = settings, topology, look
        self._show()

    def _seen(self, look: Callable[[], ProcessImage]) -> ProcessImage:
        modes = dict.fromkeys(self._controlled, self._mode)
        return replace(look(), modes=modes, released=dict(self._released), unmoved=dict(self._unmoved))

    def _made(self) -> Cycle[VvcState]:
        """Its numerics are loaded (or compiled) by those units alone in which it is on."""
        from substation.mv.vvc.application import Vvc

        vvc, parts = Vvc(self._topology, self._settings), self._parts
        seen = partial(self._seen, self._look)
        return Cycle[VvcState](vvc, seen, self._carry_out, parts.stores.history, parts.events)

    def _wake(self) -> None:
        if self._cycle is not None:
            self._cycle.wake()

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def state(self) -> VvcState:
        """Of a unit in which it has never been on: nothing."""
        return VvcState() if self._cycle is None else self._cycle.state

    @property
    def locked(self) -> Mapping[str, str]:
        """Transformers and capacitor banks whose control is locked, and why."""
        return self.state.locked

    @property
    def told(self) -> WireValue:
        """How it goes on; in a unit in which it has never been on there is only its mode."""
        mode = _WORDS[self._mode]
        return {"mode": mode} if self._cycle is None else self._cycle.told(mode)

    async def set_mode(self, mode: Mode) -> str:
        """'' when it is set and on disk, else why it is not; off and advisory hold even where they cannot be kept."""
        if mode < self._mode:
            self._mode = mode
            self._show()
        try:
            await self._parts.stores.history.save_state(NAME, _WORDS[mode])
        except StorageError as error:
            return str(error)
        self._mode = mode
        self._show()
        self._wake()
        return ""

    def release(self, element: str) -> None:
        """A person has looked at it."""
        self._released[element] = self._parts.clock()
        self._unmoved.pop(element, None)
        self._wake()

    def _show(self) -> None:
        if self._mode is Mode.DISABLED:
            self._parts.publication.publish_if_new("VVC", outgoing(report(0, OFF, ()), "VVC"))
        else:
            self._on.set()

    async def _carry_out(self, decision: Decision[VvcState]) -> None:
        await self._act(decision)
        stopped: set[str] = set()
        for wish in decision.set_points:
            if (
                await self._execute(wish.point, SetPoint(float(wish.value), wish.unit), wish.why)
                is not Ending.CONFIRMED
            ):
                stopped.add(wish.point.location)
        for step in decision.steps:
            name = step.point.location
            if name not in stopped and not await self._stepped(step):
                stopped.add(name)

    async def _stepped(self, step: StepWish) -> bool:
        """Whether the next one may follow. What accepted a step and did not carry it out is left to people."""
        value = StepCommand.RAISE if step.up else StepCommand.LOWER
        ending = await self._execute(step.point, value, step.why)
        if ending in (Ending.FAILED, Ending.UNKNOWN):
            self._unmoved[step.point.location] = f"{value} {step.point}: {ending.value}"
            self._wake()
        return ending is Ending.CONFIRMED

    async def _execute(self, point: PointName, value: Regulation, why: str) -> Ending:
        request = RegulatingRequest(point, value, ORIGINATOR, why=why, barred=self._barred)
        return (await self._gate.execute(request)).ending

    def _barred(self) -> str:
        return "" if self._mode is Mode.AUTOMATIC else f"voltage control is {_WORDS[self._mode]} by now"

    async def run(self) -> None:
        """Nothing is done before it is on for the first time."""
        await self._on.wait()
        await asyncio.get_running_loop().run_in_executor(None, import_module, "substation.mv.vvc.application")
        self._cycle = self._made()
        await self._cycle.run()


def _controlled(network: Network) -> tuple[str, ...]:
    """Everything that may be moved."""
    bays = (each.id.rpartition("/")[0] for each in network.generators)
    return (*(each.id for each in network.transformers), *(each.id for each in network.capacitors), *bays)


def _stored(parts: Parts, configured: Mode) -> Mode:
    """What was stored; what cannot be read is off until a person sets it."""
    stored = parts.stores.history.load_state(NAME)
    return configured if stored is None else MODES.get(str(stored), Mode.DISABLED)
