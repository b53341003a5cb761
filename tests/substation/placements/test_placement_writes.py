"""Placements through the data interface of a whole unit: kept over a restart, seen by the rules and in the picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName, Sample
from models.quality import Quality
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.control.request import Request
from substation.exchange.variables import RefusedError
from substation.placements.placement import PlacementKind
from substation.site import Site
from tests.substation.placements.people import BO, run, write
from tests.substation.unit_bench import Running


def dead_line(made: Running) -> str:
    """A line that no position feeds: both its ends are opened in the image."""
    network = made.site.network
    line = network.lines[0]
    image = made.unit.parts.image
    for switch in network.switches:
        if {switch.from_node, switch.to_node} & {line.from_node, line.to_node} and switch.to_node:
            handle = image.register.positions[switch.id]
            image.apply([Sample(handle, Dbpos.OFF, 0, None, made.unit.parts.clock())])
    return line.id


def test_s17_an_earth_is_kept_over_a_restart_and_interlocks(tmp_path: Path) -> None:
    async def first(made: Running) -> None:
        network = made.site.network
        code, text = await write(made, "Placement.Place", network.lines[0].id, "earth")
        assert (code, text.startswith("S1: ")) == (Code.REFUSED, True)
        line = dead_line(made)
        assert (await write(made, "Placement.Place", line, {"kind": "earth", "reference": "P-3"}))[0] is Code.OK
        assert any("earth placed/1 on" in text for text in made.texts())

    async def second(made: Running) -> None:
        (placement,) = made.station.people.placements.placements
        assert (placement.kind, placement.holder, placement.reference) == (PlacementKind.EARTH, "Ada", "P-3")
        line = dead_line(made)
        where = _switch_at(made.site, line)
        request = Request(PointName(where, "CSWI1.Pos"), Dbpos.ON, Originator(OriginatorCategory.STATION_CONTROL, "Bo"))
        assert any("placed/1/earth is closed" in refusal.text for refusal in made.station.gate.refusals(request))
        code, text = await write(made, "Placement.Remove", line, 1, BO)
        assert (code, text) == (Code.REFUSED, "S17: Ada has placed it; say why somebody else takes it away")
        assert (await write(made, "Placement.Remove", line, {"number": 1, "reason": "work is done"}, BO))[0] is Code.OK
        assert made.station.people.placements.placements == ()
        assert not any("placed" in refusal.text for refusal in made.station.gate.refusals(request))

    run(tmp_path, first)
    run(tmp_path, second)


def _switch_at(site: Site, line: str) -> str:
    ends = next({each.from_node, each.to_node} for each in site.network.lines if each.id == line)
    return next(each.id for each in site.network.switches if each.to_node in ends and each.remote)


def test_s14_a_position_set_by_hand_ends_when_the_field_reports_again(tmp_path: Path) -> None:
    async def work(made: Running) -> None:
        image, switch = made.unit.parts.image, made.site.network.switches[0].id
        handle = image.register.positions[switch]
        wanted: dict[str, WireValue] = {"kind": "position closed", "reference": "Cy, on the spot"}
        code, text = await write(made, "Placement.Place", switch, wanted)
        assert (code, "the field reports the position" in text) == (Code.REFUSED, True)
        image.apply([Sample(handle, Dbpos.ON, int(Quality.INVALID), None, 1)])
        with pytest.raises(RefusedError, match="who has seen the position"):
            await write(made, "Placement.Place", switch, "position closed")
        assert (await write(made, "Placement.Place", switch, wanted))[0] is Code.OK
        assert (await write(made, "Placement.Place", switch, {**wanted, "kind": "position open"}))[0] is Code.OK
        (placement,) = made.station.people.placements.placements
        assert placement.kind is PlacementKind.POSITION_OPEN
        image.apply([Sample(handle, Dbpos.ON, 0, None, made.unit.parts.clock())])
        assert made.station.people.placements.placements == ()
        assert any("withdrawn: the field reports the position again" in text for text in made.texts())

    run(tmp_path, work)


@pytest.mark.parametrize("value", [5, "tree", {"kind": "mobile generator"}, {"kind": "earth", "high": 1}, None])
def test_what_is_no_placement_is_refused(tmp_path: Path, value: WireValue) -> None:
    async def work(made: Running) -> None:
        with pytest.raises(RefusedError):
            await write(made, "Placement.Place", made.site.network.lines[0].id, value)
        assert made.station.people.placements.placements == ()

    run(tmp_path, work)
