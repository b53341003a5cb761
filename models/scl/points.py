"""The one mapping of an SCL file to points, shared by server and simulator; a hand-written golden list checks it.

A data object becomes a point when it has an IEC 61850-80-1 address or stands in a data set that is reported; of a
device without any such data set, everything that tells a state or a measured value does. Each logical device with
setting groups has the point `LLN0.ActSG`. Location: path of the parent of the LNode that names its logical node, else
device and logical device ('IED1/LD0'). Variable: prefix, class, instance of the logical node, then the data object
('MMXU1.PPV.phsAB').
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.errors import ConfigError
from models.point import Cdc, ControlModel, Limits, PointName, PointSpec
from models.scl.elements import Ied, LogicalNode, LogicalNodeKey, Path, Scl
from models.scl.findings import Findings, named
from models.scl.links import protocol_of, reached
from models.scl.point_mapper import IEC104, NodeMapper, Oddities

NAME_LENGTH = 512
"""Of a location or a variable, in characters: what the data interface takes."""
ACTIVE_GROUP = "ActSG"
"""Name of the active setting group among the points of LLN0."""

_CONTROL_BLOCK = ".SGCB"
_SWITCHGEAR = (Cdc.DPC, Cdc.DPS)


@dataclass(frozen=True, slots=True)
class PointTable:
    """Points in the file's order, and what looks like a point but cannot be one (file, line, remedy).

    remarks: what is odd about them; they are points all the same.
    """

    points: tuple[PointSpec, ...]
    findings: tuple[ConfigError, ...]
    remarks: tuple[ConfigError, ...] = ()


def points(scl: Scl) -> tuple[PointSpec, ...]:
    """The points of an SCL file in the order of its logical nodes. What is unusable is left out, see point_table."""
    return point_table(scl).points


def point_table(scl: Scl) -> PointTable:
    """The points and the findings of an SCL file."""
    findings = Findings(scl.file)
    locations = _locations(scl)
    made: dict[PointName, PointSpec] = {}
    for ied in scl.ieds:
        _DevicePoints(scl, ied, locations, findings).add_to(made)
    return PointTable(tuple(made.values()), findings.blocking, findings.remarks)


def _locations(scl: Scl) -> dict[LogicalNodeKey, str]:
    locations: dict[LogicalNodeKey, str] = {}
    for use in scl.uses:
        locations.setdefault(use.key, use.location)
    return locations


def device_location(node: LogicalNodeKey) -> str:
    """'IED1/LD0': where points stand that no LNode of the process claims."""
    return f"{node.ied}/{node.device}" if node.device else node.ied


def _reported(ied: Ied) -> dict[LogicalNodeKey, list[Path]] | None:
    """Members of data sets that a report control block carries; None when there is none."""
    carried = {(control.holder, control.data_set) for control in ied.report_controls}
    reported: dict[LogicalNodeKey, list[Path]] = {}
    for data_set in ied.data_sets:
        if (data_set.holder, data_set.name) in carried:
            for key, path, _ in data_set.members:
                reported.setdefault(key, []).append(path)
    return reported or None


class _DevicePoints:
    """The points of one IED."""

    def __init__(self, scl: Scl, ied: Ied, locations: dict[LogicalNodeKey, str], findings: Findings) -> None:
        self._scl, self._ied, self._locations, self._findings = scl, ied, locations, findings
        self._protocol = protocol_of(scl, ied.name)
        self._reported = _reported(ied)
        self._homeless: list[LogicalNodeKey] = []
        self._oddities = Oddities()

    def add_to(self, made: dict[PointName, PointSpec]) -> None:
        servers = reached(self._scl, self._ied)
        for node in self._ied.logical_nodes:
            if node.access_point in servers and node.type_id in self._scl.templates:
                for point in self._of_node(node):
                    self._add(made, point, device_location(node.key))
        self._remark()

    def _add(self, made: dict[PointName, PointSpec], point: PointSpec, device: str) -> None:
        """What has a name that no client could ask for is left out, and told."""
        longest = max(point.name.location, point.name.variable, key=len)
        if len(longest) <= NAME_LENGTH:
            self._add_named(made, point, device)
            return
        problem = f"a name of {len(longest):,} characters ({longest[:40]}...); at most {NAME_LENGTH} can be asked for"
        self._findings.loss(point.line, problem, "shorten the names of what holds it, or its own")

    def _add_named(self, made: dict[PointName, PointSpec], point: PointSpec, device: str) -> None:
        """Several devices may work at one place and tell their health there: the later ones tell it as themselves.

        Which of two positions of one name is the switch's, or which of two is to be operated, nobody may guess.
        """
        first = made.setdefault(point.name, point)
        if first is point:
            return
        at_device = PointName(device, point.name.variable)
        switched = point.control_model is not ControlModel.STATUS_ONLY or point.cdc in _SWITCHGEAR
        if not switched and at_device not in made:
            made[at_device] = replace(point, name=at_device)
            self._oddities.moved.append(str(point.name))
            return
        problem = f"point {point.name} exists already (line {first.line})"
        self._findings.danger(point.line, problem, "give the logical nodes different inst or prefix")

    def _of_node(self, node: LogicalNode) -> Iterator[PointSpec]:
        over_mms = self._protocol != IEC104
        takes_all = over_mms and self._reported is None
        reported = None if takes_all else (self._reported or {}).get(node.key, [])
        location = self._locations.get(node.key)
        found: list[PointSpec] = []
        if node.addresses or takes_all or reported:
            mapper = NodeMapper(self._scl, node, self._protocol, reported, self._findings, self._oddities)
            found += mapper.points(location or device_location(node.key))
        if over_mms and node.setting_control is not None:
            found.append(_active_group(node, location or device_location(node.key)))
        if found and location is None:
            self._homeless.append(node.key)
        yield from found

    def _remark(self) -> None:
        tell, line = self._findings.remark, self._ied.line
        if self._homeless and self._scl.uses:
            what = f"no LNode of the process names {named([str(each) for each in self._homeless])}"
            where = f"so the points have the device for location ('{device_location(self._homeless[0])}')"
            tell(line, f"{what}, {where}", "add an LNode where they work")
        for names, problem, remedy in (
            (
                self._oddities.moved,
                "of the same name as another device's, hence under this device's own, is",
                "leave it so",
            ),
            (self._oddities.unstated, "nothing states ctlModel of", "they are not operated; state it"),
            (self._oddities.status_only, "status-only, though its type can be operated, is", "leave it if meant so"),
            (
                self._oddities.read_only,
                "of class BAC, hence read and not commanded, is",
                "use APC for a set-point, or the device's own tool",
            ),
            (
                self._oddities.without_quality,
                "its data set has the value without its quality (q), so questionable, hence passed over by automation "
                "and interlocking, is",
                "put the data object, or q beside the value, into the data set",
            ),
            (self._oddities.integers, "measured in whole numbers alone is", "give its type mag.f, which reports carry"),
        ):
            if names:
                tell(line, f"{problem} {named(names)}", remedy)


def is_active_group(point: PointSpec) -> bool:
    """Whether it is the active setting group of a logical device."""
    return point.reference.endswith(_CONTROL_BLOCK)


def _active_group(node: LogicalNode, location: str) -> PointSpec:
    """The setting group control block (SGCB) of a logical device: its ActSG is read, and switched without selection."""
    control = node.setting_control
    groups = max(1, control.groups if control else 1)
    return PointSpec(
        name=PointName(location, f"{node.key.name}.{ACTIVE_GROUP}"),
        cdc=Cdc.INC,
        link=node.key.ied,
        reference=f"{node.domain}/{node.key.name}{_CONTROL_BLOCK}",
        control_model=ControlModel.DIRECT_NORMAL,
        line=control.line if control else node.line,
        limits=Limits(1, groups, 1),
    )
