"""What a reader takes out of an SCL file. Every element knows the line that declares it; names as in IEC 61850-6."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.errors import ConfigError
from models.point import Iec104Address
from models.scl.templates import Templates

Path = tuple[str, ...]
"""Names of data object, sub data objects and attributes, outermost first: ('Pos', 'Oper', 'ctlVal')."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something of the process that has a path (substation, bay, equipment, connectivity node, line...).

    type: of equipment ('CBR', 'DIS', 'LIN'...). nodes: connectivity nodes of its terminals, in their order; those of a
    transformer's windings belong to the windings.
    """

    path: str
    kind: str
    line: int
    type: str = ""
    nodes: tuple[str, ...] = ()


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
class LogicalNode:
    """A logical node of an IED. domain: MMS domain of its logical device. values: instance values (DAI).

    descriptions: what the file says (`desc`) of its data objects, where it says something.
    """

    key: LogicalNodeKey
    domain: str
    type_id: str
    values: dict[Path, str]
    addresses: tuple[MappedAddress, ...]
    object_lines: dict[str, int]
    line: int
    descriptions: dict[str, str] = field(default_factory=dict)

    def line_of(self, data_object: str) -> int:
        """Line of the data object's instance (DOI), or of the logical node where it has none."""
        return self.object_lines.get(data_object, self.line)


@dataclass(frozen=True, slots=True)
class DataSet:
    """holder: 'OBR1E03LD0/LLN0'. members: logical node, path of data object (and attribute), functional constraint."""

    holder: str
    name: str
    members: tuple[tuple[LogicalNodeKey, Path, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class ReportControl:
    """A report control block. data_set: its name, in the same logical node; '' when it has none."""

    holder: str
    name: str
    data_set: str
    buffered: bool
    conf_rev: int
    integrity_ms: int
    line: int

    @property
    def reference(self) -> str:
        """'OBR1E03LD0/LLN0.BR.brcbStatus', without the index of an instance."""
        return f"{self.holder}.{'BR' if self.buffered else 'RP'}.{self.name}"


@dataclass(frozen=True, slots=True)
class Ied:
    name: str
    logical_nodes: tuple[LogicalNode, ...]
    data_sets: tuple[DataSet, ...]
    report_controls: tuple[ReportControl, ...]
    line: int


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
    """A whole file. findings: what it holds that cannot be used, one ConfigError each; the rest is usable."""

    file: str
    places: dict[str, Place]
    uses: tuple[LogicalNodeUse, ...]
    ieds: tuple[Ied, ...]
    connections: tuple[Connection, ...]
    templates: Templates
    findings: tuple[ConfigError, ...]
