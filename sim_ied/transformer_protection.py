"""Transformer differential protection (PDIF1; a Buchholz relay counts as the same): trips both sides of a transformer.

The breaker of the high-voltage side is not part of the network: a transformer is in service or it is not.
"""

from __future__ import annotations

from collections.abc import Callable

from models.network.elements import Network
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.history import History

OPERATED = "PDIF1.Op"
_OPERATE_S = 0.03
_SHOWN_S = 0.2


class TransformerProtection:
    """trip_bay: opens the breaker of a bay by its transformer. set_in_service: the high-voltage side, by number."""

    def __init__(
        self,
        network: Network,
        opening_s: float,
        trip_bay: Callable[[str, int], None],
        set_in_service: Callable[[int, bool, int], None],
        agenda: Agenda,
        board: Board,
        history: History,
    ) -> None:
        self._items = {
            each.id: (number, each.lv_node.rpartition("/")[0]) for number, each in enumerate(network.transformers)
        }
        self.bays = frozenset(bay for _, bay in self._items.values())
        self._opening_s, self._trip_bay, self._set_in_service = opening_s, trip_bay, set_in_service
        self._agenda, self._board, self._history = agenda, board, history

    def show(self, now_ns: int) -> None:
        for transformer in self._items:
            self._show(transformer, False, now_ns)

    def energised(self, element: str, now_ns: int) -> None:
        """A fault on this element is fed from now on; it operates when the element is a transformer."""
        if element in self._items:
            due_ns = after_ns(now_ns, _OPERATE_S)
            self._agenda.set(("PDIF1", element), due_ns, lambda at_ns: self._operate(element, at_ns))

    def switch_off_high_side(self, bay: str, now_ns: int) -> None:
        """For the breaker failure of a transformer's bay. Nothing happens for another bay."""
        for number, own in self._items.values():
            if own == bay:
                self._set_in_service(number, False, now_ns)

    def _operate(self, transformer: str, now_ns: int) -> None:
        number, bay = self._items[transformer]
        self._history.note(now_ns, "protection", f"{transformer}: differential protection trips both sides")
        self._show(transformer, True, now_ns)
        self._agenda.set(
            ("PDIF1", transformer, "shown"),
            after_ns(now_ns, _SHOWN_S),
            lambda at_ns: self._show(transformer, False, at_ns),
        )
        self._trip_bay(bay, now_ns)
        due_ns = after_ns(now_ns, self._opening_s)
        self._agenda.set(("PDIF1", transformer, "high side"), due_ns,
                         lambda at_ns: self._set_in_service(number, False, at_ns))  # fmt: skip

    def _show(self, transformer: str, operated: bool, now_ns: int) -> None:
        self._board.show(PointName(transformer, OPERATED), operated, now_ns)
