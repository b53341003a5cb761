"""What a feeder's protection has to see and to let pass in one state of the grid (SAFETY S15)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from models.network.elements import Feeder, SettingGroup
from substation.control.numerics import Numerics
from substation.control.rule_settings import Restoring
from substation.grid.sweep import Flow


@dataclass(frozen=True, slots=True)
class Protected:
    """flow: the state, calculated. nodes: where the smallest fault has to be seen."""

    numerics: Numerics
    margins: Restoring
    feeder: Feeder
    flow: Flow
    nodes: Collection[str]

    def unfit(self, settings: SettingGroup, carries: str, load: str) -> str:
        """Why these settings do not fit, '' when they do. carries, load: how the state is spoken of."""
        return self.load_too_high(settings, carries, load) or self._fault_too_low(settings)

    def load_too_high(self, settings: SettingGroup, carries: str, load: str) -> str:
        """Load alone: all that is asked of a protection whose far end another one sees."""
        branch = self.numerics.topology.switch_branch(self.feeder.breaker)
        current_a = max(float(self.flow.from_current_a[branch]), float(self.flow.to_current_a[branch]))
        if current_a * self.margins.load_margin_pu < settings.pickup_a:
            return ""
        return (
            f"{self.feeder.id} {carries} {current_a:.0f} A {load}its protection picks up at"
            f" {settings.pickup_a:.0f} A (margin {self.margins.load_margin_pu:g})"
        )

    def _fault_too_low(self, settings: SettingGroup) -> str:
        arrays = self.numerics.topology.arrays
        branch = self.numerics.topology.switch_branch(self.feeder.breaker)
        level_v = arrays.nominal_voltage_v[arrays.branch_from[branch]]
        nodes = [arrays.node_index[node] for node in self.nodes]
        currents = {
            node: current_a * float(arrays.nominal_voltage_v[node] / level_v)
            for node, current_a in self.numerics.circuits.least_a(self.flow.tree, nodes).items()
        }
        if not currents:
            return ""
        weakest = min(currents, key=lambda node: currents[node])
        if currents[weakest] >= settings.pickup_a * self.margins.fault_margin_pu:
            return ""
        return (
            f"a two-phase fault at {arrays.network.nodes[weakest].id} would draw {currents[weakest]:.0f} A, too little"
            f" for {self.feeder.id}, which picks up at {settings.pickup_a:.0f} A (margin"
            f" {self.margins.fault_margin_pu:g})"
        )
