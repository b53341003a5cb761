"""Where a value stands in a model: its attribute, with the quality and the time beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from open61850.data import BitStringData, IECData, TimestampData
from open61850.server import IedModel, Node
from open61850.server.model import _fits, to_data

from models.point import Dbpos, Value
from models.quality import VALUE_BITS
from sim_ied.board import Change

Held = Callable[[Node, IECData], bool]
"""Keeps a value of the process where a substitute stands: True when it did."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ACCURACY_MS = 0x0A  # TimeQuality: 10 significant bits, about 1 ms


@dataclass(frozen=True, slots=True)
class Spot:
    """quality, time: None where the type has none."""

    value: Node
    quality: Node | None
    time: Node | None

    @classmethod
    def at(cls, model: IedModel, reference: str) -> Spot | None:
        """Of 'IED1LD0/XCBR1.Pos.stVal[ST]'; q and t of the nearest structure around it. None where there is none."""
        node = model.node(reference)
        if node is None or node.value is None:
            return None
        quality = time = None
        around = node.parent
        while around is not None and quality is None and time is None:
            quality, time = around.child("q"), around.child("t")
            around = around.parent
        return cls(node, quality, time)

    def write(self, model: IedModel, change: Change, held: Held | None = None) -> None:
        """Time and quality first: a reader that sees the new value sees its own time with it."""
        if self.time is not None:
            stamp = TimestampData(_EPOCH + timedelta(microseconds=change.time_ns // 1000), _ACCURACY_MS)
            self._set(model, self.time, stamp, held)
        if self.quality is not None:
            self._set(model, self.quality, quality_data(change.quality), held)
        self._set(model, self.value, to_data(self.value.mms_type, plain(change.value)), held)

    def _set(self, model: IedModel, node: Node, data: IECData, held: Held | None) -> None:
        """The library's `set` looks the node up by its name each time; this one is known. TypeError as there."""
        if held is not None and held(node, data):
            return
        if not _fits(node.mms_type, data):
            raise TypeError(f"{data!r} does not fit {node.item}")
        with model.lock:
            changed = node.assign(data)
        if changed:
            model._notify(changed)  # noqa: SLF001 - what `set` does after its look-up


def plain(value: Value) -> Value:
    """As the library takes it: a position by its number."""
    return int(value) if isinstance(value, Dbpos) else value


def quality_data(quality: int) -> BitStringData:
    """The 13 bits of Quality, first bit of the string first; validity is written with its high bit first."""
    bits = quality & int(VALUE_BITS)
    ordered = [bits >> 1 & 1, bits & 1, *(bits >> place & 1 for place in range(2, 13))]
    word = sum(bit << (15 - place) for place, bit in enumerate(ordered))
    return BitStringData(word.to_bytes(2, "big"), 3)
