"""Do network, SCD and links of a site belong together? Every mismatch with file, line and remedy.

What a single file has wrong by itself stands in the findings of its reader (Scl, PointTable, LinkTable).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from models.driver import LinkConfig
from models.errors import ConfigError
from models.network.elements import Switch, SwitchKind
from models.network.reader import NetworkFile
from models.point import ControlModel, Iec104Address, PointName, PointSpec
from models.scl.elements import LogicalNodeKey, LogicalNodeUse, Scl
from models.scl.links import equal_links

EARTH = "grounded"
"""Name of the connectivity node that is earth (IEC 61850-6, 9.2.4)."""

_SHARED_TYPES = frozenset({"CBR", "DIS", "LIN", "GEN"})
"""Types of conducting equipment that a network must know too."""

_GROUPS = frozenset({"PowerTransformer", "Function"})
_INDICATIONS = ("SFPI1.FwdFlt", "SFPI1.RvFlt")
_TRIP = "PTRC1.Tr"


def mismatches(
    network: NetworkFile, scl: Scl, points: Sequence[PointSpec], links: Sequence[LinkConfig]
) -> list[ConfigError]:
    """Everything that contradicts, in the order: paths, terminals, devices, points of the grid, equal addresses."""
    names = {point.name: point for point in points}
    derived = network.network.topology_only  # from this SCD, so that nothing in it can contradict
    return [
        *(() if derived else (*_paths(network, scl), *_terminals(network, scl))),
        *_devices(scl),
        *(() if derived else (*_positions(network, names), *_indications(network, names))),
        *equal_links(scl, links),
        *equal_points(scl, points),
    ]


def _paths(network: NetworkFile, scl: Scl) -> Iterator[ConfigError]:
    """Elements of the network that the SCD does not have, and equipment of the SCD that the network does not have."""
    for name, line in network.lines.items():
        if name not in scl.places:
            remedy = f"add it to the process sections of {scl.file} or remove it"
            yield ConfigError(network.file, line, f"'{name}' has no path in the SCD", remedy)
    for place in scl.places.values():
        if place.kind == "ConductingEquipment" and place.type in _SHARED_TYPES and place.path not in network.lines:
            remedy = f"add it to {network.file} or remove it"
            yield ConfigError(scl.file, place.line, f"{place.type} '{place.path}' is not in the network", remedy)


def _terminals(network: NetworkFile, scl: Scl) -> Iterator[ConfigError]:
    """Equipment that ends elsewhere in the SCD than in the network; without terminals the SCD says nothing."""
    stated = _stated_nodes(scl)
    for name, ends in _ends(network):
        nodes = stated.get(name)
        if nodes and not set(ends) <= nodes:
            problem = (
                f"'{name}' ends at {' and '.join(ends)} in the network, at {' and '.join(sorted(nodes))} in the SCD"
            )
            remedy = f"correct one of them ({scl.file}:{scl.places[name].line})"
            yield ConfigError(network.file, network.lines[name], problem, remedy)


def _stated_nodes(scl: Scl) -> dict[str, set[str]]:
    """Nodes of an equipment's terminals; those of windings and of equipment in functions count for their parent too."""
    stated: dict[str, set[str]] = defaultdict(set)
    for place in scl.places.values():
        stated[place.path].update(place.nodes)
        parent = place.path.rpartition("/")[0]
        if parent in scl.places and scl.places[parent].kind in _GROUPS:
            stated[parent].update(place.nodes)
    return stated


def _ends(network: NetworkFile) -> Iterator[tuple[str, tuple[str, ...]]]:
    grid = network.network
    for line in grid.lines:
        yield line.id, (line.from_node, line.to_node)
    for switch in grid.switches:
        yield switch.id, (switch.from_node, switch.to_node or f"{switch.id.rpartition('/')[0]}/{EARTH}")
    for transformer in grid.transformers:
        yield transformer.id, (transformer.hv_node, transformer.lv_node)
    for source in grid.sources:
        yield source.id, (source.node,)
    for load in grid.loads:
        yield load.id, (load.node,)
    for generator in grid.generators:
        yield generator.id, (generator.node,)
    for bank in grid.capacitors:
        yield bank.id, (bank.node,)


def _devices(scl: Scl) -> Iterator[ConfigError]:
    """LNodes that name an IED or a logical node that does not exist; one message per missing IED."""
    ieds = {ied.name: ied for ied in scl.ieds}
    existing = {node.key for ied in scl.ieds for node in (*ied.logical_nodes, *ied.clients)}
    complained: set[str] = set()
    for use in scl.uses:
        if use.key.ied in ieds:
            yield from _logical_node(scl, use, existing)
        elif use.key.ied not in complained:
            complained.add(use.key.ied)
            problem = f"'{use.location}' is served by IED '{use.key.ied}', which is missing"
            yield ConfigError(scl.file, use.line, problem, "add the IED or correct iedName")


def _logical_node(scl: Scl, use: LogicalNodeUse, existing: set[LogicalNodeKey]) -> Iterator[ConfigError]:
    if use.key not in existing:
        problem = f"'{use.location}' is served by {use.key}, which IED '{use.key.ied}' does not have"
        yield ConfigError(scl.file, use.line, problem, "add the logical node or correct the LNode")


def _positions(network: NetworkFile, names: dict[PointName, PointSpec]) -> Iterator[ConfigError]:
    by_location: dict[str, PointSpec] = {}
    for name, point in names.items():
        if name.variable.startswith("CSWI") and name.variable.endswith(".Pos"):
            by_location[name.location] = point
    for switch in network.network.switches:
        line = network.lines[switch.id]
        position = by_location.get(switch.id)
        if position is None:
            remedy = "add an LNode CSWI with an addressed Pos, or remove the switch"
            yield ConfigError(network.file, line, f"no device tells the position of '{switch.id}'", remedy)
        else:
            yield from _remote(network.file, line, switch, position)


def _remote(file: str, line: int, switch: Switch, position: PointSpec) -> Iterator[ConfigError]:
    """`remote` and the control model must say the same; automation never commands an earthing switch (SAFETY S1)."""
    commanded = position.control_model is not ControlModel.STATUS_ONLY
    if switch.remote != commanded:
        stated = "remote-controlled" if switch.remote else "not remote-controlled"
        problem = f"'{switch.id}' is {stated} in the network, its {position.name.variable} is {_model(position)}"
        yield ConfigError(file, line, problem, f"correct 'remote' here or ctlModel in the SCD (line {position.line})")
    elif commanded and switch.kind is SwitchKind.EARTHING_SWITCH:
        problem = f"earthing switch '{switch.id}' has remote control"
        yield ConfigError(file, line, problem, "make it status-only: earthing is work for people (SAFETY S1)")


def _model(position: PointSpec) -> str:
    return position.control_model.name.lower().replace("_", "-")


def _indications(network: NetworkFile, names: dict[PointName, PointSpec]) -> Iterator[ConfigError]:
    wanted = [(each.id, variable) for each in network.network.indicators for variable in _INDICATIONS]
    wanted += [(each.id, _TRIP) for each in network.network.feeders]
    for element, variable in wanted:
        if PointName(element, variable) not in names:
            problem = f"no device has the point {element}/{variable}"
            remedy = "add its logical node and address to the SCD, or remove the element"
            yield ConfigError(network.file, network.lines[element], problem, remedy)


def equal_points(scl: Scl, points: Sequence[PointSpec]) -> Iterator[ConfigError]:
    """Common and object address must be unique in the site: the control centre knows points by nothing else."""
    first: dict[tuple[int, int], PointSpec] = {}
    for point in points:
        for address in (*point.monitors, *point.commands):
            if first.setdefault(_key(address), point) is not point:
                problem = f"{point.name} and {first[_key(address)].name} have the same address {_text(address)}"
                yield ConfigError(scl.file, point.line, problem, "give each point an ioa of its own in its casdu")


def _key(address: Iec104Address) -> tuple[int, int]:
    return address.common_address, address.object_address


def _text(address: Iec104Address) -> str:
    return f"casdu {address.common_address} ioa {address.object_address}"
