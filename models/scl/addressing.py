"""The IEC 61850-80-1 addresses of one logical node, handed out to its points; what none can use becomes a finding.

A value has one plain address, or is spread over several single points or commands, one per value (`expectedValue`).
Single and double points may be inverted; integers, and values sent as integers, follow the `sVC` of their data object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from models.point import Cdc, Dbpos, Iec104Address
from models.scl.classes import (
    CHECK,
    MAPPINGS,
    SETTINGS,
    SINGLE_COMMANDS,
    SINGLE_EVENT,
    SPREADABLE,
    Mapping,
)
from models.scl.elements import LogicalNode, MappedAddress, Path
from models.scl.templates import DataObject

Find = Callable[[int, str, str], None]
"""Takes a finding: line, problem, remedy."""

_USES = "only status, measured values, totals and commands of these classes become points: " + ", ".join(MAPPINGS)
_POSITIONS = {int(Dbpos.OFF), int(Dbpos.ON)}
_INVERTIBLE = frozenset({30, 31, 45, 46, 58, 59})
_FLOATING = frozenset({36, 50, 63})
_NORMALISED = frozenset({34, 48, 61})
_COMMANDS = range(45, 65)
_SETTING = "remove it: a setting is not told back, so its change could not be confirmed; use the device's own tool"


class Addresses:
    """All addresses of a logical node; `take` hands them out, `rest` reports what nobody took."""

    def __init__(self, node: LogicalNode, find: Find) -> None:
        self._node, self._find = node, find
        self._left = list(node.addresses)

    def take(
        self, paths: Sequence[Path], types: Sequence[int], mapping: Mapping, data_object: DataObject
    ) -> tuple[Iec104Address, ...]:
        """The address of an attribute, or the several over which it is spread."""
        found = [each for each in self._left if each.path in paths]
        usable = []
        for each in found:
            self._left.remove(each)
            reason = _refusal(each.address, types, mapping.commanded or mapping.cdc, data_object.cdc)
            if reason is None:
                usable.append(each)
            else:
                self._find(each.line, f"the address of {self._name(each.path)} {reason[0]}", reason[1])
        spread = [each for each in usable if each.address.expected is not None]
        plain = [each for each in usable if each.address.expected is None]
        if plain:
            return self._plain(plain, spread, data_object)
        return self._spread(spread, mapping) if len(usable) == len(found) else ()

    def rest(self, data_objects: Sequence[DataObject]) -> None:
        """Findings for the addresses that no point has taken."""
        classes = {each.path: each.cdc for each in data_objects}
        for each in self._left:
            cdc = next((classes[each.path[:size]] for size in (2, 1) if each.path[:size] in classes), "")
            self._find(each.line, f"the address of {self._name(each.path)} is of no use", _why(each, cdc))

    def _name(self, path: Path) -> str:
        return f"{self._node.key}.{'.'.join(path)}"

    def _plain(
        self, plain: list[MappedAddress], spread: list[MappedAddress], data_object: DataObject
    ) -> tuple[Iec104Address, ...]:
        first, *others = plain
        for each in (*others, *spread):
            remedy = "keep one plain address, or give each an expectedValue of its own"
            self._find(each.line, f"the address of {self._name(each.path)} is a second one", remedy)
        return (self._scaled(first, data_object),)

    def _spread(self, spread: list[MappedAddress], mapping: Mapping) -> tuple[Iec104Address, ...]:
        taken: dict[int | None, MappedAddress] = {}
        for each in spread:
            if taken.setdefault(each.address.expected, each) is not each:
                problem = f"{self._name(each.path)} has expectedValue {each.address.expected} twice"
                self._find(each.line, problem, "give each address an expectedValue of its own")
                return ()
        if taken and mapping.cdc in (Cdc.DPC, Cdc.DPS) and taken.keys() != _POSITIONS:
            problem = f"the double point {self._name(spread[0].path)} is not told by its two positions"
            self._find(spread[0].line, problem, "give two addresses, expectedValue 1 (off) and 2 (on)")
            return ()
        return tuple(each.address for each in taken.values())

    def _scaled(self, mapped: MappedAddress, data_object: DataObject) -> Iec104Address:
        """With scaleFactor and offset of sVC (IEC 61850-7-3), which relate an integer to its value."""
        address = mapped.address
        if mapped.path[-1] not in ("f", "i") or (address.type_id in _FLOATING and mapped.path[-1] == "f"):
            return address
        scale, offset = (self._number(data_object, name, mapped) for name in ("scaleFactor", "offset"))
        if address.type_id in _NORMALISED and scale is None:
            remedy = "state sVC.scaleFactor: the value at full scale; or use a floating-point type"
            self._find(mapped.line, f"{self._name(mapped.path)} is normalised, nothing says to what", remedy)
        return replace(address, scale=1.0 if scale is None else scale, offset=offset or 0.0)

    def _number(self, data_object: DataObject, name: str, mapped: MappedAddress) -> float | None:
        default = data_object.attributes.get(("sVC", name))
        text = self._node.values.get((*data_object.path, "sVC", name)) or (default.value if default else "")
        try:
            number = float(text) if text else None
        except ValueError:
            number = float("nan")
        if number is None or (abs(number) < float("inf") and (number or name == "offset")):
            return number
        what = f"sVC.{name} of {self._node.key}.{'.'.join(data_object.path)}"
        self._find(mapped.line, f"{what} is '{text}'", "write a number, and not 0 for a scale factor")
        return None


def _refusal(address: Iec104Address, types: Sequence[int], cdc: Cdc, scl_class: str) -> tuple[str, str] | None:
    """Why an address cannot carry the value, and what to do; None when it can."""
    if address.expected is not None:
        if cdc not in SPREADABLE:
            return f'has expectedValue="{address.expected}"', "use one plain address: this class has two values or none"
        singles = SINGLE_COMMANDS if set(types) & {46, 59, 49, 62} else (SINGLE_EVENT,)
        if address.type_id not in singles:
            wanted = " or ".join(map(str, singles))
            return f"has expectedValue and ti {address.type_id}", f"use ti {wanted}: one single object per value"
        return None
    if address.type_id not in types:
        is_setting = scl_class in SETTINGS and address.type_id in _COMMANDS
        return f"has ti {address.type_id}", _SETTING if is_setting else _wanted(types, scl_class)
    if address.inverted and address.type_id not in _INVERTIBLE:
        return "is inverted", "remove `inverted`: only single and double points have an opposite"
    return None


def _wanted(types: Sequence[int], scl_class: str) -> str:
    if types:
        return f"use ti {' or '.join(map(str, types))}"
    return f"remove it: {scl_class} is not commanded" + ("; for a set-point use APC" if scl_class == "BAC" else "")


def _why(mapped: MappedAddress, cdc: str) -> str:
    """The remedy for an address that no point takes."""
    if mapped.check or mapped.path[-2:] == CHECK:
        return "remove it: interlocking and synchrocheck are always asked for, nobody switches them off (SAFETY S21)"
    if cdc in SETTINGS:
        return _SETTING
    return _USES
