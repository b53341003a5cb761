"""Sectionalisers: count fault currents, and open in the dead time after the last of them; they interrupt no current.

A fault current counts when the line is dead after it: a breaker has interrupted it. What exceeds the pickup without
that (inrush, a transferred load) does not. Counts are forgotten after a while without another one.
"""

from __future__ import annotations

from collections.abc import Callable

from models.network.elements import Network
from sim_ied.agenda import Agenda, after_ns
from sim_ied.settings import WorldSettings

_DEAD_PU = 0.2
_SETTLING_S = 0.1
"""The line has to be dead for so long before anything is counted or opened."""
_LONGEST_S = 1.0
"""A current that ended longer ago than this, while the line stayed alive, was no fault."""


class Sectionaliser:
    """`open` opens the switch. counts: after so many fault currents."""

    def __init__(
        self, number: int, counts: int, pickup_a: float, memory_s: float, agenda: Agenda, open: Callable[[int], None]
    ) -> None:
        self._number, self._counts, self._pickup_a, self._memory_s = number, counts, pickup_a, memory_s
        self._agenda, self._open = agenda, open
        self._ended_ns: int | None = None
        self._above = False
        self.counted = 0

    def measure(self, current_a: float, voltage_pu: float, now_ns: int) -> None:
        """Current through the switch and voltage beside it from now on."""
        above = current_a > self._pickup_a
        if self._above and not above:
            self._ended_ns = now_ns
        self._above = above
        key = ("sectionaliser", self._number)
        if above or voltage_pu > _DEAD_PU:
            self._agenda.cancel(key)
        elif key not in self._agenda and self._ended_ns is not None:
            self._agenda.set(key, after_ns(now_ns, _SETTLING_S), self._dead)

    def _dead(self, now_ns: int) -> None:
        if self._ended_ns is None or now_ns - self._ended_ns > _LONGEST_S * 1e9:
            return
        self._ended_ns = None
        self.counted += 1
        forgetting = ("sectionaliser", self._number, "memory")
        self._agenda.set(forgetting, after_ns(now_ns, self._memory_s), self._forget)
        if self.counted >= self._counts:
            self._forget(now_ns)
            self._open(now_ns)

    def _forget(self, now_ns: int) -> None:
        self._agenda.cancel(("sectionaliser", self._number, "memory"))
        self.counted = 0


def place_sectionalisers(
    network: Network, settings: WorldSettings, agenda: Agenda, open: Callable[[int, int], None]
) -> dict[int, Sectionaliser]:
    """By the number of their switch. open: switch number, time."""
    pickup_a = settings.sectionalisers.pickup_a or settings.indicators.pickup_a

    def opening(number: int) -> Callable[[int], None]:
        return lambda now_ns: open(number, now_ns)

    return {
        number: Sectionaliser(
            number, switch.sectionaliser_counts, pickup_a, settings.sectionalisers.memory_s, agenda, opening(number)
        )
        for number, switch in enumerate(network.switches)
        if switch.sectionaliser_counts
    }
