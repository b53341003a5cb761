"""What a unit shows of itself: model, energisation, orders, tags, links, status; kept up to date as things change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from models.drawing import Drawing, drawing_to_plain
from models.driver import Clock
from models.network.elements import Network
from models.network.writer import write_network
from models.order_document import to_plain
from models.point import Cdc, ControlModel, PointSpec, Sample
from models.switching import Order
from models.wire.cbor import WireValue, outgoing
from substation.authority.authority import Authority
from substation.authority.second_operators import Waiting
from substation.config import UnitConfig
from substation.control.regulating_range import range_of
from substation.control.regulation import REGULATED, WHOLE, StepCommand
from substation.energisation import EnergisationView, changes
from substation.image import Image, Mode, ProcessImage
from substation.link_board import LinkHealth
from substation.modes import Modes
from substation.northbound.centre_board import CentreHealth, plain
from substation.placements.placement import Placement
from substation.register import PointRegister
from substation.tags import Tag
from substation.variables.publication import Publication

SETTLE_S = 0.05
"""Positions that change together (a general interrogation) make one new picture of energisation."""
STATUS_PERIOD_S = 1.0


def model_of(
    config: UnitConfig, network: Network, register: PointRegister, drawings: Sequence[Drawing] = ()
) -> dict[str, WireValue]:
    """What a client needs to draw the unit: the network, where each switch's position is, what can be commanded.

    drawings: single-line diagrams as the SCD draws them, one per substation, where it has coordinates.
    regulated: points that take steps or set-points, with the range that the rules allow (null: nobody knows).
    """
    positions = {switch: list(register.spec(handle).name) for switch, handle in register.positions.items()}
    controllable = [
        switch
        for switch, handle in register.positions.items()
        if register.spec(handle).control_model is not ControlModel.STATUS_ONLY
    ]
    model = {
        "unit": {"name": config.name, "level": config.level.value},
        "network": json.loads(write_network(network)),
        "positions": positions,
        "controllable": controllable,
        "regulated": [_regulated(spec, network) for _, spec in register.items() if _is_regulated(spec)],
        "regulation_s": config.control.regulation_s,
        "drawings": [drawing_to_plain(each) for each in drawings],
    }
    plain = outgoing(model, "Model")
    assert isinstance(plain, dict)  # noqa: S101 - narrows the type
    return plain


def _is_regulated(spec: PointSpec) -> bool:
    return spec.cdc in REGULATED and spec.control_model is not ControlModel.STATUS_ONLY


def _regulated(spec: PointSpec, network: Network) -> dict[str, WireValue]:
    bounds = range_of(spec, network)
    return {
        "location": spec.name.location,
        "variable": spec.name.variable,
        "steps": REGULATED[spec.cdc] is StepCommand,
        "whole": spec.cdc in (Cdc.BSC, *WHOLE),
        "unit": spec.unit,
        "least": None if bounds is None else bounds.least,
        "greatest": None if bounds is None else bounds.greatest,
    }


class EnergisationShow:
    """Recomputes the energisation shortly after a position has changed, and tells what is new."""

    def __init__(
        self, view: EnergisationView, image: Image, freeze: Callable[[], ProcessImage], publication: Publication
    ) -> None:
        self._view, self._freeze, self._publication = view, freeze, publication
        self._positions = frozenset(image.register.positions.values())
        self._changed = asyncio.Event()
        self._states: dict[str, str] = {}
        image.subscribe(self._take)

    def _take(self, samples: list[Sample]) -> None:
        if any(sample.handle in self._positions for sample in samples):
            self._changed.set()

    def again(self) -> None:
        """Something else than a position has changed: what stands on the grid."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled. The computation takes milliseconds, so it is done off the loop."""
        loop = asyncio.get_running_loop()
        while True:
            states = await loop.run_in_executor(None, self._view.states, self._freeze())
            if new := changes(self._states, states):
                self._states = states
                self._publication.publish(
                    "Energisation", outgoing(states, "Energisation"), change=outgoing(new, "Energisation")
                )
            await self._changed.wait()
            await asyncio.sleep(SETTLE_S)
            self._changed.clear()


class Showing:
    """Publishes what others report."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication

    def order(self, order: Order) -> None:
        self._publication.publish("Orders", outgoing(to_plain(order), "Orders"), key=order.id)

    def link(self, link: LinkHealth) -> None:
        self._publication.publish("Links", outgoing(asdict(link), "Links"), key=link.name)

    def centre(self, centre: CentreHealth) -> None:
        self._publication.publish("ControlCentres", outgoing(plain(centre), "ControlCentres"), key=centre.name)

    def link_counters(self, link: str, counters: Mapping[str, int]) -> None:
        self._publication.publish("LinkCounters", {"name": link, "counters": dict(counters)}, key=link)

    def tags(self, tags: tuple[Tag, ...]) -> None:
        plain = [{**asdict(tag), "kind": tag.kind.value} for tag in tags]
        self._publication.publish("Tags", outgoing({"tags": plain}, "Tags"))

    def authority(self, authority: Authority) -> None:
        plain = {**asdict(authority), "level": authority.level.value}
        self._publication.publish("Authority", outgoing(plain, "Authority"))

    def waiting(self, waiting: tuple[Waiting, ...]) -> None:
        """What waits for a second operator."""
        plain = [
            {"number": each.number, "who": each.asker.name, "what": each.what, "location": each.location,
             "until_ns": each.until_ns}
            for each in waiting
        ]  # fmt: skip
        self._publication.publish("SecondOperators", outgoing({"waiting": plain}, "SecondOperators"))

    def placements(self, placements: tuple[Placement, ...]) -> None:
        plain = [{**asdict(each), "kind": each.kind.value} for each in placements]
        self._publication.publish("Placements", outgoing({"placements": plain}, "Placements"))


class StatusShow:
    """The unit's state every `period_s`."""

    def __init__(
        self,
        publication: Publication,
        modes: Modes,
        facts: Callable[[], Mapping[str, WireValue]],
        clock: Clock,
    ) -> None:
        self._publication, self._modes, self._facts, self._clock = publication, modes, facts, clock
        self.period_s = STATUS_PERIOD_S

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.now()
            await asyncio.sleep(self.period_s)

    def now(self) -> None:
        effective = self._modes.effective()
        feeders = {
            feeder: {"mode": _word(mode), "effective": _word(effective[feeder])}
            for feeder, mode in self._modes.feeders.items()
        }
        status = {"mode": _word(self._modes.unit), "feeders": feeders, "time_ns": self._clock(), **self._facts()}
        self._publication.publish("Status", outgoing(status, "Status"))


def _word(mode: Mode) -> str:
    return mode.name.lower()
