"""Applications of a unit that advise, each in its cycle, and ask OPF to look where they find something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from models.wire.cbor import WireValue
from substation.application import Decision
from substation.config import UnitConfig
from substation.cycle import Cycle
from substation.event_list import EventList
from substation.grid.topology import Topology
from substation.history.store import History
from substation.image import ProcessImage
from substation.mv.der.application import DerPowerFlows
from substation.mv.der.state import DerState
from substation.mv.losses.application import Losses
from substation.mv.losses.state import LossState
from substation.mv.prevention.application import Prevention
from substation.mv.prevention.state import PreventionState


class Advising:
    """`run` until cancelled; what is off does nothing. changed: called when it asks something else."""

    def __init__(
        self,
        topology: Topology,
        config: UnitConfig,
        look: Callable[[], ProcessImage],
        act: Callable[[Decision[Any]], Awaitable[None]],
        history: History,
        events: EventList,
    ) -> None:
        self._config, self._act = config, act
        self._asked: tuple[str, ...] = ()
        self.changed: Callable[[], None] = lambda: None
        losses = Losses(topology, config.losses)
        self._losses = Cycle[LossState](losses, look, self._acting, history, events)
        der = DerPowerFlows(topology, config.der)
        self._der = Cycle[DerState](der, look, self._acting, history, events)
        prevention = Prevention(topology, config.prevention)
        self._prevention = Cycle[PreventionState](prevention, look, self._acting, history, events)

    @property
    def asks(self) -> tuple[str, ...]:
        """What OPF is to look at; what is off asks nothing, whatever it asked before a restart."""
        config = self._config
        asks = (
            self._losses.state.asks if config.losses.is_on else "",
            self._prevention.state.asks if config.prevention.is_on else "",
        )
        return tuple(each for each in asks if each)

    @property
    def produced(self) -> Mapping[str, float]:
        """Filtered production in W by generator; none where DERPF is off."""
        return self._der.state.produced_w if self._config.der.is_on else {}

    @property
    def told(self) -> dict[str, WireValue]:
        """How each goes on, by name, off ones too."""
        config = self._config
        return {
            "losses": self._losses.told(config.losses.mode),
            "derpf": self._der.told(config.der.mode),
            "prevention": self._prevention.told(config.prevention.mode),
        }

    async def _acting(self, decision: Decision[Any]) -> None:
        await self._act(decision)
        if (asks := self.asks) != self._asked:
            self._asked = asks
            self.changed()

    async def run(self) -> None:
        config = self._config
        running = (
            (config.losses.is_on, self._losses.run),
            (config.der.is_on, self._der.run),
            (config.prevention.is_on, self._prevention.run),
        )
        async with asyncio.TaskGroup() as group:
            for is_on, run in running:
                if is_on:
                    group.create_task(run())
