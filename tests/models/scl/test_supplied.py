"""Addresses from elsewhere for devices of which the file states none."""

from __future__ import annotations

import pytest

from models.scl.links import link_table
from models.scl.reader import read_scl
from models.scl.supplied import supplied

FILE = """<SCL xmlns="http://www.iec.ch/61850/2003/SCL">{}
<IED name="A"><AccessPoint name="P"><Server><LDevice inst="L"><LN0 lnClass="LLN0" inst="" lnType="N"/></LDevice>
</Server></AccessPoint></IED>
<IED name="Client"><AccessPoint name="P"/></IED>
<DataTypeTemplates><LNodeType id="N" lnClass="LLN0"/></DataTypeTemplates></SCL>"""
SECTION = """<Communication><SubNetwork name="S" type="8-MMS"><ConnectedAP iedName="A" apName="P">
<Address>{}</Address></ConnectedAP></SubNetwork></Communication>"""


@pytest.mark.parametrize(
    ("section", "host", "port"),
    [
        ("", "127.0.0.1", 10102),
        (SECTION.format('<P type="IP">0.0.0.0</P>'), "127.0.0.1", 102),
        (SECTION.format(""), "127.0.0.1", 102),
        (SECTION.format('<P type="IP">10.0.0.1</P>'), "10.0.0.1", 102),
    ],
)
def test_a_device_without_an_address_takes_the_one_that_is_given(section: str, host: str, port: int) -> None:
    scl = read_scl(FILE.format(section).encode(), "x.cid")
    table = link_table(supplied(scl, {"A": ("127.0.0.1", 10102), "Client": ("127.0.0.1", 1), "Nobody": ("h", 1)}))
    (link,) = table.links
    assert (link.ied, link.protocol, link.host, link.port) == ("A", "iec61850", host, port)
    assert not [each for each in (*table.findings, *table.remarks) if "address" in each.problem]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ('<P type="IP">10.0.0.999</P>', "has the address 10.0.0.999, which is none"),
        ('<P type="IP">relay one</P>', "has the address relay one, which is none"),
        ('<P type="IP">fe80:::1</P>', "has the address fe80:::1, which is none"),
        ('<P type="IP">10.0.0.9</P><P type="MMS-Port">70000</P>', "MMS-Port of 'A' is 70000"),
    ],
)
def test_what_nobody_can_connect_to_is_told(parameters: str, problem: str) -> None:
    table = link_table(read_scl(FILE.format(SECTION.format(parameters)).encode(), "x.scd"))
    assert table.links == ()
    assert any(problem in str(each) for each in table.findings)


@pytest.mark.parametrize("host", ["10.0.0.9", "relay-1.example", "fe80::1"])
def test_addresses_and_names_are_taken(host: str) -> None:
    (link,) = link_table(read_scl(FILE.format(SECTION.format(f'<P type="IP">{host}</P>')).encode(), "x.scd")).links
    assert link.host == host
