"""XCBR and XSWI: they show the switch that stands at their place, and block its drive."""

from __future__ import annotations

from models.command import AddCause
from models.point import Dbpos
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import Argument, ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.enumerations import BREAKER_CAPABILITY, HEALTH, SWITCH_CAPABILITY
from sim_ied.nodes.switch import Defect, Mover
from sim_ied.nodes.travel import refusal, target_of, travel

_BLOCKS = {Dbpos.OFF: "BlkOpn", Dbpos.ON: "BlkCls"}
_BREAKER = {(True, True): "Open-Close-Open", (True, False): "Open", (False, True): "Close-Open", (False, False): "None"}
"""What a breaker can still do, by contacts closed and spring charged (CBOpCap)."""

DEFECTS: dict[str, Defect | None] = {**{each.value: each for each in Defect}, "sound": None}
"""Kinds of disturbances of a switch."""

BY_HAND = {"open by hand": Dbpos.OFF, "close by hand": Dbpos.ON}


class SwitchNode(Behaviour):
    """The switch itself belongs to the process: several nodes may show one."""

    acts = True
    help = "travel with intermediate position, OpCnt, stored energy, BlkOpn/BlkCls, operating capability, EEHealth"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.switch = context.primary.own_switch(context.key)
        context.primary.watch(self.switch, self._show)
        self._health = "Ok"

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    def refusal(self, target: Dbpos | None) -> Refusal | None:
        """Why the switch would not go there now."""
        block = _BLOCKS.get(target) if target is not None else None
        if block is not None and self.signals.flag(block):
            return AddCause.BLOCKED_BY_COMMAND, f"{block} of {self.key} is set"
        return refusal(self.switch, target)

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        return self.refusal(target_of(control)) if path == "Pos" else None

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        target = target_of(control)
        if path != "Pos":
            super().operate(path, control, now_ns)
        elif target is None or self.context.mode.blocked:
            self.context.end(path, now_ns)
        else:
            travel(self.switch, self.context, path, target, now_ns)

    def trip(self, now_ns: int) -> bool:
        """Protection opens it; a block of opening holds it closed."""
        if self.context.mode.blocked or self.signals.flag("BlkOpn"):
            return False
        return self.switch.move(Dbpos.OFF, Mover.PROTECTION, now_ns)

    def close_again(self, now_ns: int) -> bool:
        """Automatic reclosing closes it."""
        if self.context.mode.blocked or self.signals.flag("BlkCls"):
            return False
        return self.switch.move(Dbpos.ON, Mover.RECLOSING, now_ns)

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        if kind in DEFECTS:
            self.switch.set_defect(DEFECTS[kind], now_ns)
            return True
        if kind in BY_HAND:
            self.switch.move(BY_HAND[kind], Mover.HAND, now_ns)
            return True
        if kind == "health" and isinstance(argument, str) and argument in HEALTH:
            self._health = argument
            self._show(now_ns)
        return super().disturb(kind, argument, now_ns)

    def _show(self, now_ns: int) -> None:
        switch, signals = self.switch, self.signals
        signals.show("Pos", switch.position, now_ns)
        signals.show("OpCnt", switch.operations, now_ns)
        signals.show_literal("EEHealth", self._health if switch.healthy else "Alarm", HEALTH, now_ns)
        able = _BREAKER[switch.closed, switch.charged] if switch.healthy else "None"
        signals.show_literal("CBOpCap", able, BREAKER_CAPABILITY, now_ns)
        signals.show_literal("SwOpCap", "Open and Close" if switch.healthy else "None", SWITCH_CAPABILITY, now_ns)
