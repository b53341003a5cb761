"""What protection notices before a section fails: short signals that a look every few minutes would not see."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from models.network.elements import Network
from models.point import Handle, PointName, Sample
from models.quality import is_actionable
from substation.grid.topology import Topology
from substation.image import Precursor
from substation.register import PointRegister

MOST_KEPT = 2000
RECLOSED = 3
"""AutoRecSt: reclosing was successful (IEC 61850-7-4, AutoReclosingKind)."""
_STARTS = ("PTEF1.Str", "PSDE1.Str")
_INDICATIONS = ("SFPI1.FwdFlt", "SFPI1.RvFlt", "SFPI2.FwdFlt", "SFPI2.RvFlt")


class PrecursorWatch:
    """Subscribe `take` to the image. `seen`: the newest, in the order of arrival."""

    def __init__(self, topology: Topology, register: PointRegister) -> None:
        self._kinds: dict[Handle, tuple[str, str, Callable[[object], bool]]] = {}
        self._raised: dict[Handle, bool] = {}
        self._seen: deque[Precursor] = deque(maxlen=MOST_KEPT)
        for location, variable, feeder, kind in watched_points(topology):
            handle = register.handle(PointName(location, variable))
            if handle is not None:
                self._kinds[handle] = (feeder, kind, _reclosed if kind == "reclosing" else _set)

    @property
    def seen(self) -> tuple[Precursor, ...]:
        return tuple(self._seen)

    def take(self, samples: list[Sample]) -> None:
        """What is raised when it is seen first may be old: only what rises under our eyes counts."""
        for sample in samples:
            if sample.handle not in self._kinds or not is_actionable(sample.quality):
                continue
            feeder, kind, raised = self._kinds[sample.handle]
            before, now = self._raised.get(sample.handle), raised(sample.value)
            self._raised[sample.handle] = now
            if now and before is False:
                self._seen.append(Precursor(sample.arrival_time_ns, feeder, kind))


def _set(value: object) -> bool:
    return bool(value)


def _reclosed(value: object) -> bool:
    return isinstance(value, (int, float)) and int(value) == RECLOSED


def watched_points(topology: Topology) -> Iterable[tuple[str, str, str, str]]:
    """(location, variable, feeder at the primary substation, kind of precursor)."""
    network, tree = topology.network, topology.normal_tree
    for feeder in network.feeders:
        outer = _outer(network, feeder.id)
        yield from ((feeder.id, variable, outer, "transient") for variable in _STARTS)
        yield feeder.id, "RREC1.AutoRecSt", outer, "reclosing"
    for indicator in network.indicators:
        feeders = topology.feeders_of(indicator.switch, tree)
        bay = indicator.switch.rpartition("/")[0]
        if feeders:
            yield from ((bay, variable, feeders[-1].id, "indication") for variable in _INDICATIONS)


def _outer(network: Network, feeder: str) -> str:
    """A line recloser belongs to the feeder around it."""
    within = {each.id: each.within for each in network.feeders}
    while within.get(feeder):
        feeder = within[feeder]
    return feeder
