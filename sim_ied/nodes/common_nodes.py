"""LLN0, LPHD and GGIO: what every device has."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import ControlRequest


class Head(Behaviour):
    """LLN0. Mode and health are put together in sim_ied.nodes.modes."""

    acts = True
    help = "Mod makes Beh of all nodes of its device, Health is their worst; Loc, LocKey, LocSta; setting groups; LEDRs"

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        """A command to reset the lamps is a pulse."""
        super().operate(path, control, now_ns)
        if path == "LEDRs":
            self.signals.show(path, False, now_ns)

    def start(self, now_ns: int) -> None:
        self.signals.show("Diag", False, now_ns)


class PhysicalDevice(Behaviour):
    """LPHD."""

    acts = True
    help = "PhyHealth is the worst health of all nodes; PwrSupAlm, RsStat are held"


class Echo(Behaviour):
    """GGIO: outputs are their own feedback; inputs are set by the disturbance 'value'."""

    acts = True
    help = "SPCSO, DPCSO, ISCSO, AnOut: a command is its own feedback; Ind, AnIn are held"
