"""Maintenance as a part of a unit: routes of the data interface, health for the supervisor, and the wish to restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.wire.keys import SigningKey
from protocols.iec104.application.initialisation import Initialisation
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.maintenance.errors import BundleError, ReleaseError
from substation.maintenance.idle import automatic_feeders, busy
from substation.maintenance.line import SupervisorLine
from substation.maintenance.node import KEEP, Node
from substation.maintenance.parameters import Setting
from substation.maintenance.signatories import Signatories
from substation.maintenance.surroundings import Surroundings
from substation.maintenance.variables import PATTERN, MaintenanceVariables
from substation.northbound.start import plan
from substation.parts import Parts

if TYPE_CHECKING:
    from substation.station import Station

NOT_TOLD = "not connected yet"
"""The reason of a link that has not told its state since the start (substation.link_board)."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """What a unit inherits from `ringmain supervise`: the site's folder, and a descriptor of the line to it."""

    site: Path
    line: int


class UnitMaintenance:
    """`routes` for the processor, `run` until cancelled; `restart` is set when the unit wants to be started again.

    listening: to be set by the unit when every address is open.
    """

    def __init__(
        self,
        parts: Parts,
        key: SigningKey,
        signatories: Signatories,
        station: Station | None,
        record: Callable[[str], None],
        supervision: Supervision | None,
    ) -> None:
        self.restart, self.listening = asyncio.Event(), asyncio.Event()
        self._parts, self._station = parts, station
        self._start = Initialisation.MANUAL
        surroundings = Surroundings(
            config=parts.config,
            key=key,
            clock=parts.clock,
            events=parts.events,
            history=parts.stores.history,
            signer=signatories.signer,
            settings=_settings(station),
            record=record,
            busy=self.busy,
            automatic=lambda: automatic_feeders(station),
            hold=self._hold,
            restart=self._restart,
            links=self._links,
        )
        self.node = Node(surroundings, supervision.site if supervision else None)
        self._line = SupervisorLine(supervision.line) if supervision else None

    def routes(self) -> tuple[Route, ...]:
        """`Maintenance*` at the unit: read by everyone who may read, written by who may configure."""
        config = self._parts.config
        variables = MaintenanceVariables(config, self.node, self.busy, self._parts.clock)
        return (Route(PATTERN, config.name, variables, write=Right.CONFIGURE),)

    def busy(self) -> str:
        """'' when the unit may restart now."""
        return busy(self._station)

    def _restart(self) -> None:
        plan(self._parts.stores.history, self._start)
        self.restart.set()

    async def reset_by_centre(self, who: str) -> str:
        """A control centre asks for a restart (C_RP_NA_1): '' when it will happen, else why not. S22 and S23 hold."""
        try:
            await self.node.reset(KEEP, 0.0, who)
        except (BundleError, ReleaseError) as error:
            return str(error)
        self._start = Initialisation.REMOTE
        return ""

    def _hold(self, why: str) -> None:
        if self._station is not None:
            self._station.gate.held = why

    def _links(self) -> tuple[int, int]:
        """How many links have told whether they are up or down, and of how many."""
        links = self._station.links.links if self._station is not None else ()
        return sum(link.up or link.reason != NOT_TOLD for link in links), len(links)

    async def run(self) -> None:
        """Until cancelled. A supervisor that has gone is reason to end: nobody would start this unit again."""
        try:
            await self.node.begin()
            if self._line is not None:
                await self.listening.wait()
                await self._line.run(lambda: self.node.healthy, self._confirmed)
                logging.getLogger(__name__).error("the supervisor has gone; the unit ends")
                self.restart.set()
        finally:
            if self._line is not None:
                self._line.close()

    def _confirmed(self, text: str) -> None:
        self.node.chronicle.tell(text)


def _settings(station: Station | None) -> dict[str, Setting]:
    """The immediate parameters that this unit has."""
    root = logging.getLogger()
    settings = {"log.level": Setting(lambda: float(root.level), lambda value: root.setLevel(int(value)))}
    if station is not None:
        status = station.status
        settings["status.period_s"] = Setting(lambda: status.period_s, lambda value: setattr(status, "period_s", value))
    return settings
