"""A ring of three stations between two primary substations, as network, points and image; for the tests of the gate.

SRC1 - T1 - OBR1/K1/BB1 - E03/Q0 - L1 - ST1 - L2 - ST2 - L3 - ST3 =(open E02)= L4 - E03/Q0 - OBR2/K1/BB1 - T1 - SRC2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from models.network.completion import completed
from models.network.elements import (
    Feeder,
    GalvanicNetwork,
    Generator,
    Limits,
    Line,
    Load,
    Network,
    Neutral,
    Node,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)
from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec, Sample
from models.switching import AssumedLoad, Order, OrderKind, OrderState, Purpose, Step
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.grid.topology import Topology
from substation.image import Image, ProcessImage
from substation.register import PointRegister
from substation.tags import Tag

_POSITIONS = {"Q0": "CSWI1.Pos", "Q1": "CSWI2.Pos", "Q8": "CSWI3.Pos"}
NOW_NS = 1_800_000_000_000_000_000
MV_V, HV_V = 20_000.0, 110_000.0
STATIONS = ("ST1", "ST2", "ST3")
PRIMARIES = ("OBR1", "OBR2")
F1, F2 = "OBR1/K1/E03", "OBR2/K1/E03"
CB1, CB2 = f"{F1}/Q0", f"{F2}/Q0"
TIE = "ST3/K1/E02/Q0"
DISCONNECTOR = f"{F1}/Q1"
EARTH1 = f"{F1}/Q8"
RELEASED = "ST1/K1/E01/Q0"
"""The switch whose device tells its interlocking."""


def pos(switch: str) -> PointName:
    return PointName(switch, _POSITIONS[switch.rpartition("/")[2]])


def _network() -> Network:
    nodes, switches, lines, loads = [], [], [], []
    for name in PRIMARIES:
        nodes += [Node(f"{name}/HV", HV_V, name), Node(f"{name}/K1/BB1/N1", MV_V, name, busbar=True)]
        nodes += [Node(f"{name}/K1/E03/N{number}", MV_V, name) for number in (1, 2)]
        bay = f"{name}/K1/E03"
        switches += [
            Switch(f"{bay}/Q1", SwitchKind.DISCONNECTOR, f"{name}/K1/BB1/N1", f"{bay}/N2", False, True, 630.0, 0.0),
            Switch(f"{bay}/Q0", SwitchKind.BREAKER, f"{bay}/N2", f"{bay}/N1", False, True, 630.0, 16_000.0),
            Switch(f"{bay}/Q8", SwitchKind.EARTHING_SWITCH, f"{bay}/N1", "", True, False, 630.0, 0.0),
        ]
    for name in STATIONS:
        nodes.append(Node(f"{name}/K1/BB1/N1", MV_V, name, busbar=True))
        loads.append(Load(f"{name}/T1", f"{name}/K1/BB1/N1", 400_000.0, 100_000.0, 100))
        for bay in ("E01", "E02"):
            nodes.append(Node(f"{name}/K1/{bay}/N1", MV_V, name))
            switches.append(
                Switch(
                    f"{name}/K1/{bay}/Q0",
                    SwitchKind.LOAD_BREAK_SWITCH,
                    f"{name}/K1/BB1/N1",
                    f"{name}/K1/{bay}/N1",
                    f"{name}/K1/{bay}/Q0" == TIE,
                    True,
                    630.0,
                    400.0,
                )
            )
    ends = (
        ("L1/W1", f"{F1}/N1", "ST1/K1/E01/N1"),
        ("L2/W2", "ST1/K1/E02/N1", "ST2/K1/E01/N1"),
        ("L3/W3", "ST2/K1/E02/N1", "ST3/K1/E01/N1"),
        ("L4/W4", "ST3/K1/E02/N1", f"{F2}/N1"),
    )
    lines = [Line(name, start, end, 1000.0, 0.2, 0.1, 1e-8, 300.0) for name, start, end in ends]
    transformers = [
        Transformer(
            id=f"{name}/T1",
            hv_node=f"{name}/HV",
            lv_node=f"{name}/K1/BB1/N1",
            rated_power_va=25e6,
            hv_rated_voltage_v=HV_V,
            lv_rated_voltage_v=MV_V,
            short_circuit_voltage_pu=0.1,
            short_circuit_losses_w=1e5,
            no_load_losses_w=2e4,
            no_load_current_pu=0.001,
            tap=0,
            tap_min=-9,
            tap_max=9,
            tap_step_pu=0.015,
            vector_group="YNd5",
        )
        for name in PRIMARIES
    ]
    return Network(
        name="ring",
        frequency_hz=50.0,
        limits=Limits(0.9, 1.1, 1.0, 1.0),
        galvanic_networks=tuple(
            GalvanicNetwork(f"{name}/K1", f"{name}/K1/BB1/N1", Neutral.RESONANT) for name in PRIMARIES
        ),
        nodes=tuple(nodes),
        sources=tuple(Source(f"{name}/IFL1", f"{name}/HV", 1.0, 2e9, 0.1) for name in PRIMARIES),
        transformers=tuple(transformers),
        lines=tuple(lines),
        switches=tuple(switches),
        loads=tuple(loads),
        generators=(Generator("ST3/K1/G1/GEN1", "ST3/K1/BB1/N1", "pv", 100_000.0, 60.0),),
        indicators=(),
        feeders=tuple(Feeder(f"{name}/K1/E03", f"{name}/K1/E03/Q0", f"{name}/T1") for name in PRIMARIES),
    )


NETWORK = completed(_network())
NUMERICS = Numerics(Topology(NETWORK))
INTERLOCKING = Interlocking(NUMERICS)


def _points() -> dict[PointName, tuple[Cdc, ControlModel]]:
    points: dict[PointName, tuple[Cdc, ControlModel]] = {}

    def add(location: str, cdc: Cdc, *variables: str, model: ControlModel = ControlModel.STATUS_ONLY) -> None:
        points.update({PointName(location, variable): (cdc, model) for variable in variables})

    for switch in NETWORK.switches:
        breaker = switch.kind is SwitchKind.BREAKER
        model = ControlModel.SBO_ENHANCED if breaker else ControlModel.SBO_NORMAL
        add(switch.id, Cdc.DPC, pos(switch.id).variable, model=ControlModel(model * switch.remote))
        if breaker:
            add(switch.id, Cdc.ENS, "XCBR1.EEHealth", "XCBR1.CBOpCap")
            add(switch.id, Cdc.SPS, "XCBR1.Loc")
    for name in PRIMARIES:
        bay = f"{name}/K1/E03"
        add(bay, Cdc.SPS, "LLN0.Loc")
        add(bay, Cdc.ACD, "PTOC1.Str", "PTOC2.Str", "PSDE1.Str")
        add(bay, Cdc.ACT, "PTRC1.Tr", "PTOC1.Op")
        add(bay, Cdc.ENS, "RREC1.AutoRecSt")
        add(bay, Cdc.SPC, "RREC1.BlkRec", model=ControlModel.DIRECT_NORMAL)
        add(f"{name}/K1/E01", Cdc.ACT, "PTRC1.Tr")
        add(f"{name}/T1", Cdc.BSC, "YLTC1.TapPos", model=ControlModel.DIRECT_NORMAL)
        add(f"{name}/T1", Cdc.SPS, "ATCC1.Auto", "YLTC1.EndPosR", "YLTC1.EndPosL")
    for name in STATIONS:
        add(name, Cdc.SPS, "LLN0.Loc", "LLN0.LocSta")
        add(name, Cdc.ENS, "LLN0.Beh")
        add(f"{name}/K1/BB1", Cdc.MV, "MMXU1.PPV.phsAB", "MMXU1.PPV.phsBC", "MMXU1.PPV.phsCA")
        add(f"{name}/T1", Cdc.MV, "MMXU1.TotW", "MMXU1.TotVAr")
        for bay in ("E01", "E02"):
            add(f"{name}/K1/{bay}", Cdc.MV, "MMXU1.A.phsA", "MMXU1.A.phsB", "MMXU1.A.phsC")
    add(RELEASED, Cdc.SPS, "CILO1.EnaOpn", "CILO1.EnaCls")
    add("ST3/K1/G1", Cdc.MV, "MMXU1.TotW")
    add("ST3/K1/G1", Cdc.APC, "DWMX1.WLimSpt", model=ControlModel.SBO_NORMAL)
    return points


def register() -> PointRegister:
    return PointRegister(
        (Handle(number), _spec(name, cdc, model)) for number, (name, (cdc, model)) in enumerate(_points().items(), 1)
    )


def _spec(name: PointName, cdc: Cdc, model: ControlModel) -> PointSpec:
    unit = "W" if cdc is Cdc.APC else ""
    return PointSpec(name, cdc, link=name.location.partition("/")[0], unit=unit, control_model=model)


REGISTER = register()

_FLOATS = (Cdc.MV, Cdc.APC)
_INITIAL: dict[str, bool | int] = {
    "XCBR1.EEHealth": 1,
    "XCBR1.CBOpCap": 5,
    "RREC1.AutoRecSt": 1,
    "YLTC1.TapPos": 0,
    "LLN0.Beh": 1,
    "CILO1.EnaOpn": True,
    "CILO1.EnaCls": True,
}


def live_busbars(closed: Iterable[str]) -> frozenset[str]:
    """Busbars that a source reaches: the truth of this ring, by its own walk."""
    closed = set(closed)
    reached = {f"{name}/K1/BB1/N1" for name in PRIMARIES}
    edges = [(line.from_node, line.to_node) for line in NETWORK.lines]
    edges += [(switch.from_node, switch.to_node) for switch in NETWORK.switches if switch.id in closed]
    for _ in edges:
        for one, other in edges:
            if one in reached or other in reached:
                reached |= {one, other}
    return frozenset(node.id.rpartition("/")[0] for node in NETWORK.nodes if node.busbar and node.id in reached)


@dataclass
class World:
    """Values of all points; `image()` freezes them. Switches begin in the normal diagram."""

    values: dict[PointName, bool | int | float | Dbpos] = field(default_factory=dict)
    qualities: dict[PointName, int] = field(default_factory=dict)
    silent: set[PointName] = field(default_factory=set)
    tags: tuple[Tag, ...] = ()
    live: Callable[[Iterable[str]], frozenset[str]] = live_busbars

    def __post_init__(self) -> None:
        for switch in NETWORK.switches:
            self.position(switch.id, Dbpos.OFF if switch.normally_open else Dbpos.ON)
        for _, spec in REGISTER.items():
            if spec.name not in self.values:
                self.values[spec.name] = _INITIAL.get(spec.name.variable, 0.0 if spec.cdc in _FLOATS else False)
        self.measure()

    def position(self, switch: str, position: Dbpos) -> None:
        self.values[pos(switch)] = position

    def closed(self) -> set[str]:
        return {switch.id for switch in NETWORK.switches if self.values[pos(switch.id)] is Dbpos.ON}

    def measure(self) -> None:
        """Voltages, loads and currents as they follow from the positions."""
        closed = self.closed()
        live = self.live(closed)
        for name in STATIONS:
            fed = f"{name}/K1/BB1" in live
            for phase in ("phsAB", "phsBC", "phsCA"):
                self.values[PointName(f"{name}/K1/BB1", f"MMXU1.PPV.{phase}")] = MV_V if fed else 30.0
            self.values[PointName(f"{name}/T1", "MMXU1.TotW")] = 200_000.0 if fed else 0.0
            for bay in ("E01", "E02"):
                current_a = 20.0 if fed and f"{name}/K1/{bay}/Q0" in closed else 0.0
                for phase in ("phsA", "phsB", "phsC"):
                    self.values[PointName(f"{name}/K1/{bay}", f"MMXU1.A.{phase}")] = current_a

    def samples(self) -> dict[Handle, Sample]:
        return {
            handle: Sample(handle, self.values[spec.name], self.qualities.get(spec.name, 0), NOW_NS, NOW_NS)
            for handle, spec in REGISTER.items()
            if spec.name not in self.silent
        }

    def image(self) -> ProcessImage:
        return ProcessImage(NOW_NS, REGISTER, self.samples(), tags=self.tags)

    def living_image(self) -> Image:
        image = Image(REGISTER)
        image.apply(self.samples().values())
        return image

    def set(self, location: str, variable: str, value: bool | int | float | Dbpos) -> None:
        self.values[PointName(location, variable)] = value


FAULT = ("L2/W2",)
ISOLATING = ("ST1/K1/E02/Q0", "ST2/K1/E01/Q0")


def order(**changes: object) -> Order:
    """Fault on L2: open both ends, reclose the breaker, feed ST2 and ST3 over the tie."""
    steps = (
        _step(1, F1, "RREC1.BlkRec", True, Purpose.BLOCK_RECLOSING),
        _step(2, F2, "RREC1.BlkRec", True, Purpose.BLOCK_RECLOSING),
        _step(3, ISOLATING[0], "CSWI1.Pos", Dbpos.OFF, Purpose.ISOLATE),
        _step(4, ISOLATING[1], "CSWI1.Pos", Dbpos.OFF, Purpose.ISOLATE),
        _step(5, CB1, "CSWI1.Pos", Dbpos.ON, Purpose.RESTORE_UPSTREAM),
        _step(6, TIE, "CSWI1.Pos", Dbpos.ON, Purpose.RESTORE_DOWNSTREAM),
        _step(7, F1, "RREC1.BlkRec", False, Purpose.RELEASE_RECLOSING),
        _step(8, F2, "RREC1.BlkRec", False, Purpose.RELEASE_RECLOSING),
    )
    made = Order(
        id="FDIR-1",
        revision=1,
        kind=OrderKind.ISOLATE_AND_RESTORE,
        title="fault on L2",
        created_ns=NOW_NS,
        state=OrderState.PROPOSED,
        steps=steps,
        feeders=(F1, F2),
        zone=FAULT,
        tripped=(CB1,),
        open_before=(TIE,),
        loads=tuple(AssumedLoad(f"{name}/T1", 200_000.0, 50_000.0) for name in STATIONS),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _step(number: int, element: str, variable: str, value: Dbpos | bool, purpose: Purpose) -> Step:
    return Step(number, element, PointName(element, variable), value, purpose, f"{purpose.value} {element}")


def tripped() -> World:
    """The breaker has tripped for the fault on L2, reclosing is locked out, nothing is isolated yet."""
    world = World()
    world.position(CB1, Dbpos.OFF)
    world.set(F1, "RREC1.AutoRecSt", 9)
    world.measure()
    return world


def isolated() -> World:
    """L2 is isolated, reclosing blocked on both feeders: every close of the order may go."""
    world = tripped()
    for switch in ISOLATING:
        world.position(switch, Dbpos.OFF)
    for feeder in (F1, F2):
        world.set(feeder, "RREC1.BlkRec", True)
    world.measure()
    return world
