"""From a trip to the breakers of its bay."""

from __future__ import annotations

from models.point import Dbpos
from sim_ied.nodes.context import Context
from sim_ied.nodes.switch import Mover, Switch
from sim_ied.nodes.switchgear import SwitchNode

OUTPUT_S = 0.003
"""From the trip signal to the trip coil."""


def open_breakers(context: Context, now_ns: int) -> None:
    """Those of the place where a node works."""
    for each in context.spot.breakers:
        _open(context, each, now_ns)


def _open(context: Context, switch: Switch, now_ns: int) -> None:
    """Through its XCBR where this device has it: its mode and its blocks count."""
    nodes = [each for each in context.device.nodes.values() if isinstance(each, SwitchNode) and each.switch is switch]
    heard = [each for each in nodes if each.context.mode.hears(context.mode)]
    if not nodes:
        switch.move(Dbpos.OFF, Mover.PROTECTION, now_ns)
    elif heard:
        heard[0].trip(now_ns)
