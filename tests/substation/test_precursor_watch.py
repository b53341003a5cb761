"""Short signals of protection: each rise under our eyes once, at the feeder that it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.network.elements import Network
from models.network.reader import read_network
from models.point import Cdc, Handle, PointName, PointSpec, Sample, Value
from models.quality import Quality
from substation.grid.topology import Topology
from substation.image import Precursor
from substation.precursor_watch import PrecursorWatch
from substation.register import PointRegister

OBERRHEIN = Path(__file__).parents[2] / "examples" / "oberrhein" / "network.json"


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(OBERRHEIN.read_text(encoding="utf-8"), OBERRHEIN.name)


class Field:
    """A watch over the points of one feeder and one of its indicators."""

    def __init__(self, network: Network) -> None:
        topology = Topology(network)
        self.feeder = network.feeders[0].id
        own = [
            each
            for each in network.indicators
            if self.feeder in [f.id for f in topology.feeders_of(each.switch, topology.normal_tree)]
        ]
        self.bay = own[0].switch.rpartition("/")[0]
        names = {
            "PTEF1.Str": PointName(self.feeder, "PTEF1.Str"),
            "RREC1.AutoRecSt": PointName(self.feeder, "RREC1.AutoRecSt"),
            "SFPI1.FwdFlt": PointName(self.bay, "SFPI1.FwdFlt"),
        }
        self._handles = {variable: Handle(number) for number, variable in enumerate(names, 1)}
        specs = [(self._handles[key], PointSpec(name, Cdc.SPS, "link")) for key, name in names.items()]
        self.watch = PrecursorWatch(topology, PointRegister(specs))

    def show(self, variable: str, value: Value, at_ns: int, quality: int = 0) -> None:
        self.watch.take([Sample(self._handles[variable], value, quality, at_ns, at_ns)])


def test_each_rise_is_seen_once(network: Network) -> None:
    field = Field(network)
    field.show("PTEF1.Str", True, 1)  # of the first interrogation: it may be days old
    for at_ns, value in ((2, False), (3, True), (4, True), (5, False), (6, True)):
        field.show("PTEF1.Str", value, at_ns)
    assert field.watch.seen == tuple(Precursor(at_ns, field.feeder, "transient") for at_ns in (3, 6))


def test_reclosings_and_indications(network: Network) -> None:
    field = Field(network)
    for at_ns, state in ((1, 1), (2, 2), (3, 3), (4, 1), (5, 9)):
        field.show("RREC1.AutoRecSt", state, at_ns)
    field.show("SFPI1.FwdFlt", False, 6)
    field.show("SFPI1.FwdFlt", True, 7)
    kinds = [(each.time_ns, each.feeder, each.kind) for each in field.watch.seen]
    assert kinds == [(3, field.feeder, "reclosing"), (7, field.feeder, "indication")]


def test_what_is_not_valid_is_not_believed(network: Network) -> None:
    field = Field(network)
    field.show("PTEF1.Str", False, 1)
    field.show("PTEF1.Str", True, 2, int(Quality.INVALID))
    assert field.watch.seen == ()
