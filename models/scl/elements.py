"""What a reader takes out of an SCL file. Every element knows the line that declares it; names as in IEC 61850-6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from models.errors import ConfigError
from models.point import Iec104Address
from models.scl.capabilities import NO_SERVICES, Edition, FileKind, Services
from models.scl.place import Section, Shape, Terminal
from models.scl.templates import Templates

Path = tuple[str, ...]
"""Names of data object, sub data objects and attributes, outermost first: ('Pos', 'Oper', 'ctlVal')."""


NO_TEXTS: Mapping[str, str] = MappingProxyType({})
NO_LINES: Mapping[str, int] = MappingProxyType({})
NO_VALUES: Mapping[Path, str] = MappingProxyType({})
NO_GROUPS: Mapping[Path, Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """Something of the process that has a path (substation, bay, equipment, connectivity node, line...).

    type: of equipment ('CBR', 'DIS', 'LIN'...). terminals: in their order; those of a transformer's windings belong to
    the windings. path_name: what a connectivity node calls itself. voltage_v, frequency_hz: of a voltage level, None
    where not stated. shape, sections: where a drawing puts it.
    """

    path: str
    kind: str
    line: int
    type: str = ""
    terminals: tuple[Terminal, ...] = ()
    path_name: str = ""
    voltage_v: float | None = None
    frequency_hz: float | None = None
    shape: Shape | None = None
    sections: tuple[Section, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Connectivity nodes of the terminals, in their order."""
        return tuple(each.node for each in self.terminals if not each.neutral)

    @property
    def parent(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class LogicalNodeKey:
    """What an LNode of the process and an LN of an IED have in common."""

    ied: str
    device: str
    prefix: str
    ln_class: str
    instance: str

    @property
    def name(self) -> str:
        """Prefix, class and instance: 'CSWI1', 'LLN0'."""
        return f"{self.prefix}{self.ln_class}{self.instance}"

    def __str__(self) -> str:
        return f"{self.ied}{self.device}/{self.name}"


@dataclass(frozen=True, slots=True)
class LogicalNodeUse:
    """An LNode: the logical node that serves a location of the process."""

    location: str
    key: LogicalNodeKey
    line: int


@dataclass(frozen=True, slots=True)
class MappedAddress:
    """An IEC 61850-80-1 address of one attribute. check: which check of a command it switches ('' for none)."""

    path: Path
    address: Iec104Address
    check: str
    line: int


@dataclass(frozen=True, slots=True)
class SettingControl:
    """A setting group control block (SGCB) of LLN0. reservation_s: how long an edit is reserved, 0: not stated."""

    groups: int
    active: int
    reservation_s: int
    line: int


@dataclass(frozen=True, slots=True)
class ExternalReference:
    """An ExtRef: a value of another device that this node takes in. internal: what it is used for (intAddr)."""

    source: LogicalNodeKey
    path: Path
    service: str
    internal: str


@dataclass(frozen=True, slots=True)
class LogicalNode:
    """A logical node of an IED. domain: MMS domain of its logical device. values: instance values (DAI).

    descriptions: what the file says (`desc`) of its data objects, where it says something. group_values: instance
    values by setting group. short_addresses: `sAddr` of instances. control_blocks: names of GOOSE, sampled-value and
    log control blocks with their kind ('GSEControl', 'SampledValueControl', 'LogControl').
    """

    key: LogicalNodeKey
    domain: str
    type_id: str
    values: Mapping[Path, str]
    addresses: tuple[MappedAddress, ...]
    object_lines: Mapping[str, int]
    line: int
    descriptions: Mapping[str, str] = field(default_factory=lambda: NO_TEXTS)
    access_point: str = ""
    group_values: Mapping[Path, Mapping[int, str]] = field(default_factory=lambda: NO_GROUPS)
    short_addresses: Mapping[Path, str] = field(default_factory=lambda: NO_VALUES)
    setting_control: SettingControl | None = None
    inputs: tuple[ExternalReference, ...] = ()
    control_blocks: tuple[tuple[str, str], ...] = ()

    def line_of(self, data_object: str) -> int:
        """Line of the data object's instance (DOI), or of the logical node where it has none."""
        return self.object_lines.get(data_object, self.line)


@dataclass(frozen=True, slots=True)
class LogicalDevice:
    """domain: its name in MMS: `ldName`, or name of the IED and inst. access_point: whose server it stands in."""

    instance: str
    domain: str
    access_point: str
    description: str
    line: int


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """has_server: one of its own. server_at: the access point whose server it gives access to, '' for none."""

    name: str
    has_server: bool
    server_at: str
    services: Services
    line: int


@dataclass(frozen=True, slots=True)
class DataSet:
    """holder: 'OBR1E03LD0/LLN0'. members: logical node, path of data object (and attribute), functional constraint."""

    holder: str
    name: str
    members: tuple[tuple[LogicalNodeKey, Path, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class ReportControl:
    """A report control block. data_set: its name, in the same logical node; '' when it has none.

    most_clients: instances (RptEnabled max), 1 where the file is silent. indexed: whether their names carry a number.
    triggers: of 'dchg', 'qchg', 'dupd', 'period', 'gi'. options: of OptFields ('seqNum', 'timeStamp', 'entryID'...).
    clients: IEDs that the instances are reserved for, in their order.
    """

    holder: str
    name: str
    data_set: str
    buffered: bool
    conf_rev: int
    integrity_ms: int
    line: int
    report_id: str = ""
    indexed: bool = True
    most_clients: int = 1
    buffer_time_ms: int = 0
    triggers: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    clients: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """'OBR1E03LD0/LLN0.BR.brcbStatus', without the index of an instance."""
        return f"{self.holder}.{'BR' if self.buffered else 'RP'}.{self.name}"


@dataclass(frozen=True, slots=True)
class Ied:
    """logical_nodes: those that its servers hold. clients: those directly in an access point (an HMI, a gateway)."""

    name: str
    logical_nodes: tuple[LogicalNode, ...]
    data_sets: tuple[DataSet, ...]
    report_controls: tuple[ReportControl, ...]
    line: int
    devices: tuple[LogicalDevice, ...] = ()
    access_points: tuple[AccessPoint, ...] = ()
    clients: tuple[LogicalNode, ...] = ()
    services: Services = NO_SERVICES
    manufacturer: str = ""
    type: str = ""
    configuration_version: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A ConnectedAP: how an IED is reached in a sub-network. parameters: its P elements by type."""

    ied: str
    access_point: str
    network: str
    network_type: str
    parameters: dict[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Scl:
    """A whole file. findings: what in it is dangerous or cannot be used, one ConfigError each; the rest is usable.

    remarks: what is odd in it, and used all the same.
    """

    file: str
    places: dict[str, Place]
    uses: tuple[LogicalNodeUse, ...]
    ieds: tuple[Ied, ...]
    connections: tuple[Connection, ...]
    templates: Templates
    findings: tuple[ConfigError, ...]
    remarks: tuple[ConfigError, ...] = ()
    edition: Edition = Edition.ED2
    kind: FileKind = FileKind.SCD
    _by_name: dict[str, Ied] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_ied: dict[str, list[Connection]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for ied in self.ieds:
            self._by_name.setdefault(ied.name, ied)
        for connection in self.connections:
            self._by_ied.setdefault(connection.ied, []).append(connection)

    def ied(self, name: str) -> Ied | None:
        """The IED of that name."""
        return self._by_name.get(name)

    def connections_of(self, ied: str) -> Sequence[Connection]:
        """How an IED is reached, in the file's order."""
        return self._by_ied.get(ied, ())
