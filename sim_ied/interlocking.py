"""Bay interlocking (CILO): what the positions in a bay allow. An intermediate position allows nothing around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.network.elements import SwitchKind
from models.point import Dbpos


@dataclass(frozen=True, slots=True)
class Release:
    """CILO.EnaOpn and CILO.EnaCls of one switch."""

    open: bool
    close: bool


def release(kind: SwitchKind, others: Sequence[tuple[SwitchKind, Dbpos]]) -> Release:
    """What a switch may do, given kind and position of the other switches of its bay.

    Breaker: opens always, closes when disconnectors stand firm and no earth would be energised. Disconnector: moves
    with the breaker open and the earth off. Earthing switch: opens always, closes with breaker and disconnector open.
    """
    breakers_open = _all_open(others, SwitchKind.BREAKER)
    disconnectors_open = _all_open(others, SwitchKind.DISCONNECTOR)
    earths_open = _all_open(others, SwitchKind.EARTHING_SWITCH)
    firm = all(position in (Dbpos.ON, Dbpos.OFF) for kind, position in others if kind is SwitchKind.DISCONNECTOR)
    rules = {
        SwitchKind.BREAKER: Release(True, firm and earths_open),
        SwitchKind.LOAD_BREAK_SWITCH: Release(True, earths_open),
        SwitchKind.DISCONNECTOR: Release(breakers_open and earths_open, breakers_open and earths_open),
        SwitchKind.EARTHING_SWITCH: Release(True, breakers_open and disconnectors_open),
    }
    return rules[kind]


def _all_open(others: Sequence[tuple[SwitchKind, Dbpos]], kind: SwitchKind) -> bool:
    return all(position is Dbpos.OFF for other, position in others if other is kind)
