"""A pure stand-in for the field: builds process images of a network, and the evidence of faults from its topology.

Independent of the code under test: what a fault does is derived with networkx from the network's own elements.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import networkx

from models.network.elements import Network, Switch, SwitchKind
from models.network.reader import read_network
from models.network.selection import with_remote_control
from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec, Sample, Value
from models.quality import Quality
from models.switching import Order, OrderState
from substation.image import Mode, ProcessImage
from substation.mv.fdir import Fdir, FdirState
from substation.placements.placement import Placement
from substation.register import PointRegister
from substation.tags import Tag

OBERRHEIN = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"
START_NS = 1_790_000_000_000_000_000
SECOND = 1_000_000_000


def oberrhein(remote_share: float = 1.0) -> Network:
    """The example network with that share of its station switches remote-controlled."""
    network = read_network(OBERRHEIN.read_text(encoding="utf-8"), OBERRHEIN.name)
    return with_remote_control(network, remote_share)


@dataclass(frozen=True)
class Times:
    evidence_window_s: float = 3.0
    travel_s: float = 10.0


def bay(switch: str) -> str:
    return switch.rpartition("/")[0]


def _specs(network: Network) -> list[PointSpec]:
    specs: list[PointSpec] = []

    def add(location: str, variable: str, cdc: Cdc, model: ControlModel = ControlModel.STATUS_ONLY) -> None:
        specs.append(PointSpec(PointName(location, variable), cdc, location.partition("/")[0], control_model=model))

    for switch in network.switches:
        model = ControlModel.SBO_NORMAL if switch.remote else ControlModel.STATUS_ONLY
        add(switch.id, "CSWI1.Pos", Cdc.DPC, model)
        if switch.kind is SwitchKind.BREAKER:
            add(switch.id, "XCBR1.EEHealth", Cdc.ENS)
            add(switch.id, "XCBR1.CBOpCap", Cdc.ENS)
            for variable in ("PTOC1.Str", "PTOC2.Str"):
                add(bay(switch.id), variable, Cdc.ACD)
            for variable in ("PTOC1.Op", "PTOC2.Op", "PTRC1.Tr"):
                add(bay(switch.id), variable, Cdc.ACT)
            add(bay(switch.id), "LLN0.Loc", Cdc.SPS)
    for feeder in network.feeders:
        add(feeder.id, "RREC1.AutoRecSt", Cdc.ENS)
        add(feeder.id, "RREC1.BlkRec", Cdc.SPC, ControlModel.DIRECT_NORMAL)
        if len(feeder.settings) > 1:
            add(feeder.id, "LLN0.ActSG", Cdc.INC, ControlModel.DIRECT_NORMAL)
    for indicator in network.indicators:
        for variable in ("SFPI1.FwdFlt", "SFPI1.RvFlt", "SFPI2.FwdFlt", "SFPI2.RvFlt"):
            add(bay(indicator.switch), variable, Cdc.SPS)
    for station in sorted({indicator.switch.partition("/")[0] for indicator in network.indicators}):
        for variable in ("LLN0.Loc", "ZBAT1.BatLo", "LCCH1.ChLiv"):
            add(station, variable, Cdc.SPS)
    for load in network.loads:
        add(load.id, "MMXU1.TotW", Cdc.MV)
        add(load.id, "MMXU1.TotVAr", Cdc.MV)
    for generator in network.generators:
        add(bay(generator.id), "MMXU1.TotW", Cdc.MV)
    for transformer in network.transformers:
        add(transformer.id, "YLTC1.TapPos", Cdc.INS)
    return specs


@dataclass
class Scene:
    """Time, values and FDIR, moved by hand. `samples` may be changed at will before the next evaluation."""

    network: Network
    fdir: Fdir
    scale: float = 1.0
    time_ns: int = START_NS
    modes: dict[str, Mode] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    placements: tuple[Placement, ...] = ()

    def __post_init__(self) -> None:
        specs = _specs(self.network)
        self.register = PointRegister((Handle(number), spec) for number, spec in enumerate(specs, 1))
        self.samples: dict[Handle, Sample] = {}
        self.state: FdirState = self.fdir.initial()
        self.decisions = []
        bays = {bay(each.id) for each in self.network.switches if each.kind is SwitchKind.BREAKER}
        self.modes = self.modes or dict.fromkeys(bays, Mode.AUTOMATIC)
        for spec in specs:
            self.put(spec.name.location, spec.name.variable, _rest(spec))
        for switch in self.network.switches:
            self.position(switch.id, Dbpos.OFF if switch.normally_open else Dbpos.ON)
        for load in self.network.loads:
            self.put(load.id, "MMXU1.TotW", self.scale * load.active_power_w)
            self.put(load.id, "MMXU1.TotVAr", self.scale * load.reactive_power_var)
        for transformer in self.network.transformers:
            self.put(transformer.id, "YLTC1.TapPos", transformer.tap)

    def put(self, location: str, variable: str, value: Value, quality: Quality = Quality.GOOD) -> None:
        handle = self.register.handle(PointName(location, variable))
        assert handle is not None, f"{location}/{variable}"
        self.samples[handle] = Sample(handle, value, int(quality), self.time_ns, self.time_ns)

    def remove(self, location: str, variable: str) -> None:
        handle = self.register.handle(PointName(location, variable))
        assert handle is not None
        del self.samples[handle]

    def position(self, switch: str, value: Dbpos, quality: Quality = Quality.GOOD) -> None:
        self.put(switch, "CSWI1.Pos", value, quality)

    def image(self) -> ProcessImage:
        return ProcessImage(
            self.time_ns, self.register, dict(self.samples), dict(self.modes), dict(self.orders), self.tags,
            placements=self.placements,
        )  # fmt: skip

    def step(self, seconds: float = 0.0):
        """Advance the time and evaluate once."""
        self.time_ns += round(seconds * SECOND)
        decision = self.fdir.evaluate(self.image(), self.state)
        self.state = self.fdir.load(self.fdir.dump(decision.state))
        assert self.state == decision.state
        self.decisions.append(decision)
        return decision

    def quiet(self, seconds: int = 3) -> None:
        for _ in range(seconds):
            self.step(1.0)

    @property
    def events(self) -> list[str]:
        return [event.text for decision in self.decisions for event in decision.events]

    @property
    def made(self) -> list[Order]:
        return [order for decision in self.decisions for order in decision.orders]

    # What a fault does

    def graph(self, without: str = "") -> networkx.Graph:
        """Nodes joined by lines, transformers and switches that are closed in the field, each edge with its element."""
        graph = networkx.Graph()
        graph.add_nodes_from(node.id for node in self.network.nodes)
        for line in self.network.lines:
            graph.add_edge(line.from_node, line.to_node, element=line.id)
        for transformer in self.network.transformers:
            graph.add_edge(transformer.hv_node, transformer.lv_node, element=transformer.id)
        for switch in self.network.switches:
            if switch.to_node and switch.id != without and self.field_position(switch.id) is Dbpos.ON:
                graph.add_edge(switch.from_node, switch.to_node, element=switch.id)
        return graph

    def field_position(self, switch: str) -> Dbpos:
        handle = self.register.handle(PointName(switch, "CSWI1.Pos"))
        assert handle is not None
        return Dbpos(self.samples[handle].value)

    def node_of(self, element: str) -> str:
        lines = {line.id: line.from_node for line in self.network.lines}
        return lines.get(element, element)

    def feeder_of(self, element: str, way: list[tuple[Switch, bool]] | None = None) -> str:
        """Breaker of the feeder bay on the way from the element to its source."""
        way = way or self.way(element)
        breakers = {feeder.breaker for feeder in self.network.feeders}
        return next(switch.id for switch, _ in reversed(way) if switch.id in breakers)

    def way(self, element: str) -> list[tuple[Switch, bool]]:
        """Switches from the source to the element; True where current leaves the from_node (the busbar side)."""
        graph, switches = self.graph(), {switch.id: switch for switch in self.network.switches}
        target = self.node_of(element)
        sources = [source.node for source in self.network.sources if networkx.has_path(graph, source.node, target)]
        assert len(sources) == 1
        path = networkx.shortest_path(graph, sources[0], target)
        steps = []
        for one, other in zip(path, path[1:], strict=False):
            switch = switches.get(graph.edges[one, other]["element"])
            if switch:
                steps.append((switch, switch.from_node == one))
        return steps

    def indications(self, element: str, way: list[tuple[Switch, bool]] | None = None) -> dict[str, str]:
        """Indicator bay -> variable that the fault sets."""
        fitted = {indicator.switch for indicator in self.network.indicators}
        return {
            bay(switch.id): "SFPI1.FwdFlt" if forward else "SFPI1.RvFlt"
            for switch, forward in way or self.way(element)
            if switch.id in fitted
        }

    def fault(self, element: str, final: bool = True, flags: bool = True) -> str:
        """A short circuit at the element: trip, breaker open, reclosing locked out, indicators; returns the feeder."""
        breaker = self.feeder_of(element)
        feeder = bay(breaker)
        shown = self.indications(element)
        dead = self.dead_loads(breaker)
        self.time_ns += SECOND // 5
        self.put(feeder, "PTOC1.Str", True)
        self.step()
        self.time_ns += SECOND // 5
        for variable in ("PTOC1.Op", "PTRC1.Tr"):
            self.put(feeder, variable, True)
        self.step()
        self.time_ns += SECOND // 20
        self.position(breaker, Dbpos.OFF)
        for variable in ("PTOC1.Str", "PTOC1.Op", "PTRC1.Tr"):
            self.put(feeder, variable, False)
        self.put(feeder, "RREC1.AutoRecSt", 9 if final else 2)
        self.step()
        if flags:
            self.time_ns += SECOND
            for location, variable in shown.items():
                self.put(location, variable, True)
        for load in dead:
            self.put(load, "MMXU1.TotW", 0.0)
            self.put(load, "MMXU1.TotVAr", 0.0)
        self.step()
        return feeder

    def dead_loads(self, breaker: str) -> list[str]:
        """Loads that are dead when the breaker opens."""
        graph = self.graph(without=breaker)
        live = set().union(*(networkx.node_connected_component(graph, each.node) for each in self.network.sources))
        return [load.id for load in self.network.loads if load.node not in live]

    def settle(self) -> Order | None:
        """Let the evidence window pass; the order that FDIR proposes, or None."""
        count = len(self.made)
        for _ in range(5):
            self.step(1.0)
        return self.made[-1] if len(self.made) > count else None

    def case(self, feeder: str) -> dict:
        """The published case of a feeder, the newest one."""
        cases = [each for each in self.decisions[-1].results["Cases"]["cases"] if each["feeder"] == feeder]
        return cases[-1]

    def take(self, order: Order, state: OrderState = OrderState.EXECUTING) -> None:
        self.orders[order.id] = replace(order, state=state)


def _rest(spec: PointSpec) -> Value:
    """The value of a point when nothing is wrong."""
    special: dict[str, Value] = {"XCBR1.CBOpCap": 5, "LCCH1.ChLiv": True, "LLN0.ActSG": 1}
    if spec.name.variable in special:
        return special[spec.name.variable]
    return {Cdc.MV: 0.0, Cdc.ENS: 1, Cdc.INS: 0, Cdc.DPC: Dbpos.ON}.get(spec.cdc, False)
