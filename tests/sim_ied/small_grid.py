"""A small hand-made grid: two transformers, three feeders, eight stations, two open points.

OBR1 E03 - ST1 - ST2 - ST3 -/ tie A - ST4 - ST5 - ST6 - OBR2 E03
                  |
OBR1 E04 - ST7 - ST8 -/ tie B (ST8 E02 open, ends at ST2 E03)
"""

from __future__ import annotations

from models.network.completion import completed
from models.network.elements import (
    Feeder,
    GalvanicNetwork,
    Generator,
    Indicator,
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

STATIONS = ("ST1", "ST2", "ST3", "ST4", "ST5", "ST6", "ST7", "ST8")
LINES = (  # line, from bay, to bay, length in metres
    ("L01", "OBR1/K1/E03", "ST1/K1/E01", 2000.0),
    ("L02", "ST1/K1/E02", "ST2/K1/E01", 1500.0),
    ("L03", "ST2/K1/E02", "ST3/K1/E01", 1500.0),
    ("L04", "ST3/K1/E02", "ST4/K1/E01", 1000.0),
    ("L05", "ST4/K1/E02", "ST5/K1/E01", 1500.0),
    ("L06", "ST5/K1/E02", "ST6/K1/E01", 1500.0),
    ("L07", "ST6/K1/E02", "OBR2/K1/E03", 2000.0),
    ("L08", "OBR1/K1/E04", "ST7/K1/E01", 3000.0),
    ("L09", "ST7/K1/E02", "ST8/K1/E01", 1500.0),
    ("L10", "ST8/K1/E02", "ST2/K1/E03", 1000.0),
)
TIES = ("ST3/K1/E02/Q0", "ST8/K1/E02/Q0")
MV = 20e3


def small_grid() -> Network:
    bays = sorted({bay for _, start, end, _ in LINES for bay in (start, end)})
    feeders = [bay for bay in bays if bay.startswith("OBR")]
    station_bays = [bay for bay in bays if bay.startswith("ST")]
    nodes = [Node(f"{bay}/N1", MV, bay.split("/")[0]) for bay in bays]
    nodes += [Node(f"{station}/K1/BB1/N1", MV, station, busbar=True) for station in STATIONS]
    switches = [_station_switch(bay) for bay in station_bays]
    for name in ("OBR1", "OBR2"):
        nodes += [
            Node(f"{name}/H1/BB1/N1", 110e3, name),
            Node(f"{name}/K1/BB1/N1", MV, name, busbar=True),
            Node(f"{name}/K1/E01/N1", MV, name),
            Node(f"{name}/K1/E01/N2", MV, name),
        ]
        switches += [
            Switch(f"{name}/K1/E01/Q1", SwitchKind.DISCONNECTOR, f"{name}/K1/BB1/N1", f"{name}/K1/E01/N2", False, False,
                   1250.0, 0.0),
            Switch(f"{name}/K1/E01/Q0", SwitchKind.BREAKER, f"{name}/K1/E01/N2", f"{name}/K1/E01/N1", False, True,
                   1250.0, 25e3),
        ]  # fmt: skip
    for bay in feeders:
        nodes.append(Node(f"{bay}/N2", MV, bay.split("/")[0]))
        switches += _feeder_switches(bay)
    return completed(Network(
        name="small", frequency_hz=50.0, limits=Limits(0.9, 1.1, 1.0, 1.0),
        galvanic_networks=tuple(
            GalvanicNetwork(name, f"{name}/K1/BB1/N1", Neutral.RESONANT) for name in ("OBR1", "OBR2")
        ),
        nodes=tuple(nodes),
        sources=tuple(Source(f"{name}/IFL1", f"{name}/H1/BB1/N1", 1.0, 2e9, 0.1) for name in ("OBR1", "OBR2")),
        transformers=tuple(_transformer(name) for name in ("OBR1", "OBR2")),
        lines=tuple(_line(*row) for row in LINES), switches=tuple(switches),
        loads=tuple(Load(f"{name}/T1", f"{name}/K1/BB1/N1", 400e3, 80e3, 150) for name in STATIONS),
        generators=(
            Generator("ST3/K1/G1/GEN1", "ST3/K1/BB1/N1", "pv", 500e3, 60.0),
            Generator("ST5/K1/G1/GEN1", "ST5/K1/BB1/N1", "pv", 300e3, 60.0),
        ),
        indicators=tuple(Indicator(f"{bay}/SFPI1", f"{bay}/Q0") for bay in station_bays),
        feeders=tuple(Feeder(bay, f"{bay}/Q0", f"{bay.split('/')[0]}/T1") for bay in feeders),
    ))  # fmt: skip


def _station_switch(bay: str) -> Switch:
    station, open_point = bay.split("/")[0], f"{bay}/Q0" in TIES
    return Switch(f"{bay}/Q0", SwitchKind.LOAD_BREAK_SWITCH, f"{station}/K1/BB1/N1", f"{bay}/N1", open_point, True,
                  630.0, 630.0)  # fmt: skip


def _feeder_switches(bay: str) -> list[Switch]:
    busbar = f"{bay.split('/')[0]}/K1/BB1/N1"
    return [
        Switch(f"{bay}/Q1", SwitchKind.DISCONNECTOR, busbar, f"{bay}/N2", False, False, 1250.0, 0.0),
        Switch(f"{bay}/Q0", SwitchKind.BREAKER, f"{bay}/N2", f"{bay}/N1", False, True, 1250.0, 25e3),
        Switch(f"{bay}/Q8", SwitchKind.EARTHING_SWITCH, f"{bay}/N1", "", True, False, 1250.0, 0.0),
    ]


def _transformer(name: str) -> Transformer:
    return Transformer(f"{name}/T1", f"{name}/H1/BB1/N1", f"{name}/K1/E01/N1", 25e6, 110e3, 20e3, 0.112, 70.5e3, 29e3,
                       0.0012, 0, -9, 9, 0.015, "YNd5")  # fmt: skip


def _line(name: str, start: str, end: str, length_m: float) -> Line:
    per_m = length_m / 1000.0
    return Line(f"{name}/W{name[1:]}", f"{start}/N1", f"{end}/N1", length_m, 0.1188 * per_m, 0.32 * per_m,
                11e-9 * per_m, 645.0)  # fmt: skip
