"""The double-busbar substation of tests/cases/scl, with its grid from the SCD alone; positions as one sets them.

Two line bays (Q01, Q02), two transformer bays (Q03, Q04) and the coupler (Q00) at 110 kV, five bays at 20 kV. All is
closed on busbar 1, the coupler stands open, and all earthing switches are open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from models.command import Originator
from models.point import Dbpos, Handle, PointName, Sample
from models.scl.grid import derive_grid
from models.scl.points import points
from models.scl.reader import read_scl
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.request import Request
from substation.control.situation import Context
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.register import PointRegister
from substation.tags import Tag
from tests.substation.control.asking import PERSON

FILE = Path(__file__).parents[2] / "cases" / "scl" / "double_busbar.scd"
SCL = read_scl(FILE.read_bytes(), FILE.name)
POINTS = points(SCL)
NETWORK = derive_grid(SCL, POINTS).network
REGISTER = PointRegister((Handle(number), spec) for number, spec in enumerate(POINTS, 1))
INTERLOCKING = Interlocking(Numerics(Topology(NETWORK)))
NOW_NS = 1_800_000_000_000_000_000
HV = "AA1/D1"
COUPLER = f"{HV}/Q00"
ON, OFF = Dbpos.ON, Dbpos.OFF
_FLOATS = ("PPV", ".A.", "TotW")


@dataclass
class Station:
    """Values by point; `refused` asks about one command of a person."""

    values: dict[PointName, bool | int | float | Dbpos] = field(default_factory=dict)
    silent: set[PointName] = field(default_factory=set)
    tags: tuple[Tag, ...] = ()

    def __post_init__(self) -> None:
        for spec in POINTS:
            variable = spec.name.variable
            self.values[spec.name] = 0.0 if any(each in variable for each in _FLOATS) else variable.startswith("CILO")
            if variable.startswith("XCBR"):
                self.values[spec.name] = 1 if variable.endswith("EEHealth") else 5
        for switch in NETWORK.switches:
            self.set(switch.id, OFF if not switch.to_node or "QB2" in switch.id or COUPLER in switch.id else ON)

    def set(self, switch: str, position: Dbpos) -> None:
        self.values[self.position(switch)] = position

    def position(self, switch: str) -> PointName:
        name = REGISTER.position_of(switch)
        assert name is not None, switch
        return name

    def closed(self, *switches: str) -> Station:
        for switch in switches:
            self.set(f"{HV}/{switch}", ON)
        return self

    def opened(self, *switches: str) -> Station:
        for switch in switches:
            self.set(f"{HV}/{switch}", OFF)
        return self

    def voltage(self, location: str, volts: float, logical_node: str = "MMXU1") -> Station:
        for phase in ("phsAB", "phsBC", "phsCA"):
            self.values[PointName(location, f"{logical_node}.PPV.{phase}")] = volts
        return self

    def image(self) -> ProcessImage:
        samples = {
            handle: Sample(handle, self.values[spec.name], 0, NOW_NS, NOW_NS)
            for handle, spec in REGISTER.items()
            if spec.name not in self.silent
        }
        return ProcessImage(NOW_NS, REGISTER, samples, tags=self.tags)

    def refused(self, switch: str, wanted: Dbpos, who: Originator = PERSON) -> str:
        return self.refusal(f"{HV}/{switch}", wanted, who)

    def refusal(self, switch: str, wanted: Dbpos, who: Originator = PERSON) -> str:
        """Of a switch anywhere, by its whole path."""
        request = Request(self.position(switch), wanted, who)
        return "; ".join(str(each) for each in INTERLOCKING.refusals(request, self.image(), Context()))
