"""OPF and VOS of a unit in their cycle, and what asks them to look. Their image has the faults others deal with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

from models.wire.cbor import WireValue
from substation.advising import Advising
from substation.application import Decision
from substation.config import UnitConfig
from substation.cycle import Cycle
from substation.event_list import EventList
from substation.grid.topology import Topology
from substation.history.store import History
from substation.image import Image, ProcessImage, Struck
from substation.mv import case as fdir
from substation.mv.earth import case as earth
from substation.mv.opf.application import OpfState
from substation.mv.vos.application import Optimised, OptimisedState
from substation.mv.vos.judges import Judges
from substation.mv.vos.state import VosState
from substation.precursor_watch import PrecursorWatch
from substation.weather_forecast import WeatherForecast


class Optimising:
    """`run` until cancelled; nothing happens where OPF is off and nothing advises."""

    def __init__(
        self,
        topology: Topology,
        config: UnitConfig,
        judges: Judges,
        view: Callable[[], ProcessImage],
        faults: Callable[[], tuple[str, ...]],
        act: Callable[[Decision[Any]], Awaitable[None]],
        history: History,
        events: EventList,
    ) -> None:
        self._is_on, self._mode = config.opf.is_on, config.opf.mode
        self._view, self._faults, self._topology = view, faults, topology
        self._weather: Callable[[], WeatherForecast | None] = lambda: None
        self._cases: Callable[[], Iterable[fdir.Case]] = tuple
        self._precursors: PrecursorWatch | None = None
        self._advising = Advising(topology, config, self.look, act, history, events)
        application = Optimised(topology, config.opf, judges)
        self._cycle = Cycle[OptimisedState](application, self._asked, act, history, events)
        self._advising.changed = self._cycle.wake

    def look(self) -> ProcessImage:
        """The image with those faults, and with the filtered production."""
        return replace(
            self._view(),
            faults=self._faults(),
            produced=self._advising.produced,
            weather=self._weather(),
            precursors=() if self._precursors is None else self._precursors.seen,
            struck=struck(self._cases()),
        )

    def informed(
        self, image: Image, weather: Callable[[], WeatherForecast | None], cases: Callable[[], Iterable[fdir.Case]]
    ) -> None:
        """Where it learns what is not in the view: the field's short signals, the forecast of weather, open cases."""
        self._weather, self._cases = weather, cases
        self._precursors = PrecursorWatch(self._topology, image.register)
        image.subscribe(self._precursors.take)

    def _asked(self) -> ProcessImage:
        return replace(self.look(), asked=self._advising.asks)

    @property
    def state(self) -> OpfState:
        """What is proposed now."""
        return self._cycle.state.opf

    @property
    def validation(self) -> VosState:
        """Where the order of what is proposed stands."""
        return self._cycle.state.vos

    @property
    def told(self) -> dict[str, WireValue]:
        """How OPF with VOS, and each that advises, go on, by name."""
        return {"optimised": self._cycle.told(self._mode), **self._advising.told}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._advising.run())
            if self._is_on:
                group.create_task(self._cycle.run())


def open_faults(cases: Iterable[fdir.Case], earth_faults: Iterable[earth.Case]) -> tuple[str, ...]:
    """Cases of FDIR and earth faults that have not come back to normal, in words."""
    over = (fdir.Phase.CLOSED, fdir.Phase.TRANSIENT)
    tripped = (f"{case.feeder}: {case.phase.value}" for case in cases if case.phase not in over)
    return (*tripped, *(f"{case.network}: {case.is_in.value}" for case in earth_faults if case.stands))


_FINAL = (fdir.Phase.GATHERING, fdir.Phase.PROPOSED, fdir.Phase.RUNNING, fdir.Phase.ISOLATED, fdir.Phase.HANDED_OVER)


def struck(cases: Iterable[fdir.Case]) -> tuple[Struck, ...]:
    """Cases of FDIR with a fault that stayed, since when, and where it lies."""
    return tuple(Struck(each.pickup_ns, each.feeder, each.zone) for each in cases if each.phase in _FINAL)
