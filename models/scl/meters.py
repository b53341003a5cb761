"""Which logical node tells the voltage of which conductor: by the voltage transformers (VTR) of the process section."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from models.network.elements import Meter
from models.point import PointSpec
from models.scl.topology import Topology

_VOLTAGE = re.compile(r"(\w*MMXU\d+)\.PPV\.")
_TYPE = "VTR"


def voltage_meters(topology: Topology, points: Sequence[PointSpec]) -> tuple[Meter, ...]:
    """MMXU at a voltage transformer, or at the bay that has one only: with two it is not known which it tells."""
    told: dict[str, dict[str, None]] = defaultdict(dict)
    for point in points:
        if found := _VOLTAGE.match(point.name.variable):
            told[point.name.location][found[1]] = None
    transformers = [each for each in topology.equipment if each.place.type == _TYPE and len(each.nodes) == 1]
    count = Counter(each.place.parent for each in transformers)
    made = []
    for each in transformers:
        locations = [each.place.path, *([each.place.parent] if count[each.place.parent] == 1 else [])]
        made += [Meter(each.nodes[0], location, name) for location in locations for name in told.get(location, ())]
    return tuple(made)
