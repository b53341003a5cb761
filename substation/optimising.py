"""Applications of a unit that advise, each in its cycle: OPF, and those that ask it to look (losses).

They see the image with the faults that other applications are busy with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

from substation.application import Decision
from substation.config import UnitConfig
from substation.cycle import Cycle
from substation.event_list import EventList
from substation.grid.topology import Topology
from substation.history.store import History
from substation.image import ProcessImage
from substation.mv import case as fdir
from substation.mv.earth import case as earth
from substation.mv.losses.application import Losses
from substation.mv.losses.state import LossState
from substation.mv.opf.application import Opf, OpfState


class Optimising:
    """`run` until cancelled; what is off does nothing."""

    def __init__(
        self,
        topology: Topology,
        config: UnitConfig,
        view: Callable[[], ProcessImage],
        faults: Callable[[], tuple[str, ...]],
        act: Callable[[Decision[Any]], Awaitable[None]],
        history: History,
        events: EventList,
    ) -> None:
        self._config, self._view, self._faults, self._act = config, view, faults, act
        self._asked: tuple[str, ...] = ()
        self._cycle = Cycle[OpfState](Opf(topology, config.opf), self._look_of_opf, act, history, events)
        losses = Losses(topology, config.losses)
        self._losses = Cycle[LossState](losses, self.look, self._asking, history, events)

    def look(self) -> ProcessImage:
        """The image with those faults."""
        return replace(self._view(), faults=self._faults())

    def _look_of_opf(self) -> ProcessImage:
        return replace(self.look(), asked=self._asks())

    def _asks(self) -> tuple[str, ...]:
        """What OPF is to look at; what is off asks nothing, whatever it asked before a restart."""
        asks = (self._losses.state.asks if self._config.losses.is_on else "",)
        return tuple(each for each in asks if each)

    async def _asking(self, decision: Decision[Any]) -> None:
        await self._act(decision)
        if (asks := self._asks()) != self._asked:
            self._asked = asks
            self._cycle.wake()

    @property
    def state(self) -> OpfState:
        """What is proposed now."""
        return self._cycle.state

    @property
    def losses(self) -> LossState:
        return self._losses.state

    async def run(self) -> None:
        config = self._config
        running = ((config.opf.is_on, self._cycle.run), (config.losses.is_on, self._losses.run))
        async with asyncio.TaskGroup() as group:
            for is_on, run in running:
                if is_on:
                    group.create_task(run())


def open_faults(cases: Iterable[fdir.Case], earth_faults: Iterable[earth.Case]) -> tuple[str, ...]:
    """Cases of FDIR and earth faults that have not come back to normal, in words."""
    over = (fdir.Phase.CLOSED, fdir.Phase.TRANSIENT)
    tripped = (f"{case.feeder}: {case.phase.value}" for case in cases if case.phase not in over)
    return (*tripped, *(f"{case.network}: {case.is_in.value}" for case in earth_faults if case.stands))
