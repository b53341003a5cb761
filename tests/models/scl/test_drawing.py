"""Drawings: coordinates of Annex C, those of diagram editors, and the layout of a station that has none."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from models.drawing import Drawing, drawing_from_plain, drawing_to_plain
from models.errors import RemoteProtocolError
from models.scl.drawing import drawings_of
from models.scl.place import Section, Turn
from models.scl.reader import read_scl

FILE = Path(__file__).parents[2] / "cases" / "scl" / "double_busbar.scd"
EDITED = """<SCL xmlns="http://www.iec.ch/61850/2003/SCL" xmlns:e="{space}" version="2007"><Header id="x"/>
<Substation name="S"><VoltageLevel name="V"><Bay name="BB"><ConnectivityNode name="L" pathName="S/V/BB/L">
<Private type="OpenSCD-SLD-Layout"><e:Section e:bus="true"><e:Vertex e:x="1.5" e:y="2.5"/>
<e:Vertex e:x="9.5" e:y="2.5"/></e:Section></Private></ConnectivityNode></Bay><Bay name="Q1" {on_bay}>{in_bay}
<ConductingEquipment name="QB1" type="DIS" {on_switch}>{in_switch}<Terminal name="T1" connectivityNode="S/V/BB/L"/>
<Terminal name="T2" connectivityNode="S/V/Q1/N"/></ConductingEquipment>
<ConnectivityNode name="N" pathName="S/V/Q1/N"/></Bay></VoltageLevel></Substation></SCL>"""
PRIVATE = '<Private type="OpenSCD-SLD-Layout"><e:SLDAttributes {}/></Private>'
ON_BAY, ON_SWITCH = 'e:x="2" e:y="3" e:w="4" e:h="6"', 'e:x="3" e:y="4" e:rot="1" e:lx="4" e:ly="4"'


def only(text: str, everywhere: bool = False) -> Drawing:
    (drawing,) = drawings_of(read_scl(text.encode(), "x.scd"), everywhere)
    return drawing


def test_annex_c_counts_from_the_element_that_holds_it() -> None:
    drawing = only(FILE.read_text())
    places = {each.element: each for each in drawing.symbols if each.type != "earth"}
    assert places["AA1/D1/Q01/QB1"].at == (2.0, 4.0)
    assert places["AA1/D1/Q00/QA1"].lies
    bars = {each.node: each.points for each in drawing.traces if each.bus}
    assert bars["AA1/D1/BB1/N1"][0][1] == bars["AA1/D1/BB1/N1"][1][1] == 1.0
    assert len([each for each in drawing.symbols if each.type == "earth"]) == 11
    assert drawing_from_plain(drawing_to_plain(drawing)) == drawing


@pytest.mark.parametrize("space", ["https://openscd.org/SCL/SSD/SLD/v0", "https://transpower.co.nz/SCL/SSD/SLD/v0"])
@pytest.mark.parametrize("private", [False, True])
def test_diagram_editors_count_from_the_corner(space: str, private: bool) -> None:
    on = {"on_bay": ON_BAY, "on_switch": ON_SWITCH, "in_bay": "", "in_switch": ""}
    within = {"on_bay": "", "on_switch": "", "in_bay": PRIVATE.format(ON_BAY), "in_switch": PRIVATE.format(ON_SWITCH)}
    text = EDITED.format(space=space, **(within if private else on))
    scl = read_scl(text.encode(), "x.scd")
    shape = scl.places["S/V/Q1/QB1"].shape
    assert shape is not None
    assert shape.turn is Turn.RIGHT
    assert scl.places["S/V/BB/L"].sections == (Section(((1.5, 2.5), (9.5, 2.5)), bus=True),)
    drawing = only(text)
    assert [(each.at, each.lies) for each in drawing.symbols] == [((3.5, 4.5), True)]
    assert ((1.5, 2.5), (9.5, 2.5)) in [each.points for each in drawing.traces if each.bus]


def test_coordinates_that_are_no_numbers_are_none() -> None:
    text = FILE.read_text().replace('sxy:x="2"', 'sxy:x="nan"').replace('sxy:x="17.5"', 'sxy:x="left"')
    assert read_scl(text.encode(), "x.scd").places["AA1/D1/Q00"].shape is None


def test_a_station_without_coordinates_is_laid_out_with_everything_in_a_place_of_its_own() -> None:
    text = re.sub(r' sxy:\w+="[^"]*"', "", FILE.read_text())
    assert drawings_of(read_scl(text.encode(), "x.scd")) == ()
    drawing, given = only(text, everywhere=True), only(FILE.read_text())
    assert {each.element for each in drawing.symbols} == {each.element for each in given.symbols}
    middles = [each.at for each in drawing.symbols if each.type != "earth"]
    assert all(abs(x1 - x2) >= 1.0 or abs(y1 - y2) >= 1.0 for (x1, y1), (x2, y2) in combinations(middles, 2))


def test_every_conductor_hangs_together() -> None:
    """All traces of one node form one piece, whether the file draws it or not."""
    bare = re.sub(r' sxy:\w+="[^"]*"', "", FILE.read_text())
    for drawing in (only(FILE.read_text()), only(bare, everywhere=True)):
        for node in {each.node for each in drawing.traces}:
            left = [each.points for each in drawing.traces if each.node == node]
            joined = [left.pop()]
            while found := next((each for each in left if any(_meet(each, other) for other in joined)), None):
                left.remove(found)
                joined.append(found)
            assert not left, node


def _meet(one: tuple[tuple[float, float], ...], other: tuple[tuple[float, float], ...]) -> bool:
    return any(_on(point, other) for point in one) or any(_on(point, one) for point in other)


def _on(point: tuple[float, float], path: tuple[tuple[float, float], ...]) -> bool:
    x, y = point
    return any(
        min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)
        for (x1, y1), (x2, y2) in zip(path, path[1:], strict=False)
    )


@pytest.mark.parametrize("key", ["symbols", "traces", "labels", "joints"])
def test_a_drawing_that_is_none_is_refused(key: str) -> None:
    plain = drawing_to_plain(only(FILE.read_text()))
    for wrong in (None, [[1]], [["a", "b", "c", "d", "e", "f"]]):
        with pytest.raises(RemoteProtocolError):
            drawing_from_plain({**plain, key: wrong})
