"""Who of a file's devices, or the process itself, takes a disturbance of the simulation."""

from __future__ import annotations

from collections.abc import Iterable

from models.errors import ConfigError
from sim_ied.nodes.change import Argument, Overcurrent
from sim_ied.nodes.device import Device
from sim_ied.nodes.primary import Primary
from sim_ied.nodes.switch import Mover
from sim_ied.nodes.switchgear import BY_HAND, DEFECTS

OVERCURRENT, CLEAR = "over-current", "clear"
"""A short circuit begins at a bay, an equipment or an IED without place; it is no more."""


def steer(primary: Primary, devices: Iterable[Device], kind: str, target: str, argument: Argument, now_ns: int) -> None:
    """Raises ConfigError when nothing of that name takes it."""
    if not (_process(primary, kind, target, argument, now_ns) or _nodes(devices, kind, target, argument, now_ns)):
        remedy = "name a logical node (IED1LD0/XCBR1), an IED or a place of the substation section that has it"
        raise ConfigError(target, None, f"nothing there takes '{kind}'", remedy)


def _process(primary: Primary, kind: str, target: str, argument: Argument, now_ns: int) -> bool:
    primary.agenda.run_until(now_ns)
    if kind in (OVERCURRENT, CLEAR):
        current = argument if isinstance(argument, Overcurrent) and kind == OVERCURRENT else None
        return primary.over_current(target, current, now_ns)
    switch = primary.switches.get(target)
    if switch is None:
        return False
    if kind in BY_HAND:
        switch.move(BY_HAND[kind], Mover.HAND, now_ns)
    elif kind in DEFECTS:
        switch.set_defect(DEFECTS[kind], now_ns)
    return kind in BY_HAND or kind in DEFECTS


def _nodes(devices: Iterable[Device], kind: str, target: str, argument: Argument, now_ns: int) -> bool:
    taken = [each.disturb(kind, target, argument, now_ns) for each in devices]
    return any(taken)
