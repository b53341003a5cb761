"""SVPI and SCPI: presence of voltage and current (IEC TR 61850-90-6)."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context
from sim_ied.nodes.spot import PHASES

_PRESENT_A, _PRESENT_PU = 5.0, 0.4


class Presence(Behaviour):
    """SVPI, SCPI: voltage or current is present; shown in whatever indication the type has (SPS, ACD, ACT)."""

    acts = True
    help = "its indications follow the voltage (above 40 %) or the current (above 5 A) of its place"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        classes = context.signals.layout.classes
        self._paths = [path for path, cdc in classes.items() if cdc in ("SPS", "ACD", "ACT") and "." not in path]

    def connect(self) -> None:
        self.context.primary.follow(self._look)

    def start(self, now_ns: int) -> None:
        self._look(now_ns)

    def _look(self, now_ns: int) -> None:
        view, by_voltage = self.context.spot.view(), self.key.ln_class == "SVPI"
        present = {
            phase: view.voltage_pu(phase) > _PRESENT_PU if by_voltage else view.current_a(phase) > _PRESENT_A
            for phase in PHASES
        }
        for path in self._paths:
            for phase, on in present.items():
                self.signals.show(f"{path}.phs{phase}", on, now_ns)
            self.signals.show(path, any(present.values()), now_ns)
