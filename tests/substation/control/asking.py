"""Asks the interlocking about one command in a world: the refusals in words, '' when it may go."""

from __future__ import annotations

from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName
from models.switching import OrderState, Purpose
from substation.control.request import Request
from substation.control.situation import Context
from substation.tags import Tag, TagKind
from tests.substation.control.world import (
    CB1,
    F1,
    F2,
    FAULT,
    INTERLOCKING,
    ISOLATING,
    NOW_NS,
    TIE,
    World,
    isolated,
    order,
    pos,
)

FDIR = Originator(OriginatorCategory.AUTOMATIC_STATION, "FDIR")
PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
CENTRE = Originator(OriginatorCategory.REMOTE_CONTROL, "centre")
ORDER = order(state=OrderState.EXECUTING)
CONTEXT = Context(order=ORDER, faults={ORDER.id: FAULT}, leases=dict.fromkeys((F1, F2, CB1, TIE, *ISOLATING), ORDER.id))
ALONE = Context()


def request(element: str, value: Dbpos | bool, who: Originator = FDIR, purpose: Purpose | None = None) -> Request:
    point = PointName(element, "RREC1.BlkRec") if isinstance(value, bool) else pos(element)
    return Request(point, value, who, ORDER.id if who is FDIR else "", purpose)


def asked(world: World, wanted: Request, context: Context | None = None) -> str:
    chosen = context or (CONTEXT if wanted.originator is FDIR else ALONE)
    return "; ".join(str(refusal) for refusal in INTERLOCKING.refusals(wanted, world.image(), chosen))


def closing(world: World, element: str = TIE, who: Originator = FDIR, context: Context | None = None) -> str:
    return asked(world, request(element, Dbpos.ON, who), context)


def opening(world: World, element: str = ISOLATING[0], who: Originator = FDIR, context: Context | None = None) -> str:
    return asked(world, request(element, Dbpos.OFF, who), context)


def tagged(kind: TagKind, element: str) -> World:
    world = isolated()
    world.tags = (Tag(1, kind, element, "Bo", NOW_NS, "P-7"),)
    return world
