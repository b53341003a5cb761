"""The IED sections of an SCL file: access points, logical devices and nodes with what they hold."""

from __future__ import annotations

from dataclasses import replace

from models.scl.capabilities import Services, read_services
from models.scl.control_blocks import ControlBlockReader
from models.scl.document import Element, children, line_of, stated
from models.scl.elements import (
    NO_GROUPS,
    NO_LINES,
    NO_VALUES,
    AccessPoint,
    DataSet,
    Ied,
    LogicalDevice,
    LogicalNode,
    LogicalNodeKey,
    ReportControl,
)
from models.scl.findings import Findings
from models.scl.instances import Instances, Tables


class DevicesReader:
    """Collects the IEDs of one file. exchanged: whether one states engineering rights (edition 2, SED)."""

    def __init__(self, findings: Findings) -> None:
        self._findings, self._tables = findings, Tables()
        self._found: dict[str, Ied] = {}
        self.exchanged = False

    @property
    def ieds(self) -> tuple[Ied, ...]:
        return tuple(self._found.values())

    def section(self, element: Element) -> None:
        self.exchanged = self.exchanged or element.get("engRight") is not None
        ied = _DeviceReader(element, self._findings, self._tables).read()
        first = self._found.setdefault(ied.name, ied)
        if first is not ied:
            problem = f"IED '{ied.name}' stands already in line {first.line}"
            self._findings.danger(ied.line, problem, "rename or remove one of them")


class _DeviceReader:
    """Reads one IED; what is unusable goes to the findings."""

    def __init__(self, element: Element, findings: Findings, tables: Tables) -> None:
        self._element, self._findings, self._tables = element, findings, tables
        self._name = stated(element, "name")
        self._blocks = ControlBlockReader(self._name, findings, tables)
        self._nodes: dict[LogicalNodeKey, LogicalNode] = {}
        self._clients: dict[LogicalNodeKey, LogicalNode] = {}
        self._devices: dict[str, LogicalDevice] = {}
        self._data_sets: list[DataSet] = []
        self._controls: list[ReportControl] = []

    def read(self) -> Ied:
        services = read_services(self._element)
        points = tuple(self._access_point(each, services) for each in children(self._element, "AccessPoint"))
        self._check_references(points)
        self._name_devices()
        return Ied(
            name=self._name,
            logical_nodes=tuple(self._nodes.values()),
            data_sets=tuple(self._data_sets),
            report_controls=tuple(self._controls),
            line=line_of(self._element),
            devices=tuple(self._devices.values()),
            access_points=points,
            clients=tuple(self._clients.values()),
            services=services,
            manufacturer=stated(self._element, "manufacturer"),
            type=stated(self._element, "type"),
            configuration_version=stated(self._element, "configVersion"),
            description=stated(self._element, "desc"),
        )

    def _access_point(self, element: Element, of_ied: Services) -> AccessPoint:
        name, has_server = stated(element, "name"), False
        for server in children(element, "Server"):
            has_server = True
            for device in children(server, "LDevice"):
                self._device(device, name)
        for node in children(element, "LN"):
            self._keep(self._clients, self._logical_node(node, "", "", name))
        other = next((stated(each, "apName") for each in children(element, "ServerAt")), "")
        services = read_services(element)
        return AccessPoint(name, has_server, other, services if services.present else of_ied, line_of(element))

    def _check_references(self, points: tuple[AccessPoint, ...]) -> None:
        servers = {each.name for each in points if each.has_server}
        for each in points:
            if each.server_at and each.server_at not in servers:
                problem = f"access point '{each.name}' leads to the server of '{each.server_at}', which has none"
                self._findings.loss(each.line, problem, "name an access point of this IED that has a Server")

    def _name_devices(self) -> None:
        """Some tools write the name of a domain as ldInst of a member; unless a device is called so, it means that."""
        instances = {each.domain: each.instance for each in self._devices.values() if each.domain not in self._devices}
        for at, data_set in enumerate(self._data_sets):
            wrong = [key.device for key, _, _ in data_set.members if key.device in instances]
            if not wrong:
                continue
            members = tuple(
                (replace(key, device=instances.get(key.device, key.device)), path, constraint)
                for key, path, constraint in data_set.members
            )
            self._data_sets[at] = replace(data_set, members=members)
            problem = (
                f"data set {data_set.holder}.{data_set.name} names '{wrong[0]}', taken for '{instances[wrong[0]]}'"
            )
            self._findings.remark(data_set.line, problem, "write the inst of the logical device in ldInst")

    def _device(self, element: Element, access_point: str) -> None:
        instance, line = stated(element, "inst"), line_of(element)
        domain = stated(element, "ldName") or f"{self._name}{instance}"
        device = LogicalDevice(instance, domain, access_point, stated(element, "desc"), line)
        first = self._devices.setdefault(instance, device)
        if first is not device:
            problem = f"logical device '{instance}' of '{self._name}' stands already in line {first.line}"
            self._findings.danger(line, f"{problem}; the first one counts", "give it another inst")
            return
        for node in children(element, "LN0", "LN"):
            self._node(node, instance, domain, access_point)

    def _node(self, element: Element, device: str, domain: str, access_point: str) -> None:
        node = self._logical_node(element, device, domain, access_point)
        if self._keep(self._nodes, node):
            holder = f"{domain}/{node.key.name}"
            self._data_sets += self._blocks.data_sets(element, device, holder)
            self._controls += self._blocks.report_controls(element, holder)

    def _keep(self, nodes: dict[LogicalNodeKey, LogicalNode], node: LogicalNode) -> bool:
        first = nodes.setdefault(node.key, node)
        if first is not node:
            problem = f"logical node {node.key} stands already in line {first.line}; the first one counts"
            self._findings.danger(node.line, problem, "give it another inst or prefix")
        return first is node

    def _logical_node(self, element: Element, device: str, domain: str, access_point: str) -> LogicalNode:
        instances = Instances(self._findings, self._tables)
        instances.read(element)
        names = (stated(element, "prefix"), stated(element, "lnClass"), stated(element, "inst"))
        return LogicalNode(
            key=LogicalNodeKey(self._name, device, *names),
            domain=domain,
            type_id=stated(element, "lnType"),
            values=instances.shared_values,
            addresses=tuple(instances.addresses),
            object_lines=instances.object_lines or NO_LINES,
            line=line_of(element),
            access_point=access_point,
            setting_control=self._blocks.setting_control(element),
            inputs=tuple(self._blocks.inputs(element)),
            control_blocks=self._blocks.named(element),
            descriptions=instances.shared_descriptions,
            group_values=instances.group_values or NO_GROUPS,
            short_addresses=instances.short_addresses or NO_VALUES,
        )
