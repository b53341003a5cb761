"""Setting groups of a logical device (SGCB of IEC 61850-7-2): values per group, which is active, which is edited."""

from __future__ import annotations

from collections.abc import Sequence

from models.point import Value
from models.scl.elements import SettingControl
from sim_ied.nodes.signals import Signals, fit, fits, parse

_MOST = 64


class SettingGroups:
    """nodes: those of the logical device. Groups the file does not describe begin with the values of the instance."""

    def __init__(self, control: SettingControl | None, nodes: Sequence[Signals]) -> None:
        self.count = max(1, min(_MOST, control.groups)) if control is not None else 1
        self.active = control.active if control is not None and 1 <= control.active <= self.count else 1
        self._nodes = {each.node.key.name: each for each in nodes}
        self._values: dict[int, dict[tuple[str, str], Value]] = {number: {} for number in range(1, self.count + 1)}
        self._edited = 0
        self._edits: dict[tuple[str, str], Value] = {}
        for each in nodes:
            self._read(each)
        self._apply()

    def write(self, node: str, path: str, value: Value) -> bool:
        """A value of the group under edit (functional constraint SE); without one it is written to the active group."""
        signals = self._nodes.get(node)
        slot = None if signals is None else signals.layout.find(path)
        if slot is None or not slot.is_grouped or not fits(value, slot):
            return False
        if self._edited:
            self._edits[node, slot.path] = fit(value, slot)
        else:
            self._values[self.active][node, slot.path] = fit(value, slot)
            self._apply()
        return True

    def command(self, attribute: str, value: Value) -> bool:
        """ActSG, EditSG or CnfEdit of the control block. False where the number is not one of a group."""
        number = int(value) if isinstance(value, int) else -1
        if attribute == "CnfEdit":
            return not value or self._confirm()
        if attribute == "EditSG" and number == 0:
            self._edited = 0
            return True
        if not 1 <= number <= self.count:
            return False
        if attribute == "EditSG":
            self._edited, self._edits = number, {}
            return True
        self.active = number
        self._apply()
        return attribute == "ActSG"

    def _confirm(self) -> bool:
        if not self._edited:
            return False
        self._values[self._edited].update(self._edits)
        self._edited, self._edits = 0, {}
        self._apply()
        return True

    def _read(self, signals: Signals) -> None:
        for path, slot in signals.layout.slots.items():
            if not slot.is_grouped:
                continue
            key = signals.node.key.name, path
            present = signals.read(path)
            texts = signals.node.group_values.get(tuple(path.split(".")), {})
            for number, values in self._values.items():
                stated = parse(texts[number], slot) if number in texts else None
                value = present if stated is None else stated
                if value is not None:
                    values[key] = value

    def _apply(self) -> None:
        for (node, path), value in self._values[self.active].items():
            self._nodes[node].store(path, value)
