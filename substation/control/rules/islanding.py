"""No unwanted island at any step (SAFETY S12): no generation is left feeding a part without its source.

Generation that is measured idle makes no island. What is at work may be cut off only when tested protection is declared
to disconnect it (`loss_of_mains_s`), and when the power that is left over or missing is so large that this protection
sees the island: its methods fail where generation and load are nearly in balance. What cannot be read counts with the
whole range that it may have.
"""

from __future__ import annotations

from models.network.elements import Generator
from models.network.unstated import is_stated
from substation.control.rules.energising import is_at_work, leaves_the_drawing
from substation.control.situation import Situation
from substation.image import Missing

UNBALANCED = 0.3
"""Share of the load that must be missing or left over for loss-of-mains protection to act beyond doubt."""
IDLE_W = 100.0
"""A generator whose rating no file states counts as idle up to so much, at an opening: 1 % of 10 kW."""


def left_without_source(situation: Situation) -> str:
    """S12: an opening leaves no generation at work in a part that then has no source."""
    switch = situation.switch
    if switch is None or not situation.request.opens or not switch.to_node:
        return ""
    before = situation.grid.islands(situation.possibly_closed | {situation.element})
    if not before.live(switch.from_node):
        return ""  # what has no source loses none
    for node in situation.grid.sides(switch):
        if not situation.surely.live(node) and (reason := _island(situation, situation.possibly.nodes(node))):
            return f"opening {switch.id} leaves {reason}"
    return ""


def joined_without_source(situation: Situation) -> str:
    """S12: a close between two parts without source extends no island."""
    switch = situation.switch
    if switch is None or not situation.request.closes or situation.live_sides:
        return ""
    reason = _running(situation, situation.joined)
    return f"closing {switch.id} joins parts without source, and {reason}" if reason else ""


def _running(situation: Situation, nodes: frozenset[str]) -> str:
    for generator in situation.grid.generators_at(nodes):
        if leaves_the_drawing(situation, generator):
            return f"{generator.id} leaves the drawing, so it is not known what feeds it from there"
        power_w = _production(situation, generator)
        if isinstance(power_w, Missing):
            return f"what {generator.id} produces is not known: {power_w.reason}"
        if is_at_work(power_w, generator):
            return f"{generator.id} produces {power_w:.0f} W"
    return ""


def _production(situation: Situation, generator: Generator) -> float | Missing:
    return situation.number(generator.id.rpartition("/")[0], "MMXU1.TotW")


def _left_at_work(power_w: float, generator: Generator) -> bool:
    """At an opening, where a generator that has been unloaded is taken off the grid whatever its rating is."""
    if not is_stated(generator.rated_power_w):
        return not abs(power_w) <= IDLE_W
    return is_at_work(power_w, generator)


def _island(situation: Situation, nodes: frozenset[str]) -> str:
    """What would be an island there, in words; '' when none can persist."""
    least_w = most_w = 0.0
    for generator in situation.grid.generators_at(nodes):
        if leaves_the_drawing(situation, generator):
            continue  # voltage may come from there, but it is no generation to lose
        power_w = _production(situation, generator)
        if not isinstance(power_w, Missing) and not _left_at_work(power_w, generator):
            continue
        if generator.loss_of_mains_s is None:
            return f"{_words(generator, power_w)} without its source; stop or disconnect it first"
        least_w += 0.0 if isinstance(power_w, Missing) else power_w
        most_w += generator.rated_power_w if isinstance(power_w, Missing) else power_w
    if most_w <= 0.0:
        return ""
    least_load_w, most_load_w = _load(situation, nodes)
    if most_w < (1 - UNBALANCED) * least_load_w or least_w > (1 + UNBALANCED) * most_load_w:
        return ""
    return (
        f"{_range(least_w, most_w)} of generation with {_range(least_load_w, most_load_w)} of load without its source,"
        " so near to balance that loss-of-mains protection may not see it; reduce the generation first"
    )


def _words(generator: Generator, power_w: float | Missing) -> str:
    known = "perhaps" if isinstance(power_w, Missing) else f"with {power_w:.0f} W"
    return f"{generator.id} at work {known}, of which no loss-of-mains protection is declared (key 'loss_of_mains_s'),"


def _load(situation: Situation, nodes: frozenset[str]) -> tuple[float, float]:
    """Least and most active power in W that is drawn there."""
    least_w = most_w = 0.0
    for load in situation.grid.loads_at(nodes):
        power_w = situation.number(load.id, "MMXU1.TotW")
        least_w += 0.0 if isinstance(power_w, Missing) else power_w
        most_w += load.active_power_w if isinstance(power_w, Missing) else power_w
    return least_w, most_w


def _range(least_w: float, most_w: float) -> str:
    return f"{most_w / 1e3:.0f} kW" if least_w == most_w else f"{least_w / 1e3:.0f} to {most_w / 1e3:.0f} kW"
