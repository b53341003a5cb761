"""Mod, Beh and Health of all logical nodes of a device, as IEC 61850-7-4 puts them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from models.command import AddCause
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.enumerations import BEHAVIOUR, HEALTH
from sim_ied.nodes.mode import MODES, ON, Mode

_HIGHEST = "LLN0"
_MOST_LEVELS = 8


class Modes:
    """nodes: of one device. A logical device may stand under another one (LLN0.GrRef), which then counts as well."""

    def __init__(self, nodes: Iterable[Behaviour]) -> None:
        self._devices: dict[str, list[Behaviour]] = defaultdict(list)
        self._heads: dict[str, Behaviour] = {}
        for each in nodes:
            self._devices[each.context.domain].append(each)
            if each.key.ln_class == _HIGHEST:
                self._heads[each.context.domain] = each

    def refusal(self, control: ControlRequest) -> Refusal | None:
        """Why a node cannot be put into a mode."""
        value = control.value
        if isinstance(value, (int, float)) and int(value) in BEHAVIOUR.values():
            return None
        return AddCause.INCONSISTENT_PARAMETERS, f"'{value}' is no mode"

    def refresh(self, now_ns: int) -> None:
        """Beh of every node, with what follows from it; then health."""
        for domain, nodes in self._devices.items():
            above = self._device_mode(domain)
            for each in nodes:
                self._set(each, above if each.key.ln_class == _HIGHEST else _own(each).below(above), now_ns)
        self.refresh_health(now_ns)

    def refresh_health(self, now_ns: int) -> None:
        """LLN0.Health is the worst of its logical device, LPHD.PhyHealth the worst of all."""
        worst_of_all = HEALTH["Ok"]
        for domain, nodes in self._devices.items():
            worst = max((_health(each) for each in nodes if each.key.ln_class != _HIGHEST), default=HEALTH["Ok"])
            worst_of_all = max(worst, worst_of_all)
            if domain in self._heads:
                _show_health(self._heads[domain], "Health", worst, now_ns)
        for nodes in self._devices.values():
            for each in nodes:
                each.health_changed(now_ns)
                if each.key.ln_class == "LPHD":
                    _show_health(each, "PhyHealth", worst_of_all, now_ns)

    def _set(self, node: Behaviour, mode: Mode, now_ns: int) -> None:
        literal = next(text for text, number in BEHAVIOUR.items() if number == mode.number)
        before, node.context.mode = node.context.mode, mode
        node.signals.show_literal("Beh", literal, BEHAVIOUR, now_ns)
        node.signals.set_common(mode.quality, now_ns)
        if mode != before:
            node.mode_changed(now_ns)

    def _device_mode(self, domain: str) -> Mode:
        mode, seen = ON, 0
        while domain in self._heads and seen < _MOST_LEVELS:
            head = self._heads[domain]
            mode = _own(head).below(mode)
            reference = str(head.signals.read("GrRef") or "")
            domain, seen = reference.removeprefix("@").partition("/")[0], seen + 1
        return mode


def _own(node: Behaviour) -> Mode:
    """The node's Mod; on where it has none."""
    number = BEHAVIOUR.get(node.signals.literal("Mod", BEHAVIOUR), ON.number)
    return MODES[number - 1]


def _health(node: Behaviour) -> int:
    found = [HEALTH.get(node.signals.literal(path, HEALTH), HEALTH["Ok"]) for path in ("Health", "EEHealth")]
    return max(found)


def _show_health(node: Behaviour, path: str, worst: int, now_ns: int) -> None:
    literal = next(text for text, number in HEALTH.items() if number == worst)
    node.signals.show_literal(path, literal, HEALTH, now_ns)
