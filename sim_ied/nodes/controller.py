"""CSWI: the commands to a switch, its interlocking, its synchronism check."""

from __future__ import annotations

from collections.abc import Sequence

from models.command import AddCause
from models.point import Dbpos
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.pairing import switch_of
from sim_ied.nodes.release import Interlocking
from sim_ied.nodes.switch import Switch
from sim_ied.nodes.switchgear import SwitchNode
from sim_ied.nodes.synchronism import SynchronismCheck
from sim_ied.nodes.travel import refusal, target_of, travel


class SwitchController(Behaviour):
    """Drives the XCBR or XSWI that the substation section puts at its place, else the one of its number."""

    acts = True
    help = "moves its XCBR or XSWI by a command; asks CILO and RSYN where the Check bits say so"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._switch: Switch | None = None
        self._drive: SwitchNode | None = None

    @property
    def switch(self) -> Switch:
        if self._switch is None:
            self._switch = switch_of(self.context)
        return self._switch

    def connect(self) -> None:
        """The XCBR may be in another IED of the file: the switch is then moved all the same."""
        self.context.primary.watch(self.switch, self._show)
        nodes = [each for each in self.context.device.nodes.values() if isinstance(each, SwitchNode)]
        self._drive = next((each for each in nodes if each.switch is self.switch), None)

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    def command_path(self) -> Sequence[Behaviour]:
        return () if self._drive is None else (self._drive,)

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        if path != "Pos":
            return None
        target = target_of(control)
        found = refusal(self.switch, target) if self._drive is None else self._drive.refusal(target)
        if found is None and target is not None and control.interlock_check:
            found = self._interlocked(target)
        if found is None and target is Dbpos.ON and control.synchro_check:
            found = self._not_synchronous()
        return found

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        target = target_of(control)
        if path != "Pos":
            super().operate(path, control, now_ns)
        elif target is None or self._outputs_blocked:
            self.context.end(path, now_ns)
        else:
            travel(self.switch, self.context, path, target, now_ns)

    @property
    def _outputs_blocked(self) -> bool:
        drive = self._drive
        return self.context.mode.blocked or (drive is not None and drive.context.mode.blocked)

    def _interlocked(self, target: Dbpos) -> Refusal | None:
        nodes = [each for each in self.context.related("CILO") if isinstance(each, Interlocking)]
        held = next((each for each in nodes if each.switch is self.switch and not each.released(target)), None)
        if held is None:
            return None
        return AddCause.BLOCKED_BY_INTERLOCKING, f"{held.key}: {held.reason(target)}"

    def _not_synchronous(self) -> Refusal | None:
        nodes = [each for each in self.context.device.nodes.values() if isinstance(each, SynchronismCheck)]
        held = next((each for each in nodes if each.guards(self.switch) and not each.released), None)
        return None if held is None else (AddCause.BLOCKED_BY_SYNCHROCHECK, f"{held.key} gives no release")

    def _show(self, now_ns: int) -> None:
        self.signals.show("Pos", self.switch.position, now_ns)
        self.signals.show("OpCnt", self.switch.operations, now_ns)
