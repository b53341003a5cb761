"""The values of one logical node as its behaviour sees and shows them; what changes goes into the device's outbox."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from models.point import Dbpos, Value
from models.quality import Quality
from models.scl.elements import LogicalNode
from sim_ied.nodes import enumerations
from sim_ied.nodes.change import AttributeChange
from sim_ied.nodes.layout import Layout, Slot

_INTEGERS = frozenset(
    {"INT8", "INT16", "INT24", "INT32", "INT64", "INT128", "INT8U", "INT16U", "INT24U", "INT32U", "INT64U"}
)
_FLOATS = frozenset({"FLOAT32", "FLOAT64"})
_SHOWN = _INTEGERS | _FLOATS | {"BOOLEAN", "Enum", "Dbpos", "Tcmd", "VisString255", "Unicode255"}
"""Types of which values are shown; a file's own quality, time or originator is not."""

_BEGINNING = {
    "Mod": ("on", enumerations.BEHAVIOUR),
    "Health": ("Ok", enumerations.HEALTH),
    "PhyHealth": ("Ok", enumerations.HEALTH),
    "EEHealth": ("Ok", enumerations.HEALTH),
}
_LARGEST_EXPONENT = 24
_TRUE = frozenset({"true", "1"})


class Signals:
    """Paths are those of the type: a data object ('Pos') or one of its attributes ('Str.dirGeneral').

    What the type does not have is not shown and reads as None: a behaviour serves every variety of its class.
    """

    def __init__(self, node: LogicalNode, layout: Layout, outbox: list[AttributeChange]) -> None:
        self.node, self.layout = node, layout
        self._outbox = outbox
        self._base = f"{node.domain}/{node.key.name}."
        self._values: dict[str, Value] = {}
        self._common = int(Quality.GOOD)
        for path, slot in layout.slots.items():
            text = node.values.get(tuple(path.split(".")), slot.default)
            value = parse(text, slot)
            if value is not None:
                self._values[path] = value

    def has(self, path: str) -> bool:
        return self.layout.find(path) is not None

    def read(self, path: str) -> Value | None:
        """The value, None where the type has none or nobody has set it."""
        slot = self.layout.find(path)
        return None if slot is None else self._values.get(slot.path)

    def number(self, path: str, default: float) -> float:
        """A setting or value as a number; default where it is not set, or set to what is no (finite) number."""
        value = self.read(path)
        return float(value) if not isinstance(value, str) and value is not None and isfinite(value) else default

    def multiplier(self, path: str) -> float:
        """The factor of `units.multiplier` (MultiplierKind: an exponent of ten) of a data object."""
        exponent = self.number(f"{path}.units.multiplier", 0.0)
        return 10.0**exponent if abs(exponent) <= _LARGEST_EXPONENT else 1.0

    def positive(self, path: str, default: float) -> float:
        """A setting that makes sense above zero only: times, pick-up values."""
        value = self.number(path, default)
        return value if value > 0 else default

    def flag(self, path: str) -> bool:
        value = self.read(path)
        return value is not None and value != "" and bool(value)

    def literal(self, path: str, standard: Mapping[str, int]) -> str:
        """The standard's literal of an enumerated value; '' when there is none."""
        slot, value = self.layout.find(path), self.read(path)
        if slot is None or not isinstance(value, int):
            return ""
        return enumerations.literal_of(int(value), slot.names, standard)

    def show(self, path: str, value: Value, now_ns: int, repeat: bool = False) -> None:
        """A new value; an equal one is no change unless it repeats itself on purpose (an event of its own)."""
        slot = self.layout.find(path)
        if slot is None:
            return
        fitting = fit(value, slot)
        if not repeat and self._values.get(slot.path, initial(slot)) == fitting:
            return
        self._values[slot.path] = fitting
        self._emit(slot, fitting, now_ns)

    def show_literal(self, path: str, literal: str, standard: Mapping[str, int], now_ns: int) -> None:
        """An enumerated value by its literal; what the file's enumeration lacks has the ord of the standard."""
        slot = self.layout.find(path)
        number = None if slot is None else enumerations.ord_of(literal, slot.names, standard)
        if number is not None:
            self.show(path, number, now_ns)

    def begin(self, now_ns: int) -> None:
        """On and sound, where the file does not say otherwise."""
        for path, (literal, standard) in _BEGINNING.items():
            if self.has(path) and self.read(path) is None:
                self.show_literal(path, literal, standard, now_ns)

    def store(self, path: str, value: Value) -> bool:
        """A setting was written by a client: it holds from now on. False when there is no such attribute, or the value
        is none of its type."""
        slot = self.layout.find(path)
        if slot is None or not fits(value, slot):
            return False
        self._values[slot.path] = fit(value, slot)
        return True

    def show_all(self, now_ns: int) -> None:
        """Every status and measurand, so that none is without quality and time."""
        for path in self.layout.shown:
            self._values.setdefault(path, initial(self.layout.slots[path]))
        for path, value in tuple(self._values.items()):
            slot = self.layout.slots[path]
            if slot.is_process and slot.kind in _SHOWN:
                self._emit(slot, value, now_ns)

    def set_common(self, quality: int, now_ns: int) -> None:
        """Quality that the node's behaviour (Beh) gives all its values."""
        if quality != self._common:
            self._common = quality
            self.show_all(now_ns)

    def _emit(self, slot: Slot, value: Value, now_ns: int) -> None:
        self._outbox.append(AttributeChange(self._base + slot.suffix, value, self._common, now_ns))


def parse(text: str, slot: Slot) -> Value | None:
    """A value of the file; None for none and for what does not fit its type."""
    text = text.strip()
    if not text:
        return None
    if slot.kind in ("Dbpos", "Tcmd", "Enum"):
        return _parse_literal(text, slot)
    if slot.kind == "BOOLEAN":
        return text.lower() in _TRUE
    try:
        return int(text) if slot.kind in _INTEGERS else float(text) if slot.kind in _FLOATS else text
    except ValueError:
        return None


def _parse_literal(text: str, slot: Slot) -> Value | None:
    standard = {"Dbpos": enumerations.POSITIONS, "Tcmd": enumerations.STEPS}.get(slot.kind, {})
    number = enumerations.ord_of(text, slot.names, standard)
    if number is None and text.removeprefix("-").isdecimal():
        number = int(text)
    if slot.kind == "Dbpos":
        return Dbpos(number) if number is not None and 0 <= number <= 3 else None
    return number


def initial(slot: Slot) -> Value:
    """What an attribute holds that nobody has set: zero, or the lowest ord of an enumeration without zero."""
    if slot.kind == "Enum" and slot.names and 0 not in slot.names.values():
        return min(slot.names.values())
    return fit(0, slot)


def fits(value: Value, slot: Slot) -> bool:
    """Whether a value can stand in an attribute at all."""
    if slot.kind in _INTEGERS or slot.kind in ("Enum", "Tcmd", "Dbpos"):
        return not isinstance(value, str) and isfinite(value)
    return slot.kind not in _FLOATS or not isinstance(value, str)


def fit(value: Value, slot: Slot) -> Value:
    """The value in the type of its attribute."""
    if slot.kind == "BOOLEAN":
        return bool(value)
    if slot.kind == "Dbpos":
        return value if isinstance(value, Dbpos) else Dbpos.ON if value is True else Dbpos(int(value) & 3)
    if slot.kind in _FLOATS:
        return float(value)
    if slot.kind in _INTEGERS or slot.kind in ("Enum", "Tcmd"):
        return round(float(value))
    return value if isinstance(value, str) else str(value) if value else ""
