"""What a file says in numbers is bounded before a device is built of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from sim_ied.mms.fitness import make_fit


@pytest.mark.parametrize(
    ("text", "attribute", "becomes", "told"),
    [
        ('<RptEnabled max="99999999"/>', "max", "99", "max of RptEnabled is 99999999, no device has so many: "),
        ('<RptEnabled max="099"/>', "max", "099", ""),
        ('<SettingControl numOfSGs="2000000000"/>', "numOfSGs", "255", "numOfSGs of SettingControl is 2000000000, "),
        ('<SettingControl numOfSGs="three"/>', "numOfSGs", "1", "is 'three', no number: taken as 1"),
        (f'<ReportControl name="R" intgPd="{"9" * 5000}"/>', "intgPd", str(2**32 - 1), "intgPd of ReportControl 'R'"),
        ('<SDO name="har" count="2000000000"/>', "count", "4096", "count of SDO 'har' is 2000000000"),
        ('<DA name="har" count="numHar"/>', "count", "numHar", ""),
    ],
)
def test_numbers_beyond_what_a_device_has(text: str, attribute: str, becomes: str, told: str) -> None:
    root = ET.fromstring(f"<SCL>{text}</SCL>")
    notes = list(make_fit(root))
    assert root[0].get(attribute) == becomes
    assert all(len(each) < 120 for each in notes)
    assert [told in each for each in notes] == ([True] if told else [])


def multiplying(levels: int, members: int) -> ET.Element:
    """A data object whose type holds `members` of the next type, and so on."""
    types = "".join(
        f'<DAType id="T{level}">'
        + "".join(f'<BDA name="m{number}" bType="Struct" type="T{level + 1}"/>' for number in range(members))
        + "</DAType>"
        for level in range(levels)
    )
    leaf = f'<DAType id="T{levels}"><BDA name="z" bType="INT32"/></DAType>'
    top = '<DOType id="D" cdc="INS"><DA name="stVal" fc="ST" bType="INT32"/>'
    return ET.fromstring(f'<S>{top}<DA name="x" fc="ST" bType="Struct" type="T0"/></DOType>{types}{leaf}</S>')


@pytest.mark.parametrize(("levels", "members"), [(8, 10), (500, 1)])
def test_types_that_multiply_or_never_end_are_left_out(levels: int, members: int) -> None:
    root = multiplying(levels, members)
    assert any("types within types" in each for each in make_fit(root))
    assert [each.get("name") for each in root[0]] == ["stVal"]


def test_types_of_an_ordinary_size_stay() -> None:
    root = multiplying(3, 10)
    assert list(make_fit(root)) == []
    assert [each.get("name") for each in root[0]] == ["stVal", "x"]
