"""Reports of a simulated IED: open61850's engine, and what IEC 61850-7-2 asks of a report control block beyond it.

- A report that does not fit the PDU size agreed goes out in segments (SubSqNum, MoreSegmentsFollow).
- DatSet must name a data set that exists; ConfRev counts its changes. A buffered block that is configured anew forgets
  what it buffered.
- EntryID must name an entry of the buffer (or be zero: all of it); a client that writes none gets what was never sent.
- A change finds its blocks by an index, not by a search through every member of every block.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from open61850.data import BoolData, IECData, OctetStringData, UIntData, VisibleStringData
from open61850.mms.pdu import ObjectName
from open61850.mms.report import ReasonCode
from open61850.server.model import ACCESS_OBJECT_VALUE_INVALID, Node
from open61850.server.reporting import ReportControl, ReportEngine, _Entry

from sim_ied.mms.connection import Connection
from sim_ied.mms.segments import fits, segments

if TYPE_CHECKING:
    from sim_ied.mms.server import Server

_PURGING = frozenset({"RptID", "DatSet", "BufTm", "TrgOps", "IntgPd"})
_TRIGGERS = ("dchg", "qchg", "dupd")


class Block(ReportControl):
    """A report control block. resume_after: the EntryID that a client has written since it was last enabled."""

    engine: Reports
    resume_after: int | None = None

    def members(self) -> list[ObjectName]:
        value = self.attr("DatSet")
        return self.engine.data_set(self.owner, value.value if isinstance(value, VisibleStringData) else "") or []

    def listens(self) -> bool:
        """Whether changes matter to it now."""
        return self.enabled or (self.buffered and self.ever_enabled)

    def knows(self, entry_id: int) -> bool:
        """Whether a client may resume after that entry."""
        return entry_id == 0 or any(entry.entry_id == entry_id for entry in self.buffer)

    def triggers(self) -> frozenset[str]:
        """Trigger options of changes, in the words of the SCL."""
        asked = self.trg_ops()
        wanted = (asked.data_change, asked.quality_change, asked.data_update)
        return frozenset(name for name, on in zip(_TRIGGERS, wanted, strict=True) if on)


class Reports(ReportEngine):
    """The report control blocks of a server."""

    server: Server

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._members: dict[Node, list[tuple[Block, int]]] | None = None
        for key, plain in list(self.controls.items()):
            self.controls[key] = Block(self, plain.domain, plain.node)

    def later(self, due_s: float, action: Callable[[], None]) -> None:
        """Do something at that time of the monotonic clock, on the engine's thread."""
        with self._lock:
            self._at(due_s, action)

    def data_set(self, client: object, reference: str) -> list[ObjectName] | None:
        """Members of a data set as a block names it; `@name` is one of the association of that client."""
        domain, slash, item = reference.partition("/")
        if slash:
            return self.model.data_sets.get(ObjectName(item, domain))
        return client.data_sets.get(reference) if isinstance(client, Connection) else None

    def _on_write(self, connection: object, name: ObjectName, value: IECData) -> int | bool | None:
        parts = name.item.split("$")
        block = self.controls.get((name.domain or "", "$".join(parts[:3])))
        if len(parts) != 4 or not isinstance(block, Block):
            return super()._on_write(connection, name, value)
        with self._lock, self.model.lock:
            if not block.enabled and not self._acceptable(connection, block, parts[3], value):
                return ACCESS_OBJECT_VALUE_INVALID
            before = block.attr(parts[3])
            result = super()._on_write(connection, name, value)
            if result is True:
                self._written(block, parts[3], before, value)
            return result

    def _acceptable(self, connection: object, block: Block, attribute: str, value: IECData) -> bool:
        match attribute, value:
            case "DatSet", VisibleStringData(reference) if reference:
                lasting = "/" in reference or not block.buffered
                return lasting and self.data_set(connection, reference) is not None
            case "EntryID", OctetStringData(octets):
                return block.knows(int.from_bytes(octets, "big"))
            case "RptEna", BoolData(True):
                name = block.attr("DatSet")
                return bool(isinstance(name, VisibleStringData) and self.data_set(connection, name.value))
        return True

    def _written(self, block: Block, attribute: str, before: IECData | None, value: IECData) -> None:
        if attribute == "EntryID" and isinstance(value, OctetStringData):
            block.resume_after = int.from_bytes(value.value, "big")
        if attribute in _PURGING and before != value:
            block.purge()
        if attribute == "DatSet" and before != value:
            self._members = None
            block.set_attr("ConfRev", UIntData(_number(block.attr("ConfRev")) + 1 & 0xFFFFFFFF))
        if attribute == "RptID" and value == VisibleStringData(""):
            block.set_attr("RptID", VisibleStringData(f"{block.domain}/{block.node.item}"))

    def _on_close(self, connection: object) -> None:
        super()._on_close(connection)
        with self._lock:
            if isinstance(connection, Connection) and connection.data_sets:
                self._members = None

    def _enabled(self, rcb: ReportControl) -> None:
        """The library begins after the attribute EntryID, which moves with every entry: events made while nobody was
        connected would never be sent. The first report after this has SqNum 0 (IEC 61850-7-2)."""
        rcb.set_attr("SqNum", UIntData(0))
        if isinstance(rcb, Block) and rcb.buffered:
            start = rcb.sent if rcb.resume_after is None else rcb.resume_after
            rcb.set_attr("EntryID", OctetStringData(start.to_bytes(8, "big")))
            rcb.resume_after = None
        self._members = None if rcb.node.fc == "RP" else self._members  # its data set may be the association's
        super()._enabled(rcb)

    def _on_change(self, changed: list[Node]) -> None:
        with self._lock, self.model.lock:
            if self._members is None:
                self._members = self._index()
            found: dict[Block, dict[int, set[str]]] = {}
            for leaf in changed:
                for block, member in self._members.get(leaf, ()):
                    if leaf.triggers and block.listens():
                        found.setdefault(block, {}).setdefault(member, set()).update(leaf.triggers)
            for block, members in found.items():
                asked = block.triggers()
                reasons = {member: _reason(causes & asked) for member, causes in members.items() if causes & asked}
                if reasons:
                    self._add(block, reasons)

    def _index(self) -> dict[Node, list[tuple[Block, int]]]:
        index: dict[Node, list[tuple[Block, int]]] = {}
        for block in self.controls.values():
            for number, member in enumerate(block.members()):
                node = self.model.node(member) if isinstance(block, Block) else None
                for leaf in node.leaves() if node is not None else ():
                    index.setdefault(leaf, []).append((block, number))  # type: ignore[arg-type]  # all are Blocks
        return index

    def _send(self, rcb: ReportControl, entry: _Entry) -> None:
        size = getattr(rcb.owner, "pdu_size", 0)
        if rcb.owner is None or fits(rcb, entry, size):
            super()._send(rcb, entry)
            return
        number = _number(rcb.attr("SqNum"))
        for part in segments(rcb, entry, size):
            self.server.broadcast(part, to=rcb.owner)  # type: ignore[arg-type]  # the library's type is object
        rcb.set_attr("SqNum", UIntData((number + 1) % (65536 if rcb.buffered else 256)))
        rcb.overflowed = False
        rcb.sent = max(rcb.sent, entry.entry_id)

    def stop(self) -> None:
        super().stop()
        with contextlib.suppress(ValueError):
            self.model.remove_listener(self._on_change)  # the model outlives a server that is stopped and started


def _reason(causes: set[str]) -> ReasonCode:
    return ReasonCode(data_change="dchg" in causes, quality_change="qchg" in causes, data_update="dupd" in causes)


def _number(value: IECData | None) -> int:
    return value.value if isinstance(value, UIntData) else 0
