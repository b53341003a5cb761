"""A command that moves a switch: why it would not, and until the switch has ended its travel."""

from __future__ import annotations

from models.command import AddCause
from models.point import Dbpos
from sim_ied.nodes.behaviour import Refusal
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.switch import End, Movement, Mover, Switch

_TARGETS = {int(Dbpos.ON): Dbpos.ON, int(Dbpos.OFF): Dbpos.OFF}
_CAUSES = {
    End.REACHED: AddCause.NONE,
    End.NOT_REACHED: AddCause.TIME_LIMIT_OVER,
    End.OVERTAKEN: AddCause.ABORTION_BY_TRIP,
}


def target_of(control: ControlRequest) -> Dbpos | None:
    """The position a command asks for; None for what is no end position."""
    if isinstance(control.value, bool):
        return Dbpos.ON if control.value else Dbpos.OFF
    return _TARGETS.get(control.value) if isinstance(control.value, int) else None


def refusal(switch: Switch, target: Dbpos | None) -> Refusal | None:
    """Why a switch would not go there now."""
    if target is None:
        return AddCause.INCONSISTENT_PARAMETERS, "neither open nor close"
    causes = (
        (switch.target is not None, AddCause.COMMAND_ALREADY_IN_EXECUTION, "the switch is travelling"),
        (switch.position is target, AddCause.POSITION_REACHED, "the switch is already there"),
        (not switch.healthy, AddCause.BLOCKED_BY_HEALTH, "the drive reports a fault"),
        (not switch.can_move(target), AddCause.BLOCKED_BY_HEALTH, "no stored energy"),
    )
    return next(((cause, reason) for applies, cause, reason in causes if applies), None)


def travel(switch: Switch, context: Context, path: str, target: Dbpos, now_ns: int) -> None:
    """Move it; the command to that data object of that node ends when the travel does."""

    def ended(movement: Movement) -> None:
        switch.ended.remove(ended)
        context.end(path, movement.time_ns, None if movement.believed else _CAUSES[movement.end])

    switch.ended.append(ended)
    if not switch.move(target, Mover.COMMAND, now_ns):
        switch.ended.remove(ended)
        context.end(path, now_ns, AddCause.BLOCKED_BY_PROCESS)
