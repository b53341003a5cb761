"""Random feeders with an indicator at every section, and what their indicators show of faults; independent of the code
under test."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from substation.grid.location.evidence import Rates, Shown, Witness
from substation.grid.location.located import Question
from substation.grid.location.reliability import RATES, DeviceKind, Health
from substation.grid.location.sections import Places

RELIABLE = RATES[DeviceKind.DIRECTIONAL, Health.SUPERVISED]


@dataclass(frozen=True)
class Feeder:
    """parent: by section, -1 at the first one, parents first; at most three children."""

    parent: tuple[int, ...]

    def way(self, section: int) -> set[int]:
        found = set[int]()
        while section > 0:
            found.add(section)
            section = self.parent[section]
        return found

    def children(self, section: int) -> list[int]:
        return [each for each, above in enumerate(self.parent) if above == section]

    def shown(self, faults: Collection[int], random: Random, rates: Rates) -> set[int]:
        """Indicators that are set: those that fault current passes and that do not miss it, and the false ones."""
        passed = set().union(*(self.way(each) for each in faults))
        return {
            each
            for each in range(1, len(self.parent))
            if random.random() < (1 - rates.missed if each in passed else rates.false)
        }

    def question(self, flags: Collection[int], unknown: Collection[int] = (), rates: Rates = RELIABLE) -> Question:
        def seen(each: int) -> Shown:
            return Shown.UNKNOWN if each in unknown else Shown.PASSED if each in flags else Shown.SILENT

        witnesses = [Witness(str(each), each, seen(each), rates) for each in range(1, len(self.parent))]
        return Question(Places(self.parent, (1.0,) * len(self.parent)), witnesses)


def feeder(random: Random, sections: int) -> Feeder:
    parent = [-1]
    while len(parent) < sections:
        above = random.randrange(max(0, len(parent) - 6), len(parent))
        if parent.count(above) < 3:
            parent.append(above)
    return Feeder(tuple(parent))
