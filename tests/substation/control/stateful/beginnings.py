"""Where a story begins: the world and the orders that are on disk then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from models.point import Dbpos, PointName
from models.switching import OrderState, Purpose, StepState
from substation.order_store import Entry
from tests.substation.control.stateful.memory import MemoryOrders
from tests.substation.control.world import CB1, NOW_NS, TIE, isolated, order, tripped

Values = Mapping[PointName, bool | int | float | Dbpos]
Beginning = Callable[[MemoryOrders], Values]
BEFORE_THE_CLOSES = (Purpose.BLOCK_RECLOSING, Purpose.ISOLATE)
BEFORE_THE_RELEASES = (*BEFORE_THE_CLOSES, Purpose.RESTORE_UPSTREAM, Purpose.RESTORE_DOWNSTREAM)


def fault(orders: MemoryOrders) -> Values:
    """The breaker has tripped; nobody has done anything."""
    return tripped().values


def handed_over(orders: MemoryOrders) -> Values:
    """An order has isolated the fault and was aborted; the rest is dead and for people to feed."""
    _leave(orders, BEFORE_THE_CLOSES)
    return isolated().values


def fed_again(orders: MemoryOrders) -> Values:
    """An order has restored what can be restored and was aborted before it released reclosing."""
    _leave(orders, BEFORE_THE_RELEASES)
    world = isolated()
    for switch in (CB1, TIE):
        world.position(switch, Dbpos.ON)
    return world.values


def _leave(orders: MemoryOrders, done: tuple[Purpose, ...]) -> None:
    """An aborted order on disk, with steps of these purposes confirmed."""
    steps = tuple(
        replace(step, state=StepState.CONFIRMED, started_ns=NOW_NS - 2, confirmed_ns=NOW_NS - 1)
        if step.purpose in done
        else replace(step, state=StepState.SKIPPED)
        for step in order().steps
    )
    orders.keep(Entry(order(state=OrderState.ABORTED, steps=steps, approved_by="FDIR")))


BEGINNINGS: tuple[Beginning, ...] = (fault, handed_over, fed_again)
