"""Whether a unit may be restarted now: never in a sequence, with a command open, or while FDIR gathers (S22, S23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.switching import OrderState
from substation.image import Mode

if TYPE_CHECKING:
    from substation.station import Station

UNDER_WAY = (OrderState.APPROVED, OrderState.EXECUTING, OrderState.PAUSED)


def busy(station: Station | None) -> str:
    """'' when nothing is under way; else the first reason in words."""
    return next(_reasons(station), "") if station is not None else ""


def _reasons(station: Station) -> Iterator[str]:
    for order in station.desk.orders.values():
        if order.state in UNDER_WAY:
            yield f"S23: order {order.id} is {order.state.value}"
    for request in station.gate.under_way:
        yield f"S22: a command is open: {request}"
    for intent in station.open_commands:
        yield f"S22: a command is open: {intent}; read the position and release it"
    for case in station.watched:
        yield f"S23: FDIR watches {case.feeder}: {case.phase.value}"


def automatic_feeders(station: Station | None) -> list[str]:
    """Feeders on which FDIR acts by itself, and does not while the unit is away."""
    if station is None:
        return []
    return [feeder for feeder, mode in station.modes.effective().items() if mode is Mode.AUTOMATIC]
