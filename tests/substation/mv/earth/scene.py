"""Process images of the Oberrhein network with an earth fault: what ideal devices show, made from the topology."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import networkx

from models.network.elements import Network, Neutral
from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec, Sample, Value
from models.quality import Quality
from substation.application import Decision
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.earth.application import EarthFaults
from substation.mv.earth.case import EarthFaultState
from substation.mv.earth.settings import EarthFaultSettings
from substation.register import PointRegister
from tests.substation.mv.scene import SECOND, START_NS, bay, oberrhein

FEEDERS = ("OBR2/K1/E03", "OBR2/K1/E04")
INFEED = "OBR2/K1/E01"


@cache
def topology_of(kind: Neutral) -> Topology:
    network = oberrhein()
    treated = tuple(replace(each, neutral=kind) for each in network.galvanic_networks)
    return Topology(replace(network, galvanic_networks=treated))


class EarthScene:
    """`fault(...)` sets what devices show; `step` lets time pass and evaluates."""

    def __init__(self, settings: EarthFaultSettings | None = None, kind: Neutral = Neutral.RESONANT) -> None:
        self.topology = topology_of(kind)
        self.network: Network = self.topology.network
        self.application = EarthFaults(self.topology, settings or EarthFaultSettings())
        self.register = PointRegister((Handle(at), spec) for at, spec in enumerate(self._specs(), 1))
        self.time_ns, self.samples = START_NS, dict[Handle, Sample]()
        self.state: EarthFaultState = self.application.initial()
        self.decisions: list[Decision[EarthFaultState]] = []
        self.modes = {each.id: Mode.AUTOMATIC for each in self.network.feeders}
        self.orders: dict = {}
        for _, spec in self.register.items():
            self.put(spec.name.location, spec.name.variable, False)
        for switch in self.network.switches:
            self.put(switch.id, "CSWI1.Pos", Dbpos.OFF if switch.normally_open else Dbpos.ON)

    def _specs(self) -> list[PointSpec]:
        network = self.network
        names = [(switch.id, "CSWI1.Pos", Cdc.DPC) for switch in network.switches]
        names += [(each.id, variable, Cdc.ACD) for each in network.feeders for variable in ("PSDE1.Str", "PSDE2.Str")]
        names += [(bay(each.lv_node), "PTOV1.Str", Cdc.ACD) for each in network.transformers]
        names += [
            (bay(each.switch), variable, Cdc.SPS)
            for each in network.indicators
            for variable in ("SFPI2.FwdFlt", "SFPI2.RvFlt")
        ]
        model = ControlModel.SBO_NORMAL
        return [
            PointSpec(PointName(at, name), cdc, at.partition("/")[0], control_model=model) for at, name, cdc in names
        ]

    def put(self, location: str, variable: str, value: Value, quality: Quality = Quality.GOOD) -> None:
        handle = self.register.handle(PointName(location, variable))
        assert handle is not None
        self.samples[handle] = Sample(handle, value, int(quality), self.time_ns, self.time_ns)

    def fault(self, line: str, indicators: bool = True, protection: bool = True) -> None:
        """Every directional device points towards the line, along the ways from it."""
        found = next(each for each in self.network.lines if each.id == line)
        towards = self._ways(found.from_node)
        self.put(INFEED, "PTOV1.Str", True)
        for feeder in self.network.feeders if protection else ():
            if feeder.breaker in towards:
                self.put(feeder.id, "PSDE1.Str" if towards[feeder.breaker] else "PSDE2.Str", True)
        for each in self.network.indicators if indicators else ():
            if each.switch in towards:
                self.put(bay(each.switch), "SFPI2.FwdFlt" if towards[each.switch] else "SFPI2.RvFlt", True)

    def _ways(self, node: str) -> dict[str, bool]:
        """By closed switch of the galvanic network: whether the fault lies out of its busbar."""
        graph = networkx.Graph()
        graph.add_edges_from((line.from_node, line.to_node) for line in self.network.lines)
        closed = [each for each in self.network.switches if each.to_node and not each.normally_open]
        graph.add_edges_from((each.from_node, each.to_node) for each in closed)
        distance = networkx.single_source_shortest_path_length(graph, node)
        return {
            each.id: distance[each.to_node] < distance[each.from_node] for each in closed if each.from_node in distance
        }

    def clear(self) -> None:
        for _, spec in self.register.items():
            if spec.cdc is not Cdc.DPC:
                self.put(spec.name.location, spec.name.variable, False)

    def image(self) -> ProcessImage:
        return ProcessImage(self.time_ns, self.register, dict(self.samples), dict(self.modes), dict(self.orders))

    def step(self, seconds: float = 0.0) -> Decision[EarthFaultState]:
        """The state goes through its plain form each time."""
        self.time_ns += round(seconds * SECOND)
        decision = self.application.evaluate(self.image(), self.state)
        self.state = self.application.load(self.application.dump(decision.state))
        assert self.state == decision.state
        self.decisions.append(decision)
        for order in decision.orders:
            self.orders[order.id] = order
        for order in decision.abort:
            self.orders.pop(order, None)
        return decision

    @property
    def told(self) -> list[str]:
        return [event.text for decision in self.decisions for event in decision.events]
