"""Directional fault passage indicators: SFPI1 of each station bay, with response, inrush block, reset and late report.

An indicator sets when the current stays above its pickup for the response time and shows the latest direction. It is
blind for a short time after its dead line comes back (inrush). It resets when voltage has been back for a while, or
after its time-out. The RTU learns of it only with its next poll of the indicator, and tags it with that time.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from models.network.elements import Network
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.settings import Indicators
from sim_ied.switchgear import bay_of

_ALIVE_PU = 0.8
_POINTS = ("SFPI1.FwdFlt", "SFPI1.RvFlt")


class Indicator:
    """One indicator. `delay_s` draws the time until the RTU has polled it."""

    def __init__(
        self, bay: str, settings: Indicators, agenda: Agenda, board: Board, delay_s: Callable[[], float]
    ) -> None:
        self.bay = bay
        self._bay, self._settings, self._agenda, self._board, self._delay_s = bay, settings, agenda, board, delay_s
        self._pickup_a = settings.pickups_a.get(bay, settings.pickup_a)
        self._fed, self._forward = True, True
        self._blind_until_ns = 0
        self._shown: tuple[bool, bool] = (False, False)
        self.missing = False
        self.on_pickup: Callable[[int], None] = lambda now_ns: None

    def show(self, now_ns: int) -> None:
        """First values, earth-fault indication included: no earth fault exists in this world yet."""
        for variable in (*_POINTS, "SFPI2.FwdFlt", "SFPI2.RvFlt"):
            self._board.show(PointName(self._bay, variable), False, now_ns)

    def measure(self, current_a: float, forward: bool, voltage_pu: float, fed: bool, now_ns: int) -> None:
        """Current, its direction (forward: out of the busbar) and the busbar's voltage from now on."""
        if fed and not self._fed:
            self._blind_until_ns = after_ns(now_ns, self._settings.inrush_block_s)
        self._fed, self._forward = fed, forward
        self._follow_current(current_a > self._pickup_a, now_ns)
        self._follow_voltage(voltage_pu > _ALIVE_PU, now_ns)

    def set(self, forward: bool, now_ns: int) -> None:
        """Show a direction, true or false; the reset timers start."""
        self._report((forward, not forward), now_ns)
        due_ns = after_ns(now_ns, self._settings.reset_timeout_s)
        self._agenda.set((self._bay, "SFPI1", "timeout"), due_ns, self.reset)
        self._agenda.cancel((self._bay, "SFPI1", "reset"))

    def reset(self, now_ns: int) -> None:
        self._agenda.cancel((self._bay, "SFPI1", "timeout"))
        self._agenda.cancel((self._bay, "SFPI1", "reset"))
        self._report((False, False), now_ns)

    def _follow_current(self, above: bool, now_ns: int) -> None:
        key = (self._bay, "SFPI1", "response")
        if not above or self.missing:
            self._agenda.cancel(key)
        elif key not in self._agenda:
            start_ns = max(now_ns, self._blind_until_ns)
            self._agenda.set(key, after_ns(start_ns, self._settings.response_s), self._pick_up)

    def _pick_up(self, now_ns: int) -> None:
        self.on_pickup(now_ns)
        self.set(self._forward, now_ns)

    def _follow_voltage(self, alive: bool, now_ns: int) -> None:
        key = (self._bay, "SFPI1", "reset")
        if not alive or not any(self._shown):
            self._agenda.cancel(key)
        elif key not in self._agenda:
            self._agenda.set(key, after_ns(now_ns, self._settings.reset_voltage_s), self.reset)

    def _report(self, flags: tuple[bool, bool], now_ns: int) -> None:
        self._shown = flags
        due_ns = after_ns(now_ns, self._delay_s())
        self._agenda.set((self._bay, "SFPI1", "report"), due_ns, lambda at_ns: self._put(flags, at_ns))

    def _put(self, flags: tuple[bool, bool], now_ns: int) -> None:
        for variable, flag in zip(_POINTS, flags, strict=True):
            self._board.show(PointName(self._bay, variable), flag, now_ns)


def place_indicators(
    network: Network, settings: Indicators, agenda: Agenda, board: Board, random: Random
) -> dict[int, Indicator]:
    """The indicators of the network by the number of their switch."""
    numbers = {switch.id: number for number, switch in enumerate(network.switches)}
    least_s, most_s = settings.report_delay_s
    return {
        numbers[item.switch]: Indicator(
            bay_of(item.switch), settings, agenda, board, lambda: random.uniform(least_s, most_s)
        )
        for item in network.indicators
    }
