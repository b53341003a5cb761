"""A scene with regulators: the example grid at rest, its transformers' voltages as the node-breaker sweep has them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.point import Cdc, ControlModel, Handle, PointName, PointSpec
from models.quality import Quality
from substation.application import Decision
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.demand import consumption
from substation.mv.fdir import Fdir
from substation.mv.vvc.application import Vvc
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.state import VvcState
from substation.register import PointRegister
from tests.substation.mv.scene import SECOND, Scene, Times

PHASES = ("MMXU1.PPV.phsAB", "MMXU1.PPV.phsBC", "MMXU1.PPV.phsCA")
SET_POINT = "AVCO1.VolSpt"


@dataclass
class Regulated:
    """`look` evaluates once, after so many seconds. released, unmoved: as the unit tells it."""

    topology: Topology
    scale: float = 1.0
    settings: VvcSettings = VvcSettings(Mode.AUTOMATIC)  # noqa: RUF009
    faults: tuple[str, ...] = ()
    released: dict[str, int] = field(default_factory=dict)
    unmoved: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        network = self.topology.network
        self.scene = Scene(network, Fdir(self.topology, Times()), self.scale)
        specs = [spec for _, spec in self.scene.register.items()]
        for each in network.transformers:
            specs += [_spec(each.id, SET_POINT, Cdc.APC), _spec(each.id, "ATCC1.ParOp", Cdc.SPS)]
            specs += [_spec(each.id, variable, Cdc.SPS) for variable in ("ATCC1.Auto", "ATCC1.LTCBlk")]
            specs += [_spec(each.lv_node.rpartition("/")[0], phase, Cdc.MV) for phase in PHASES]
        for bank in network.capacitors:
            specs += [_spec(bank.id, "ARCO1.TapChg", Cdc.BSC), _spec(bank.id, "ARCO1.Auto", Cdc.SPS)]
            specs.append(_spec(bank.id, "ARCO1.DschBlk", Cdc.SPS))
        self.scene.register = PointRegister((Handle(number), spec) for number, spec in enumerate(specs, 1))
        self.taps = {each.id: each.tap for each in network.transformers}
        for each in network.transformers:
            self.scene.put(each.id, "ATCC1.Auto", True)
            self.scene.put(each.id, "ATCC1.LTCBlk", False)
            self.scene.put(each.id, "ATCC1.ParOp", False)
        self.stand(self.taps)
        for each in network.transformers:
            self.scene.put(each.id, SET_POINT, self.voltage_v(each.id))
        self.vvc = Vvc(self.topology, self.settings)
        self.state: VvcState = self.vvc.initial()

    @property
    def modes(self) -> dict[str, Mode]:
        banks = (each.id for each in self.topology.network.capacitors)
        return dict.fromkeys((*self.taps, *banks), self.settings.mode)

    def stand(self, taps: dict[str, int]) -> None:
        """The tap changers stand there, and the voltages behind them follow."""
        self.taps = dict(taps)
        flow, nodes = self.flow(taps), self.topology.arrays.node_index
        for each in self.topology.network.transformers:
            self.scene.put(each.id, "YLTC1.TapPos", taps[each.id])
            for phase in PHASES:
                voltage_v = float(abs(flow.voltage_v[nodes[each.lv_node]]))
                self.scene.put(each.lv_node.rpartition("/")[0], phase, voltage_v)

    def flow(self, taps: dict[str, int]) -> Flow:
        """By the node-breaker sweep, which shares neither the planning grid nor the arithmetic."""
        network = self.topology.network
        closed = np.array([not each.normally_open for each in network.switches])
        dark = np.zeros(self.topology.arrays.nodes, dtype=np.bool_)
        power_va, _ = consumption(self.topology, self.scene.image(), dark, ())
        return solve(self.topology, closed, power_va, taps)

    def voltage_v(self, transformer: str) -> float:
        place = next(each.lv_node for each in self.topology.network.transformers if each.id == transformer)
        return float(abs(self.flow(self.taps).voltage_v[self.topology.arrays.node_index[place]]))

    def put(self, location: str, variable: str, value: float, quality: Quality = Quality.GOOD) -> None:
        self.scene.put(location, variable, value, quality)

    def image(self) -> ProcessImage:
        return replace(
            self.scene.image(),
            modes=self.modes,
            faults=self.faults,
            released=dict(self.released),
            unmoved=dict(self.unmoved),
        )

    def look(self, seconds: float = 10.0) -> Decision[VvcState]:
        self.scene.time_ns += round(seconds * SECOND)
        decision = self.vvc.evaluate(self.image(), self.state)
        self.state = self.vvc.load(self.vvc.dump(decision.state))
        assert self.state == decision.state
        return decision


def _spec(location: str, variable: str, cdc: Cdc) -> PointSpec:
    model = ControlModel.DIRECT_NORMAL if cdc in (Cdc.APC, Cdc.BSC) else ControlModel.STATUS_ONLY
    unit = "V" if cdc in (Cdc.APC, Cdc.MV) else ""
    return PointSpec(
        PointName(location, variable), cdc, location.partition("/")[0], unit=unit, control_model=model
    )  # fmt: skip


def words(decision: Decision[VvcState]) -> str:
    report = decision.results["VVC"]
    assert isinstance(report, dict)
    lines = report["explanation"]
    assert isinstance(lines, list)
    return "\n".join(str(each) for each in lines)
