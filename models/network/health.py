"""Breakers that nothing will ever close, since no device tells their health (SAFETY S5). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.errors import ConfigError
from models.network.elements import SwitchKind
from models.network.reader import NetworkFile
from models.point import ControlModel, PointSpec
from models.scl.findings import named

_HEALTH = re.compile(r"\w*XCBR\d+\.EEHealth$")
_POSITION = re.compile(r"\w*(CSWI|XCBR)\d+\.Pos$")


def without_health(network: NetworkFile, points: Sequence[PointSpec]) -> tuple[ConfigError, ...]:
    """One remark for all breakers that take commands; empty when each of them tells its health."""
    told = {point.name.location for point in points if _HEALTH.match(point.name.variable)}
    commanded = {point.name.location for point in points if _takes_commands(point)}
    breakers = [each.id for each in network.network.switches if each.kind is SwitchKind.BREAKER]
    silent = [each for each in breakers if each in commanded and each not in told]
    if not silent:
        return ()
    problem = f"no XCBR tells its EEHealth for {named(silent)}: no command to close is ever let through (SAFETY S5)"
    remedy = "put EEHealth into a data set that is reported; where the device has none, it is closed on the spot alone"
    return (ConfigError(network.file, network.lines.get(silent[0]), problem, remedy),)


def _takes_commands(point: PointSpec) -> bool:
    return point.control_model is not ControlModel.STATUS_ONLY and bool(_POSITION.match(point.name.variable))
