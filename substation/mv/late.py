"""Evidence that arrives after the order was made: whether the fault may lie outside of what the order isolates."""

from __future__ import annotations

from dataclasses import dataclass

from models.network.elements import Feeder
from models.switching import Order
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.case import Case
from substation.mv.feeder_tree import closed_before, feeder_tree
from substation.mv.indication import SHORT_CIRCUIT, Indication
from substation.mv.observed import Shown, located
from substation.mv.order import zone_text
from substation.mv.reading import bay_of, flag
from substation.mv.settings import FdirSettings

_FLAGS = (Indication.FORWARD, Indication.REVERSE)


@dataclass(frozen=True, slots=True)
class Known:
    """As substation.mv.observed.Before, of a case."""

    since_ns: int
    set_before: frozenset[str]
    open_before: tuple[str, ...]


class LateEvidence:
    """One per FDIR."""

    def __init__(self, topology: Topology, settings: FdirSettings) -> None:
        self._topology, self._settings = topology, settings

    def against(self, image: ProcessImage, feeder: Feeder, case: Case) -> str:
        """Why the order of a case must not go on, '' if it may: what has been set since, and where that puts the
        fault. What has been reset since counts as before: voltage is coming back."""
        order = image.orders.get(case.order)
        if order is None or not case.shown:
            return ""
        frozen = {switch: _READINGS.get(text, text) for switch, text in case.shown}
        if not any(_flagged(image, switch) for switch, earlier in frozen.items() if earlier not in _FLAGS):
            return ""
        closed = closed_before(self._topology.network, feeder.breaker, case.open_before, dict(case.doubts_before))
        before = self._topology.tree(closed)
        tree = feeder_tree(self._topology, before, feeder)
        known = Known(
            case.pickup_ns - round(self._settings.flag_tolerance_s * 1e9),
            frozenset(case.set_before),
            (*case.open_before, *(switch for switch, _ in case.targets)),
        )
        location, shown = located(self._topology, image, before, tree, known, self._settings, frozen)
        late = [switch for switch, now in shown.items() if now in _FLAGS and frozen.get(switch) not in _FLAGS]
        outside = location.zones - self._area(order)
        if not late or not (location.doubt or outside):
            return ""
        why = location.doubt or f"it may lie in {zone_text(self._topology, outside)}"
        return f"{', '.join(late[:3])} showed the fault after the order was made: {why}"

    def _area(self, order: Order) -> frozenset[int]:
        zones = (self._topology.zone_of(element) for element in order.zone)
        return frozenset(zone for zone in zones if zone is not None)


_READINGS = {each.value: each for each in Indication}


def _flagged(image: ProcessImage, switch: str) -> bool:
    return any(flag(image, bay_of(switch), variable) is True for variable in SHORT_CIRCUIT)


def frozen(shown: Shown) -> tuple[tuple[str, str], ...]:
    """Readings as a case keeps them."""
    return tuple((switch, now.value if isinstance(now, Indication) else now) for switch, now in shown.items())
