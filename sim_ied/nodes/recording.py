"""RDRE: a disturbance record for every pick-up of its device, as COMTRADE."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.context import Context, Occasion
from sim_ied.nodes.quantities import FREQUENCY_HZ
from sim_ied.nodes.spot import PHASES, View
from sim_ied.records.recorder import AFTER_S, Recorder
from sim_ied.records.waveform import Step

_LAG_RAD, _FAULT_LAG_RAD = 0.32, 1.3
_TRIGGERS = ("RcdTrg",)
_TWO = 2


class DisturbanceRecorder(Behaviour):
    """What is recorded: the three phases at its place, 0.2 s before to 0.6 s after."""

    acts = True
    help = "RcdStr, RcdMade, FltNum at every pick-up of its device or by RcdTrg; the record goes to the file service"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        place = context.location or f"{context.key.ied}/{context.key.device}"
        view, agenda = context.spot.view(), context.primary.agenda
        self._recorder = Recorder(
            f"{place}/{context.key.name}",
            view.nominal_v,
            FREQUENCY_HZ,
            agenda,
            context.device.records,
            "protection started",
        )
        self._number = round(context.signals.number("FltNum", 0.0))
        self._running = False

    def connect(self) -> None:
        self.context.primary.follow(self._follow)
        self.context.listen(Occasion.STARTED, lambda teller, now_ns: self._trigger(now_ns))

    def start(self, now_ns: int) -> None:
        self._follow(now_ns)

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        super().operate(path, control, now_ns)
        if path in _TRIGGERS and not self.context.mode.blocked:
            self.signals.show(path, False, now_ns)
            self._trigger(now_ns)

    def _follow(self, now_ns: int) -> None:
        self._recorder.follow(_step(self.context.spot.view(), now_ns))

    def _trigger(self, now_ns: int) -> None:
        if self._running:
            return
        self._running = True
        self._recorder.trigger(now_ns)
        self.signals.show("RcdMade", False, now_ns)
        self.signals.show("RcdStr", True, now_ns)
        self.context.later("made", AFTER_S, now_ns, self._made)

    def _made(self, now_ns: int) -> None:
        """The recorder itself has finished: it was asked first for this instant."""
        self._running = False
        self._number += 1
        self.signals.show("RcdStr", False, now_ns)
        for path in ("FltNum", "GriFltNum"):
            self.signals.show(path, self._number, now_ns)
        self.signals.show("RcdMade", True, now_ns)


def _step(view: View, now_ns: int) -> Step:
    """Two phases with a fault: the recorder's picture of any fault that is not of all three."""
    faulted = view.faulted
    current_a = max(view.current_a(phase) for phase in PHASES)
    lowest_pu = min(view.voltage_pu(phase) for phase in PHASES)
    lag_rad = _FAULT_LAG_RAD if faulted else _LAG_RAD
    return Step(now_ns, view.nominal_v * lowest_pu, current_a, lag_rad, len(faulted) == _TWO)
