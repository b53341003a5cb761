"""CALH: group alarms."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context
from sim_ied.nodes.enumerations import HEALTH


class GroupAlarm(Behaviour):
    """CALH: the alarms and warnings of all nodes' health together."""

    acts = True
    help = "GrAlm, GrWrn from the Health of all nodes of its device"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown: tuple[bool, bool] | None = None

    def start(self, now_ns: int) -> None:
        self.health_changed(now_ns)

    def health_changed(self, now_ns: int) -> None:
        words = {
            each.signals.literal(path, HEALTH)
            for each in self.context.device.nodes.values()
            if each is not self
            for path in ("Health", "EEHealth")
        }
        self.signals.show("GrAlm", "Alarm" in words, now_ns)
        self.signals.show("GrWrn", "Warning" in words, now_ns)
