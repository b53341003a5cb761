"""Which values are measured where: feeder and transformer bays, station bays, busbars, loads and generators."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.network.elements import Network, Switch, SwitchKind
from models.point import PointName
from sim_ied.equipment import limited_generators, primary_stations
from sim_ied.switchgear import bay_of


class Source(Enum):
    """A column of the snapshot, its unit, and how far phases may differ (share of the value)."""

    VOLTAGE = ("voltage", "V", 0.003)
    CURRENT = ("current", "A", 0.02)
    POWER = ("power", "W", 0.0)
    REACTIVE_POWER = ("reactive power", "var", 0.0)
    LOAD_POWER = ("load power", "W", 0.0)
    LOAD_REACTIVE_POWER = ("load reactive power", "var", 0.0)
    LOAD_CURRENT = ("load current", "A", 0.02)
    GENERATION = ("generation", "W", 0.0)
    REACTIVE_GENERATION = ("reactive generation", "var", 0.0)
    FREQUENCY = ("frequency", "Hz", 0.0)

    @property
    def unit(self) -> str:
        return self.value[1]

    @property
    def unbalance(self) -> float:
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Measurand:
    """A point, the column and the element's number behind it, and the sign of the point's convention."""

    point: PointName
    source: Source
    number: int
    sign: float = 1.0


_LINE_VOLTAGES = ("MMXU1.PPV.phsAB", "MMXU1.PPV.phsBC", "MMXU1.PPV.phsCA")
_CURRENTS = ("MMXU1.A.phsA", "MMXU1.A.phsB", "MMXU1.A.phsC")


def measurands(network: Network) -> list[Measurand]:
    """All measured points, grouped by device."""
    primary, controlled = primary_stations(network), limited_generators(network)
    rows: list[Measurand] = []
    nodes = {node.id: number for number, node in enumerate(network.nodes)}
    for number, switch in enumerate(network.switches):
        if switch.kind is SwitchKind.BREAKER and switch.id.partition("/")[0] in primary:
            rows += _feeder_bay(switch, number, nodes)
        elif switch.id.partition("/")[0] not in primary:
            rows += _station_bay(switch, number)
    for number, node in enumerate(network.nodes):
        if node.busbar and node.station not in primary:
            rows += [Measurand(PointName(bay_of(node.id), name), Source.VOLTAGE, number) for name in _LINE_VOLTAGES]
    for number, load in enumerate(network.loads):
        rows += _load(load.id, number)
    for number, generator in enumerate(network.generators):
        rows.append(Measurand(PointName(bay_of(generator.id), "MMXU1.TotW"), Source.GENERATION, number))
    for number, generator in enumerate(network.generators):
        if (bay := bay_of(generator.id)) in controlled:
            rows.append(Measurand(PointName(bay, "MMXU1.TotVAr"), Source.REACTIVE_GENERATION, number))
    return rows


def _flow(bay: str, number: int) -> list[Measurand]:
    return [
        *(Measurand(PointName(bay, name), Source.CURRENT, number) for name in _CURRENTS),
        Measurand(PointName(bay, "MMXU1.TotW"), Source.POWER, number),
        Measurand(PointName(bay, "MMXU1.TotVAr"), Source.REACTIVE_POWER, number),
    ]


def _feeder_bay(switch: Switch, number: int, nodes: dict[str, int]) -> list[Measurand]:
    bay = bay_of(switch.id)
    voltages = [Measurand(PointName(bay, name), Source.VOLTAGE, nodes[switch.from_node]) for name in _LINE_VOLTAGES]
    return [*voltages, *_flow(bay, number), Measurand(PointName(bay, "MMXU1.Hz"), Source.FREQUENCY, 0)]


def _station_bay(switch: Switch, number: int) -> list[Measurand]:
    return _flow(bay_of(switch.id), number)


def _load(location: str, number: int) -> list[Measurand]:
    return [
        Measurand(PointName(location, "MMXU1.TotW"), Source.LOAD_POWER, number),
        Measurand(PointName(location, "MMXU1.TotVAr"), Source.LOAD_REACTIVE_POWER, number),
        Measurand(PointName(location, "MMXU1.A.phsA"), Source.LOAD_CURRENT, number),
    ]
