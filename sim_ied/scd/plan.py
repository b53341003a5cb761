"""Plans the devices of a network: which IED stands where, what it measures and commands, at which addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from models.errors import ConfigError
from models.network.elements import Network, Switch, SwitchKind
from sim_ied.equipment import limited_generators, primary_stations, tap_changing_loads
from sim_ied.scd import signals
from sim_ied.scd.signals import NodeTable

MMS = "8-MMS"
IEC104 = "104"
MMS_PORT = 10102
IEC104_PORT = 2404
RTU_ADDRESSES = 1000
ACCESS_POINT = "AP1"


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A logical node: where it works ('' where it serves no place), and the base of its object addresses."""

    table: NodeTable
    location: str
    base: int


@dataclass(frozen=True, slots=True)
class PlannedDevice:
    """A logical device (LDevice)."""

    instance: str
    nodes: tuple[PlannedNode, ...]


@dataclass(frozen=True, slots=True)
class PlannedIed:
    """network_type: type of its sub-network (MMS or IEC104). common_address: of all its points, unique in the site.

    setting_groups: of its protection; with one there is nothing to switch.
    """

    name: str
    description: str
    network_type: str
    common_address: int
    host: str
    port: int
    devices: tuple[PlannedDevice, ...]
    setting_groups: int = 1


def plan(network: Network) -> tuple[PlannedIed, ...]:
    """One MMS IED per bay of a primary substation, one RTU per other station, each with its own loopback address."""
    primaries = _primary_stations(network)
    bays = _bays(network)
    _refuse_bare_banks(network, primaries, bays)
    hosts = _hosts()
    addresses = count(1)
    ieds = [
        PlannedIed(
            _station(bay) + _last(bay),
            f"protection and control of {bay}",
            MMS,
            next(addresses),
            next(hosts),
            MMS_PORT,
            (_primary_device(network, bay, switches),),
            max((len(each.settings) for each in network.feeders if each.id == bay), default=1),
        )
        for bay, switches in bays.items()
        if _station(bay) in primaries
    ]
    stations = dict.fromkeys(node.station for node in network.nodes if node.station and node.station not in primaries)
    numbers = _station_numbers(stations)
    ieds += [
        PlannedIed(
            name,
            f"remote terminal unit of {name}",
            IEC104,
            numbers[name],
            next(hosts),
            IEC104_PORT,
            tuple(_station_devices(network, name, bays)),
        )
        for name in stations
    ]
    return tuple(ieds)


def _refuse_bare_banks(network: Network, primaries: set[str], bays: dict[str, list[Switch]]) -> None:
    """The device of a bay tells of its bank."""
    for bank in network.capacitors:
        if _station(bank.id) in primaries and _bay(bank.id) not in bays:
            problem = f"no switch stands in bay {_bay(bank.id)}, so that it has no device"
            raise ConfigError(bank.id, None, problem, "give the bank's bay its breaker")


def _station(path: str) -> str:
    return path.partition("/")[0]


def _bay(path: str) -> str:
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _primary_stations(network: Network) -> set[str]:
    feeding = [each.id for each in network.sources] + [each.id for each in network.transformers]
    return {_station(name) for name in feeding} | primary_stations(network)


def _bays(network: Network) -> dict[str, list[Switch]]:
    """Bays with switches, in the order of the network, each with its switches."""
    bays: dict[str, list[Switch]] = {}
    for switch in network.switches:
        bays.setdefault(_bay(switch.id), []).append(switch)
    return bays


def _hosts() -> Iterator[str]:
    """127.0.1.1, 127.0.1.2... : Linux answers on all of 127/8."""
    for third in range(1, 256):
        for fourth in range(1, 255):
            yield f"127.0.{third}.{fourth}"


def _station_numbers(stations: Iterable[str]) -> dict[str, int]:
    """Common address of a station: 1000 plus the number in its name; the next free one where that is taken."""
    numbers: dict[str, int] = {}
    for name in stations:
        digits = re.search(r"\d+$", name)
        wanted = RTU_ADDRESSES + (int(digits[0]) if digits else 0)
        taken = set(numbers.values())
        numbers[name] = next(each for each in count(wanted) if each not in taken)
        if numbers[name] > 65_534:
            raise ConfigError(name, None, "the station's number gives no common address", "number below 64535")
    return numbers


def _number(path: str) -> int:
    """The number at the end of a name: E03 is bay 3, whichever bays stand beside it."""
    digits = re.search(r"\d+$", path)
    if digits is None:
        raise ConfigError(path, None, "the name does not end in a number", "number bays, loads and generators")
    return int(digits[0])


def _nodes(tables: Sequence[NodeTable], location: str, base: int = 0) -> list[PlannedNode]:
    return [PlannedNode(table, location, base) for table in tables]


_UNUSED_LLN0 = NodeTable("LLN0", "")
_PHYSICAL = NodeTable("LPHD", "1")

_PRIMARY_SWITCHES = {
    SwitchKind.BREAKER: signals.BREAKER,
    SwitchKind.DISCONNECTOR: signals.DISCONNECTOR,
    SwitchKind.EARTHING_SWITCH: signals.EARTHING_SWITCH,
}


def _primary_device(network: Network, bay: str, switches: Sequence[Switch]) -> PlannedDevice:
    nodes = _nodes(signals.PRIMARY_BAY, bay)
    nodes.insert(1, PlannedNode(_PHYSICAL, "", 0))
    if any(feeder.id == bay for feeder in network.feeders):
        nodes += _nodes(signals.FEEDER, bay)
    for switch in switches:
        nodes += _nodes(_PRIMARY_SWITCHES[switch.kind], switch.id)
    nodes += _nodes(signals.BREAKER_FAILURE, bay)
    nodes += _nodes(signals.CURRENT_TRANSFORMER, f"{bay}/BC1") + _nodes(signals.VOLTAGE_TRANSFORMER, f"{bay}/BA1")
    for transformer in network.transformers:
        if _bay(transformer.lv_node) == bay:
            beside = sum(_station(each.id) == _station(bay) for each in network.transformers) > 1
            tables = signals.PARALLEL_TRANSFORMER if beside else signals.TRANSFORMER
            nodes += _nodes(tables, transformer.id) + _nodes(signals.RESIDUAL_VOLTAGE, bay)
    for number, bank in enumerate(each for each in network.capacitors if _bay(each.id) == bay):
        nodes += _nodes(signals.CAPACITOR, bank.id, signals.BANK_BASE * number)
    for coil in (each.coil for each in network.galvanic_networks if each.coil and _bay(each.coil) == bay):
        nodes += _nodes(signals.COIL, coil)
    return PlannedDevice("LD0", tuple(nodes))


def _station_devices(network: Network, name: str, bays: dict[str, list[Switch]]) -> Iterator[PlannedDevice]:
    """LD0 for the station itself, then one logical device per busbar, bay, load, generator and capacitor bank, named
    like the place."""
    station = _nodes(signals.STATION, name)
    station.insert(1, PlannedNode(_PHYSICAL, "", 0))
    yield PlannedDevice("LD0", tuple(station))
    for node in network.nodes:
        if node.station == name and node.busbar:
            yield _place_device(_bay(node.id), signals.STATION_BUSBAR, 0)
    for bay, switches in bays.items():
        if _station(bay) == name:
            yield _bay_device(bay, switches[0], signals.BAY_BASE * _number(bay))
    tap_changing, limited = tap_changing_loads(network), limited_generators(network)
    for load in network.loads:
        if _station(load.id) == name:
            base = signals.LOAD_BASE + signals.FURTHER_BASE * _number(load.id)
            taps = signals.TAP_CHANGER if load in tap_changing else ()
            yield _place_device(load.id, (*signals.LOAD, *taps), base)
    for place in (_bay(each.id) for each in network.generators if _station(each.id) == name):
        base = signals.GENERATOR_BASE + signals.FURTHER_BASE * _number(place)
        tables = signals.CONTROLLED_GENERATOR if place in limited else signals.GENERATOR
        yield _place_device(place, tables, base)
    for bank in (each for each in network.capacitors if _station(each.id) == name):
        base = signals.CAPACITOR_BASE + signals.FURTHER_BASE * _number(bank.id)
        yield _place_device(bank.id, signals.STATION_CAPACITOR, base)


def _place_device(location: str, tables: Sequence[NodeTable], base: int) -> PlannedDevice:
    nodes = [PlannedNode(_UNUSED_LLN0, "", 0), *_nodes(tables, location, base)]
    return PlannedDevice(_last(location), tuple(nodes))


def _bay_device(bay: str, switch: Switch, base: int) -> PlannedDevice:
    tables: tuple[NodeTable, ...] = signals.REMOTE_SWITCH if switch.remote else signals.LOCAL_SWITCH
    tables = (*tables, signals.STATION_SWITCHGEAR[switch.kind])
    nodes = [PlannedNode(_UNUSED_LLN0, "", 0), *_nodes(tables, switch.id, base)]
    nodes += _nodes(signals.STATION_BAY, bay, base)
    if switch.kind is SwitchKind.BREAKER:
        nodes += _nodes(signals.LINE_RECLOSER, bay, base)
    return PlannedDevice(_last(bay), tuple(nodes))
