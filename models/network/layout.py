"""Names for a bus-branch grid: substations, joints, their bays, the zones of the lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from models.errors import ConfigError
from models.network.busbranch import BusBranch

VOLTAGE_LEVEL = "K1"
UPSTREAM_LEVEL = "E1"
BUSBAR_NODE = "BB1/N1"
FIRST_FEEDER_BAY = 3


class Layout:
    """Names of substations, bays, nodes and zones (SCL paths); a pure function of the grid and the primaries' name.

    primaries: bus of a fed busbar to its substation's name. upstream: bus above a transformer to the substation that
    names it. bays: (bus, branch) to the bay of that line end. Raises ConfigError for grids that have no place here.
    """

    def __init__(self, grid: BusBranch, primary: str, file: str) -> None:
        self._grid, self._file = grid, file
        self.upstream: dict[int, str] = {}
        self.primaries = {bus: f"{primary}{number}" for number, bus in enumerate(self._fed_busbars(), start=1)}
        for each in grid.transformers:
            self.upstream.setdefault(each.hv_bus, self.primaries[each.lv_bus])
        self._check()
        self.stations = self._stations()
        self._switched = {(each.bus, each.branch) for each in grid.switches}
        self.zones = self._zones()
        self.bays = self._bays()

    def substation(self, bus: int) -> str:
        """Name of the substation of a bus; '' for a joint."""
        return self.primaries.get(bus) or self.upstream.get(bus) or (f"ST{bus}" if bus in self.stations else "")

    def busbar(self, bus: int) -> str:
        """Connectivity node of the busbar of a substation."""
        level = UPSTREAM_LEVEL if bus in self.upstream else VOLTAGE_LEVEL
        return f"{self.substation(bus)}/{level}/{BUSBAR_NODE}"

    def end(self, bus: int, branch: int) -> str:
        """Connectivity node where a line begins: behind its switch, on the busbar, or a joint."""
        if bay := self.bays.get((bus, branch)):
            return f"{bay}/{'N2' if bus in self.primaries else 'N1'}"
        return self.busbar(bus) if self.substation(bus) else f"{self.zones[branch]}/N{bus}"

    def joints(self) -> Iterable[tuple[int, str]]:
        """Every joint and its connectivity node."""
        for bus, branches in self._branches_at().items():
            if not self.substation(bus):
                yield bus, self.end(bus, branches[0])

    def _fed_busbars(self) -> list[int]:
        above = {each.hv_bus for each in self._grid.transformers}
        fed = [each.lv_bus for each in sorted(self._grid.transformers, key=lambda each: each.number)]
        return list(dict.fromkeys(fed + [each.bus for each in self._grid.infeeds if each.bus not in above]))

    def _check(self) -> None:
        sources = {each.bus for each in self._grid.infeeds}
        for each in self._grid.transformers:
            if each.hv_bus not in sources:
                problem = f"bus {each.hv_bus} above transformer {each.number} has no source"
                raise ConfigError(self._file, None, problem, "add an external grid to it, or remove the transformer")
        for branch in self._grid.branches:
            if {branch.from_bus, branch.to_bus} & set(self.upstream):
                problem = f"line {branch.number} belongs to the voltage level above the transformers"
                raise ConfigError(self._file, None, problem, "cut the file down to one medium-voltage level")
        if not self.primaries:
            raise ConfigError(self._file, None, "nothing feeds the network", "add an external grid")

    def _stations(self) -> set[int]:
        grid = self._grid
        holding = {each.bus for each in grid.switches} | {each.bus for each in grid.demands}
        holding |= {each.bus for each in grid.productions}
        return holding - set(self.primaries) - set(self.upstream)

    def _branches_at(self) -> dict[int, list[int]]:
        at: dict[int, list[int]] = defaultdict(list)
        for branch in self._grid.branches:
            at[branch.from_bus].append(branch.number)
            at[branch.to_bus].append(branch.number)
        return at

    def _zones(self) -> dict[int, str]:
        """Branch to its line container: branches that meet in joints, named by the lowest number among them."""
        lowest = {branch.number: branch.number for branch in self._grid.branches}
        meetings = [numbers for bus, numbers in self._branches_at().items() if not self.substation(bus)]
        changed = True
        while changed:
            changed = False
            for numbers in meetings:
                first = min(lowest[number] for number in numbers)
                changed |= any(lowest[number] != first for number in numbers)
                lowest.update(dict.fromkeys(numbers, first))
        return {number: f"L{first:03d}" for number, first in lowest.items()}

    def _bays(self) -> dict[tuple[int, int], str]:
        """Bays in the order of the branch numbers; every line leaves a primary substation through a bay."""
        bays: dict[tuple[int, int], str] = {}
        for bus, numbers in self._branches_at().items():
            switched = [each for each in sorted(numbers) if bus in self.primaries or (bus, each) in self._switched]
            first = self._first_bay(bus)
            for bay, branch in enumerate(switched, start=first):
                bays[bus, branch] = f"{self.substation(bus)}/{VOLTAGE_LEVEL}/E{bay:02d}"
        return bays

    def _first_bay(self, bus: int) -> int:
        if bus not in self.primaries:
            return 1
        return max(FIRST_FEEDER_BAY, 1 + sum(each.lv_bus == bus for each in self._grid.transformers))
