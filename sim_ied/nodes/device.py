"""A simulated IED without its server: logical nodes of an SCL file that behave. Time is handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from models.command import AddCause, CommandResult, Outcome
from models.point import Value
from models.scl.elements import Ied, LogicalNode
from models.scl.templates import Templates
from sim_ied.nodes import hierarchy
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument, AttributeChange, Completion, ControlRequest, Overcurrent
from sim_ied.nodes.context import Context, Interior
from sim_ied.nodes.modes import Modes
from sim_ied.nodes.primary import Primary
from sim_ied.nodes.registry import behaviour_of
from sim_ied.nodes.setting_groups import SettingGroups
from sim_ied.nodes.signals import Signals
from sim_ied.records.device_record import DeviceRecord

_ACCEPTED = CommandResult(Outcome.ACCEPTED)
_CONTROL_BLOCK = "SGCB"


class Device:
    """Deterministic: what it does follows from the file, the seed of `primary`, commands and time.

    Every call brings the whole process to its time first. Not safe for threads.
    """

    def __init__(self, ied: Ied, templates: Templates, primary: Primary, now_ns: int) -> None:
        self.name = ied.name
        self._primary = primary
        self._outbox: list[AttributeChange] = []
        self._interior = Interior(ied.name, primary)
        layouts = primary.layouts(templates)
        self._by_name: dict[str, Behaviour] = {}
        domains: dict[str, list[LogicalNode]] = defaultdict(list)
        for node in ied.logical_nodes:
            signals = Signals(node, layouts.of(node.type_id), self._outbox)
            behaviour = behaviour_of(Context(signals, self._interior))
            self._interior.nodes[node.key] = behaviour
            self._by_name[f"{node.domain}/{node.key.name}"] = behaviour
            domains[node.domain].append(node)
        self._groups = {domain: self._setting_groups(nodes) for domain, nodes in domains.items()}
        self._modes = Modes(self._interior.nodes.values())
        for behaviour in self._interior.nodes.values():
            behaviour.connect()
        self._primary.agenda.run_until(now_ns)
        self._created_ns = now_ns

    def start(self) -> list[AttributeChange]:
        """Everything that the device shows at its beginning."""
        now_ns = self._created_ns
        self._modes.refresh(now_ns)
        for behaviour in self._interior.nodes.values():
            behaviour.signals.begin(now_ns)
            behaviour.start(now_ns)
        self._modes.refresh(now_ns)
        self._outbox.clear()
        for behaviour in self._interior.nodes.values():
            behaviour.signals.show_all(now_ns)
        return self._take()

    def behaves(self) -> dict[str, str]:
        """Logical node to what it does, for all that do more than hold their values."""
        return {name: each.help for name, each in self._by_name.items() if each.acts}

    def check(self, control: ControlRequest, now_ns: int) -> CommandResult:
        """Whether a command would be carried out now; a select asks this."""
        self._primary.agenda.run_until(now_ns)
        node, path = self._find(control.reference)
        if node is None or path not in node.signals.layout.controllable:
            return _refused(AddCause.NOT_SUPPORTED, f"{control.reference} takes no commands")
        mode = node.context.mode
        if path != "Mod" and not mode.takes(control.test):
            return _refused(AddCause.BLOCKED_BY_MODE, f"{control.reference}: the mode of its node does not take it")
        if path not in _ABOVE_HIERARCHY and not self._permitted(node, control):
            return _refused(AddCause.BLOCKED_BY_SWITCHING_HIERARCHY, f"{control.reference}: another level commands")
        refusal = self._modes.refusal(control) if path == "Mod" else node.check(path, control, now_ns)
        return _ACCEPTED if refusal is None else _refused(refusal[0], f"{control.reference}: {refusal[1]}")

    def operate(self, control: ControlRequest, now_ns: int) -> CommandResult:
        """Carry a command out. An accepted one always ends, in `take_completions`, at once or later."""
        result = self.check(control, now_ns)
        node, path = self._find(control.reference)
        if result.accepted and node is not None:
            if path == "Mod":
                node.signals.show(path, control.value, now_ns)
                self._modes.refresh(now_ns)
                node.context.end(path, now_ns)
            else:
                node.operate(path, control, now_ns)
        return result

    def write(self, reference: str, value: Value, now_ns: int) -> CommandResult:
        """A client writes a setting ('IED1LD0/PTOC1.StrVal.setMag.f[SE]') or a setting group control block
        ('IED1LD0/LLN0.SGCB.ActSG[SP]'); the server shows the value itself. SE without EditSG is the active group.
        """
        self._primary.agenda.run_until(now_ns)
        name, _, rest = reference.partition(".")
        path, _, constraint = rest.partition("[")
        groups = self._groups.get(name.partition("/")[0])
        if path.startswith(f"{_CONTROL_BLOCK}.") and groups is not None:
            done = groups.command(path.partition(".")[2], value)
        elif constraint.startswith("SE") and groups is not None:
            done = groups.write(name.partition("/")[2], path, value)
        else:
            node = self._by_name.get(name)
            done = node is not None and node.signals.store(path, value)
        if not done:
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{reference} does not take '{value}'")
        for each in self._nodes_of(name.partition("/")[0]):
            each.settings_changed(now_ns)
        return _ACCEPTED

    def active_group(self, domain: str) -> int:
        """Number of the active setting group of a logical device."""
        return self._groups[domain].active

    def advance(self, now_ns: int) -> list[AttributeChange]:
        """What has changed until now, in the order of time."""
        self._primary.agenda.run_until(now_ns)
        return self._take()

    @property
    def due_ns(self) -> int | None:
        """When `advance` has something to tell: at once if others have changed this device already."""
        if self._outbox:
            return self._outbox[0].time_ns
        if self._interior.completions:
            return self._interior.completions[0].time_ns
        return self._primary.agenda.next_due_ns()

    def take_completions(self) -> list[Completion]:
        """Controls that have ended since the last call."""
        ended = list(self._interior.completions)
        self._interior.completions.clear()
        return ended

    def take_records(self) -> list[DeviceRecord]:
        """Disturbance records that were finished since the last call."""
        records = list(self._interior.records)
        self._interior.records.clear()
        return records

    def disturb(self, kind: str, target: str, argument: Argument, now_ns: int) -> bool:
        """Something happens to nodes of this device. target: 'IED1LD0/XCBR1', a logical device, the IED, or a place;
        of 'value' a data object ('IED1LD0/MMXU1.TotW').

        False when it means nothing to any of them. What happens to the process itself: see sim_ied.nodes.steering.
        """
        self._primary.agenda.run_until(now_ns)
        if kind == "value":
            node, path = self._find(target)
            return node is not None and not isinstance(argument, Overcurrent) and node.force(path, argument, now_ns)
        taken = [each.disturb(kind, argument, now_ns) for each in self._targets(target)]
        self._modes.refresh_health(now_ns)
        return any(taken)

    def _targets(self, target: str) -> Iterator[Behaviour]:
        for name, each in self._by_name.items():
            domain, location = each.context.domain, each.context.own_location
            inside = location is not None and f"{location}/".startswith(f"{target}/")
            if target in (name, domain, self.name) or inside:
                yield each

    def _permitted(self, node: Behaviour, control: ControlRequest) -> bool:
        above = self._by_name.get(f"{node.context.domain}/LLN0")
        nodes = [each for each in (node, above, *node.command_path()) if each is not None]
        local = any(each.signals.flag(path) for each in nodes for path in ("Loc", "LocKey"))
        station = any(each.signals.flag("LocSta") for each in nodes)
        levels = any(each.signals.flag("MltLev") for each in nodes)
        return hierarchy.permits(control.originator.category, local, station, levels)

    def _find(self, reference: str) -> tuple[Behaviour | None, str]:
        name, _, path = reference.partition(".")
        return self._by_name.get(name), path

    def _nodes_of(self, domain: str) -> list[Behaviour]:
        return [each for each in self._interior.nodes.values() if each.context.domain == domain]

    def _setting_groups(self, nodes: list[LogicalNode]) -> SettingGroups:
        control = next((each.setting_control for each in nodes if each.setting_control is not None), None)
        return SettingGroups(control, [self._interior.nodes[each.key].signals for each in nodes])

    def _take(self) -> list[AttributeChange]:
        changes = list(self._outbox)
        self._outbox.clear()
        return changes


_ABOVE_HIERARCHY = frozenset({"Mod", "LocSta"})
"""Who may set the mode, or take control for the station, does not depend on who has control."""


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)
