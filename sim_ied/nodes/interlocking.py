"""What a switch may do: from the topology around it, or from the switches of its bay alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from models.point import Dbpos
from sim_ied.nodes.process_grid import ProcessGrid, stands_open
from sim_ied.nodes.switch import Switch


def by_topology(switch: Switch, target: Dbpos, grid: ProcessGrid) -> str:
    """Why the switch must not go there; '' when it may."""
    kind = "breaker" if switch.is_breaker else "earth" if grid.earths(switch) else "disconnector"
    return _RULES[kind, target](switch, grid)


def by_neighbours(switch: Switch, target: Dbpos, others: Sequence[Switch]) -> str:
    """Without topology nothing tells an earthing switch: all that are no breakers are taken for disconnectors."""
    if switch.is_breaker:
        travelling = [each for each in others if each.position not in (Dbpos.ON, Dbpos.OFF)]
        return _names("stands between", travelling) if target is Dbpos.ON else ""
    return _names("is not open", (each for each in others if each.is_breaker and not stands_open(each)))


def _free(switch: Switch, grid: ProcessGrid) -> str:
    return ""


def _close_breaker(switch: Switch, grid: ProcessGrid) -> str:
    """Disconnectors beside it stand firm, and it does not feed an earthed section."""
    beside = _sections(switch, grid, lambda each: False)
    travelling = [each for each in beside if each.position not in (Dbpos.ON, Dbpos.OFF)]
    return _names("stands between", travelling) or _earthed(switch, grid)


def _move_disconnector(switch: Switch, grid: ProcessGrid) -> str:
    """Without load: a breaker beside it is open, or its ends are joined without it. Never beside an earthed section."""
    if grid.joined(switch):
        return ""
    return _loaded(switch, grid) or _earthed(switch, grid)


def _close_earth(switch: Switch, grid: ProcessGrid) -> str:
    """Every disconnector of the section, seen through breakers, is open."""
    met = _sections(switch, grid, lambda each: each.is_breaker)
    live = [each for each in met if not each.is_breaker and not grid.earths(each) and not stands_open(each)]
    return _names("is not open", live)


def _loaded(switch: Switch, grid: ProcessGrid) -> str:
    """On one of its sides every breaker is open, so no load flows through it."""
    edge = grid.edge(switch)
    reasons = []
    for node in () if edge is None else (edge.a, edge.b):
        met = grid.section(node, lambda each: not each.is_breaker and each is not switch and not stands_open(each))
        breakers = [each for each in met if each.is_breaker]
        closed = _names("is not open", (each for each in breakers if not stands_open(each)))
        if breakers and not closed:
            return ""
        reasons.append(closed or "no breaker interrupts its load")
    return reasons[0] if reasons else ""


def _earthed(switch: Switch, grid: ProcessGrid) -> str:
    """An earthing switch of a section at either end that does not show open."""
    met = _sections(switch, grid, lambda each: not each.is_breaker and not stands_open(each))
    return _names("is not open", (each for each in met if grid.earths(each) and not stands_open(each)))


def _sections(switch: Switch, grid: ProcessGrid, passes: Callable[[Switch], bool]) -> list[Switch]:
    edge = grid.edge(switch)
    if edge is None:
        return []
    found = [
        each
        for node in (edge.a, edge.b)
        if not (grid.earths(switch) and node == grid.earth)
        for each in grid.section(node, lambda other: other is not switch and passes(other))
    ]
    return [each for each in dict.fromkeys(found) if each is not switch]


def _names(what: str, switches: Iterable[Switch]) -> str:
    names = [each.name for each in switches]
    return f"{', '.join(names)} {what}" if names else ""


_RULES: dict[tuple[str, Dbpos], Callable[[Switch, ProcessGrid], str]] = {
    ("breaker", Dbpos.OFF): _free,
    ("breaker", Dbpos.ON): _close_breaker,
    ("disconnector", Dbpos.OFF): _move_disconnector,
    ("disconnector", Dbpos.ON): _move_disconnector,
    ("earth", Dbpos.OFF): _free,
    ("earth", Dbpos.ON): _close_earth,
}
"""Kind of switch and where it wants to go, to the rule."""
