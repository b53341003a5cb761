"""The Substation and Line sections: primary equipment with its terminals, and the logical nodes that serve it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from models.network.elements import Network, Switch, SwitchKind
from models.scl.document import Element
from sim_ied.scd.data_types import NODES
from sim_ied.scd.markup import add
from sim_ied.scd.plan import PlannedIed

EARTH = "grounded"

_EQUIPMENT_TYPES = {
    SwitchKind.BREAKER: "CBR",
    SwitchKind.LOAD_BREAK_SWITCH: "DIS",
    SwitchKind.DISCONNECTOR: "DIS",
    SwitchKind.EARTHING_SWITCH: "DIS",
}
_INSTRUMENTS = (("BC1", "CTR"), ("BA1", "VTR"))
"""Current and voltage transformers of a bay (letter codes of IEC 81346), where logical nodes stand for them."""


class ProcessSection:
    """Writes every Substation and Line of a network. `add_substations` and `add_lines` are called once each."""

    def __init__(self, network: Network, ieds: Sequence[PlannedIed]) -> None:
        self._network = network
        self._nodes = {node.id: node for node in network.nodes}
        self._uses: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
        for ied in ieds:
            for device in ied.devices:
                for node in (each for each in device.nodes if each.location):
                    ln_class = NODES[node.table.type_id].ln_class
                    self._uses[node.location].append((ied.name, device.instance, ln_class, node.table.instance))
        self._bay_nodes = _by_parent(node.id for node in network.nodes if node.station)
        self._switches = {switch.id: switch for switch in network.switches}
        self._bay_switches = _by_parent(self._switches)
        self._generators = {generator.id: generator.node for generator in network.generators}
        self._bay_generators = _by_parent(self._generators)
        self._banks = {bank.id: bank.node for bank in network.capacitors}
        self._bay_banks = _by_parent(self._banks)
        self._bay_coils = _by_parent(each.coil for each in network.galvanic_networks if each.coil)

    def add_substations(self, root: Element) -> None:
        stations = dict.fromkeys(node.station for node in self._network.nodes if node.station)
        levels = self._levels()
        for name in stations:
            made = add(root, "Substation", name=name)
            self._add_uses(made, name)
            self._add_transformers(made, name)
            for level, bays in levels[name].items():
                self._add_level(made, level, bays)
            for source in (each for each in self._network.sources if each.id.partition("/")[0] == name):
                infeed = source.id.rpartition("/")[2]
                function = add(made, "Function", name=infeed, desc="infeed from the higher voltage level")
                self._terminals(add(function, "ConductingEquipment", name=infeed, type="IFL"), source.node)

    def add_lines(self, root: Element) -> None:
        """One Line per zone: its segments and its joints (IEC 61850-6, edition 2.1)."""
        segments = defaultdict(list)
        for line in self._network.lines:
            segments[line.id.partition("/")[0]].append(line)
        joints = _by_parent(node.id for node in self._network.nodes if not node.station)
        for name, lines in segments.items():
            made = add(root, "Line", name=name)
            for line in lines:
                equipment = add(made, "ConductingEquipment", name=line.id.rpartition("/")[2], type="LIN")
                self._terminals(equipment, line.from_node, line.to_node)
            for joint in joints.get(name, []):
                add(made, "ConnectivityNode", name=joint.rpartition("/")[2], pathName=joint)

    def _levels(self) -> dict[str, dict[str, dict[str, None]]]:
        """Substation to its voltage levels to their bays, as the paths of nodes, switches and generators tell."""
        levels: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for bay in (*self._bay_nodes, *self._bay_switches, *self._bay_generators, *self._bay_banks):
            level = bay.rpartition("/")[0]
            levels[level.partition("/")[0]][level][bay] = None
        return levels

    def _add_level(self, station: Element, level: str, bays: Iterable[str]) -> None:
        bays = sorted(bays)
        made = add(station, "VoltageLevel", name=level.rpartition("/")[2], nomFreq=f"{self._network.frequency_hz:g}")
        kilovolts = next(self._nodes[each].nominal_voltage_v for bay in bays for each in self._bay_nodes.get(bay, []))
        add(made, "Voltage", f"{kilovolts / 1e3:g}", unit="V", multiplier="k")
        for bay in bays:
            self._add_bay(made, bay)

    def _add_bay(self, level: Element, bay: str) -> None:
        made = add(level, "Bay", name=bay.rpartition("/")[2])
        self._add_uses(made, bay)
        for name in self._bay_switches.get(bay, []):
            self._add_switch(made, self._switches[name])
        for name in self._bay_generators.get(bay, []):
            equipment = add(made, "ConductingEquipment", name=name.rpartition("/")[2], type="GEN")
            self._terminals(equipment, self._generators[name])
        for name in self._bay_banks.get(bay, []):
            equipment = add(made, "ConductingEquipment", name=name.rpartition("/")[2], type="CAP")
            self._add_uses(equipment, name)
            self._terminals(equipment, self._banks[name])
        for name in self._bay_coils.get(bay, []):
            equipment = add(made, "ConductingEquipment", name=name.rpartition("/")[2], type="EFN")
            self._add_uses(equipment, name)
            self._terminals(equipment, self._bay_nodes[bay][-1])
        for name, kind in _INSTRUMENTS:
            if self._uses.get(f"{bay}/{name}"):
                equipment = add(made, "ConductingEquipment", name=name, type=kind)
                self._add_uses(equipment, f"{bay}/{name}")
                self._terminals(equipment, self._bay_nodes[bay][-1])
        for node in self._bay_nodes.get(bay, []):
            add(made, "ConnectivityNode", name=node.rpartition("/")[2], pathName=node)

    def _add_switch(self, bay: Element, switch: Switch) -> None:
        name = switch.id.rpartition("/")[2]
        description = switch.kind.value.replace("_", " ")
        equipment = add(bay, "ConductingEquipment", name=name, type=_EQUIPMENT_TYPES[switch.kind], desc=description)
        self._add_uses(equipment, switch.id)
        self._terminals(equipment, switch.from_node, switch.to_node or f"{switch.id.rpartition('/')[0]}/{EARTH}")

    def _add_transformers(self, station: Element, name: str) -> None:
        for transformer in (each for each in self._network.transformers if each.id.partition("/")[0] == name):
            self._add_transformer(station, transformer.id, (transformer.hv_node, transformer.lv_node))
        for load in (each for each in self._network.loads if each.id.partition("/")[0] == name):
            self._add_transformer(station, load.id, (load.node,))

    def _add_transformer(self, station: Element, path: str, nodes: Sequence[str]) -> None:
        """A station's transformer ends at its secondary side, which belongs to the low-voltage grid."""
        made = add(station, "PowerTransformer", name=path.rpartition("/")[2], type="PTR")
        self._add_uses(made, path)
        for number, node in enumerate(nodes, start=1):
            winding = add(made, "TransformerWinding", name=f"W{number}", type="PTW")
            self._terminals(winding, node)

    def _add_uses(self, place: Element, path: str) -> None:
        for ied, device, ln_class, instance in self._uses.get(path, []):
            made = add(place, "LNode", iedName=ied, ldInst=device, lnClass=ln_class)
            if instance:
                made.set("lnInst", instance)

    def _terminals(self, equipment: Element, *nodes: str) -> None:
        for number, path in enumerate(nodes, start=1):
            *above, name = path.split("/")
            if path in self._nodes and not self._nodes[path].station:
                place = {"lineName": above[0]}
            else:
                place = dict(zip(("substationName", "voltageLevelName", "bayName"), above, strict=True))
            add(equipment, "Terminal", name=f"T{number}", connectivityNode=path, cNodeName=name, **place)


def _by_parent(paths: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        found[path.rpartition("/")[0]].append(path)
    return dict(found)
