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
