"""OPF of a unit in its cycle: it sees the image with the faults that other applications are busy with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from substation.application import Decision
from substation.cycle import Cycle
from substation.event_list import EventList
from substation.grid.topology import Topology
from substation.history.store import History
from substation.image import ProcessImage
from substation.mv import case as fdir
from substation.mv.earth import case as earth
from substation.mv.opf.application import Opf, OpfState
from substation.mv.opf.settings import OpfSettings


class Optimising:
    """`run` until cancelled; nothing happens where OPF is off."""

    def __init__(
        self,
        topology: Topology,
        settings: OpfSettings,
        view: Callable[[], ProcessImage],
        faults: Callable[[], tuple[str, ...]],
        act: Callable[[Decision[OpfState]], Awaitable[None]],
        history: History,
        events: EventList,
    ) -> None:
        self._is_on = settings.is_on
        self._view, self._faults = view, faults
        self._cycle = Cycle[OpfState](Opf(topology, settings), self.look, act, history, events)

    def look(self) -> ProcessImage:
        """The image with those faults."""
        return replace(self._view(), faults=self._faults())

    @property
    def state(self) -> OpfState:
        """What is proposed now."""
        return self._cycle.state

    async def run(self) -> None:
        if self._is_on:
            await self._cycle.run()


def open_faults(cases: Iterable[fdir.Case], earth_faults: Iterable[earth.Case]) -> tuple[str, ...]:
    """Cases of FDIR and earth faults that have not come back to normal, in words."""
    over = (fdir.Phase.CLOSED, fdir.Phase.TRANSIENT)
    tripped = (f"{case.feeder}: {case.phase.value}" for case in cases if case.phase not in over)
    return (*tripped, *(f"{case.network}: {case.is_in.value}" for case in earth_faults if case.stands))
