"""One IED of an SCL file: its logical nodes behave, its MMS server shows them and takes commands and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from open61850.data import (
    BitStringData,
    BoolData,
    FloatData,
    IECData,
    IntData,
    MmsStringData,
    OctetStringData,
    StructureData,
    UIntData,
)
from open61850.data import VisibleStringData as Text
from open61850.mms.pdu import ObjectName
from open61850.mms.types import PrimitiveType
from open61850.server import Node
from open61850.server.control import IN_EXECUTION, Command
from open61850.server.model import (
    ACCESS_OBJECT_VALUE_INVALID,
    ACCESS_TEMPORARILY_UNAVAILABLE,
    WRITABLE_FCS,
    _fits,
)

from models.command import AddCause, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import Clock
from models.point import PointName, Value
from sim_ied.board import Change
from sim_ied.mms.access import leaves_of
from sim_ied.mms.control_values import commanded
from sim_ied.mms.host import Host
from sim_ied.mms.model_file import BuiltModel
from sim_ied.mms.server import Secure, Server
from sim_ied.mms.spot import Spot
from sim_ied.nodes.change import AttributeChange, ControlRequest
from sim_ied.nodes.device import Device
from sim_ied.records.ied_files import put_record
from sim_ied.world import Completion

_TOLD = frozenset({"SP", "SE", "CF"})
"""Functional constraints whose values the behaviour of the nodes reads."""
_CATEGORIES = {int(category): category for category in OriginatorCategory}


class ServedIed:
    """device: what its nodes do, owned by one event loop. woken: called on the loop when a command has changed it."""

    def __init__(self, name: str, built: BuiltModel, device: Device, clock: Clock, woken: Callable[[], None]) -> None:
        self.name, self.device, self.built = name, device, built
        self._clock, self._woken = clock, woken
        self._spots: dict[PointName, Spot | None] = {}
        self._host = Host(name, built, self._spot, _reference_of, self._equip)
        for change in device.start():
            self._host.put(_change_of(change))

    async def open(self, host: str, port: int, secure: Secure | None = None) -> int:
        """Serve; port 0 takes a free one. Returns the port. LinkError when the address cannot be used."""
        return await self._host.open(host, port, secure)

    async def close(self) -> None:
        """Stop serving; `open` may follow."""
        await self._host.close()

    def freeze(self, frozen: bool) -> None:
        """A hung device keeps its connections and says nothing."""
        self._host.freeze(frozen)

    def advance(self, now_ns: int) -> None:
        """Bring the device to this time, and hand to the server what has changed, has ended, was recorded."""
        changes = self.device.advance(now_ns)
        for record in self.device.take_records():  # its files are there before RDRE says so
            put_record(self._host.files, record)
        for change in changes:
            self._host.mailbox.put(_change_of(change), not change.reference.endswith("[MX]"))
        for ended in self.device.take_completions():
            point = PointName.parse(ended.reference)
            self._host.mailbox.put_completion(Completion(point, ended.accepted, ended.add_cause, ended.time_ns))
        for record in self.device.take_records():
            put_record(self._host.files, record)

    def value(self, reference: str) -> Value | None:
        """What the server shows of 'IED1LD0/XCBR1.Pos.stVal[ST]' now; None where it has no such attribute."""
        try:
            node = self._host.model.node(reference)
        except ValueError:  # no reference at all
            return None
        return None if node is None or node.value is None else _shown(node.value)

    def _spot(self, point: PointName) -> Spot | None:
        if point not in self._spots:
            self._spots[point] = Spot.at(self._host.model, str(point))
        return self._spots[point]

    def _equip(self, server: Server) -> None:
        if server.controls is not None:
            for reference in self._controllable():
                server.controls.set_check(reference, partial(self._check, reference))
                server.controls.set_handler(reference, partial(self._operate, reference))
        if server.setting_groups is not None:
            server.setting_groups.on_active = partial(self._group, "ActSG")
            server.setting_groups.on_edit = partial(self._group, "EditSG")
            server.setting_groups.on_confirm = partial(self._group, "CnfEdit")
        server.write_hooks.append(self._on_write)

    def _controllable(self) -> Iterable[str]:
        for domain, nodes in self._host.model.logical_devices.items():
            for name, node in nodes.items():
                objects = node.child("CO")
                for each in objects.children if objects is not None else ():
                    yield f"{domain}/{name}.{each}"

    # --- on the server's threads

    def _check(self, reference: str, command: Command) -> int | None:
        request = self._request(reference, command)
        return _cause(self._host.ask(lambda: self.device.check(request, self._clock())))

    def _operate(self, reference: str, command: Command) -> int | None:
        request = self._request(reference, command)
        result = self._host.ask(lambda: self._done(self.device.operate(request, self._clock())))
        return IN_EXECUTION if result.accepted else _cause(result)

    def _request(self, reference: str, command: Command) -> ControlRequest:
        state = self._host.model.node(f"{reference}.stVal[ST]")
        double = state is not None and isinstance(state.mms_type, PrimitiveType) and state.mms_type.kind == "bit-string"
        return ControlRequest(
            reference,
            commanded(command.ctl_val, "DPC" if double else "SPC"),
            _originator(command.origin),
            command.interlock_check,
            command.synchro_check,
            command.test,
        )

    def _group(self, attribute: str, _: object, domain: str, group: int) -> int | None:
        """A service of the setting group control block, just before the server carries it out."""
        value = True if attribute == "CnfEdit" else group
        return self._write(f"{domain}/LLN0.SGCB.{attribute}[SP]", value)

    def _on_write(self, _: object, name: ObjectName, value: IECData) -> int | None:
        """A setting: the node may refuse it; the server writes and shows it."""
        node = self._host.model.node(name)
        parts = name.item.split("$")
        if node is None or len(parts) < 4 or parts[1] not in _TOLD & WRITABLE_FCS or not _fits(node.mms_type, value):
            return None
        for leaf, data in leaves_of(node, value):
            plain = _plain(data)
            refused = None if plain is None else self._write(_reference(name.domain or "", leaf), plain)
            if refused is not None:
                return refused
        return None

    def _write(self, reference: str, value: Value) -> int | None:
        try:
            result = self._host.ask(lambda: self._done(self.device.write(reference, value, self._clock())))
        except TimeoutError:
            return ACCESS_TEMPORARILY_UNAVAILABLE
        return None if result.accepted else ACCESS_OBJECT_VALUE_INVALID

    def _done(self, result: CommandResult) -> CommandResult:
        """On the loop: what the service has changed is told at once."""
        self._woken()
        return result


def _change_of(change: AttributeChange) -> Change:
    return Change(PointName.parse(change.reference), change.value, change.quality, change.time_ns)


def _reference_of(point: PointName) -> str:
    return str(point)


def _reference(domain: str, leaf: Node) -> str:
    logical_node, constraint, *path = leaf.item.split("$")
    return f"{domain}/{logical_node}.{'.'.join(path)}[{constraint}]"


def _shown(data: IECData) -> Value | None:
    """A position (two bits) by its number, all else as it is."""
    if isinstance(data, BitStringData) and len(data.value) == 1:
        return data.value[0] >> 6
    return _plain(data)


def _plain(data: IECData) -> Value | None:
    return data.value if isinstance(data, BoolData | IntData | UIntData | FloatData | Text | MmsStringData) else None


def _originator(origin: IECData | None) -> Originator:
    members = origin.members if isinstance(origin, StructureData) else []
    number = next((each.value for each in members if isinstance(each, IntData)), 0)
    octets = next((each.value for each in members if isinstance(each, OctetStringData)), b"")
    category = _CATEGORIES.get(number, OriginatorCategory.NOT_SUPPORTED)
    return Originator(category, octets.decode("ascii", errors="replace"))


def _cause(result: CommandResult) -> int | None:
    if result.outcome is Outcome.ACCEPTED:
        return None
    return int(AddCause.UNKNOWN if result.add_cause is AddCause.NONE else result.add_cause)
