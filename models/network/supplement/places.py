"""Buses, branches and branch ends that a supplement names: positions in the grid, or an error with file and line."""

from __future__ import annotations

from models.config import Table
from models.errors import ConfigError
from models.network.planning import PlanningGrid


class Places:
    """Looks ids up; `table` and `key` say where an id stands."""

    def __init__(self, grid: PlanningGrid) -> None:
        self._buses = {bus.id: number for number, bus in enumerate(grid.buses)}
        self._branches = {branch.id: number for number, branch in enumerate(grid.branches)}
        self._ends = [(branch.from_bus, branch.to_bus) for branch in grid.branches]
        self._devices: dict[str, list[int]] = {}
        for number, switch in enumerate(grid.switches):
            branch = grid.branches[switch.branch].id
            for name in {switch.id, branch, *(f"{branch}@{grid.buses[end].id}" for end in switch.ends)}:
                self._devices.setdefault(name, []).append(number)

    def bus(self, table: Table, key: str) -> int:
        return self.bus_named(table.take(key, str), table, key)

    def bus_named(self, name: str, table: Table, key: str) -> int:
        return self._found(self._buses, name, table, key, "bus")

    def branch(self, table: Table, key: str) -> int:
        return self.branch_named(table.take(key, str), table, key)

    def branch_named(self, name: str, table: Table, key: str) -> int:
        return self._found(self._branches, name, table, key, "branch")

    def branches(self, table: Table, key: str) -> list[int]:
        return [self.branch_named(name, table, key) for name in table.take_list(key, str, [])]

    def end_named(self, name: str, table: Table, key: str) -> tuple[int, int]:
        """Branch and bus of 'ROW@BUS'."""
        branch_name, at, bus_name = name.rpartition("@")
        if not at:
            raise table.error(key, f"'{name}' is no end of a branch", "write BRANCH@BUS")
        branch = self.branch_named(branch_name, table, key)
        bus = self._found(self._buses, bus_name, table, key, "bus")
        if bus not in self._ends[branch]:
            raise table.error(key, f"branch {branch_name} does not end at bus {bus_name}", "name one of its two buses")
        return branch, bus

    def devices(self, table: Table, key: str) -> list[int]:
        """Positions of the switches that a list names: each by its own id, by its branch, or by 'ROW@BUS'."""
        found: list[int] = []
        for name in table.take_list(key, str, []):
            if name not in self._devices:
                raise table.error(key, f"there is no switch '{name}'", "name a branch with a switch, or the switch")
            found += self._devices[name]
        return found

    def _found(self, known: dict[str, int], name: str, table: Table, key: str, kind: str) -> int:
        if name not in known:
            raise self._unknown(name, table, key, kind)
        return known[name]

    @staticmethod
    def _unknown(name: str, table: Table, key: str, kind: str) -> ConfigError:
        return table.error(
            key, f"the network has no {kind} '{name}'", f"write the id of a {kind} as the network has it"
        )
