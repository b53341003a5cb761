"""What does not belong together is found, each with file, line and remedy, once."""

from __future__ import annotations

import re
from pathlib import Path

from models.errors import ConfigError
from models.network.check import mismatches
from models.network.reader import read_network_file
from models.scl.links import links
from models.scl.points import points
from models.scl.reader import read_scl

SITE = Path(__file__).parents[3] / "examples" / "oberrhein"
NETWORK = (SITE / "network.json").read_text(encoding="utf-8")
SCD = (SITE / "scd.xml").read_text(encoding="utf-8")


def found(network: str = NETWORK, scd: str = SCD) -> list[ConfigError]:
    scl = read_scl(scd.encode(), "scd.xml")
    return mismatches(read_network_file(network, "network.json"), scl, points(scl), links(scl))


def replaced(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with one place changed, and its line."""
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new), text.count("\n", 0, text.index(old)) + 1


def test_example_has_no_mismatch() -> None:
    assert found() == []


def test_network_element_without_path_in_the_scd() -> None:
    network, line = replaced(NETWORK, '"id": "L193/W193"', '"id": "L193/W999"')
    errors = found(network)
    assert str(errors[0]).startswith(f"network.json:{line}: 'L193/W999' has no path in the SCD; add it to")
    assert "LIN 'L193/W193' is not in the network" in str(errors[1])
    assert len(errors) == 2


def test_line_that_ends_elsewhere() -> None:
    terminal = re.search(r'<ConductingEquipment name="W193" type="LIN">\s*<Terminal [^>]*>\s*<Terminal [^>]*>', SCD)
    assert terminal
    node = re.findall(r'connectivityNode="([^"]*)"', terminal[0])[1]
    moved = terminal[0].replace(f'connectivityNode="{node}"', 'connectivityNode="ST0/K1/BB1/N1"')
    (error,) = found(scd=SCD.replace(terminal[0], moved))
    assert "'L193/W193' ends at" in str(error)
    assert "ST0/K1/BB1/N1" in str(error)


def test_missing_ied_is_named_once() -> None:
    start = SCD.index('  <IED name="ST103"')
    end = SCD.index("</IED>", start) + len("</IED>\n")
    errors = [str(each) for each in found(scd=SCD[:start] + SCD[end:])]
    assert sum("served by IED 'ST103', which is missing" in each for each in errors) == 1
    assert any("no device tells the position of 'ST103/K1/E01/Q0'" in each for each in errors)


def test_logical_node_that_the_device_does_not_have() -> None:
    use = '<LNode iedName="OBR1E03" ldInst="LD0" lnClass="PTRC" lnInst="1"/>'
    scd, line = replaced(SCD, use, use.replace('lnInst="1"', 'lnInst="7"'))
    errors = [str(each) for each in found(scd=scd)]
    assert errors[0].startswith(f"scd.xml:{line}: 'OBR1/K1/E03' is served by OBR1E03LD0/PTRC7, which IED")
    assert any("no device has the point OBR1/K1/E03/PTRC1.Tr" in each for each in errors)


def test_reported_value_that_no_device_has() -> None:
    start = SCD.index('<IED name="OBR1E03"')
    old = '<FCDA ldInst="LD0" lnClass="PTRC" lnInst="1" doName="Tr" fc="ST"/>'
    at = SCD.index(old, start)
    scd = SCD[:at] + old.replace('doName="Tr"', 'doName="Trp"') + SCD[at + len(old) :]
    (error,) = read_scl(scd.encode(), "scd.xml").findings
    assert "reports OBR1E03LD0/PTRC1.Trp [ST], which no device has" in str(error)


def test_equal_addresses_of_two_devices() -> None:
    access = r'(<ConnectedAP iedName="ST103" .*?<P type="IP">)([0-9.]+)'
    scd = re.sub(access, r"\g<1>127.0.1.1", SCD, count=1)
    scd = re.sub(r'(<ConnectedAP iedName="ST103" .*?<P type="TCP-PORT">)2404', r"\g<1>10102", scd, count=1)
    (error,) = found(scd=scd)
    assert "'ST103' and 'OBR1E01' have the same address 127.0.1.1:10102" in str(error)
    assert error.line is not None
    assert 'iedName="ST103"' in SCD.splitlines()[error.line - 1]


def test_equal_addresses_of_two_points() -> None:
    scd, line = replaced(SCD, 'casdu="1103" ioa="112"', 'casdu="1103" ioa="111"')
    (error,) = found(scd=scd)
    assert str(error).startswith(
        f"scd.xml:{line}: ST103/K1/E01/SFPI1.RvFlt and ST103/K1/E01/SFPI1.FwdFlt have the same"
    )
    assert "casdu 1103 ioa 111" in str(error)


def test_remote_control_must_be_said_alike() -> None:
    at = NETWORK.index('{"id": "ST103/K1/E01/Q0"')
    (error,) = found(NETWORK[:at] + NETWORK[at:].replace('"remote": true', '"remote": false', 1))
    wanted = "'ST103/K1/E01/Q0' is not remote-controlled in the network, its CSWI1.Pos is sbo-normal"
    assert wanted in str(error)
    assert error.line == NETWORK.count("\n", 0, at) + 1


def test_earthing_switch_is_never_commanded() -> None:
    at = NETWORK.index('{"id": "OBR1/K1/E03/Q8"')
    network = NETWORK[:at] + NETWORK[at:].replace('"remote": false', '"remote": true', 1)
    assert "is remote-controlled in the network, its CSWI3.Pos is status-only" in str(found(network)[0])


def test_indicator_without_device() -> None:
    start = SCD.index('<Bay name="E01">', SCD.index('<Substation name="ST103"'))
    end = SCD.index("</Bay>", start)
    bay = re.sub(r'<LNode [^>]*lnClass="SFPI" lnInst="1"/>', "", SCD[start:end])
    errors = [str(each) for each in found(scd=SCD[:start] + bay + SCD[end:])]
    assert [each.split("; ")[0].split(": ")[1] for each in errors] == [
        "no device has the point ST103/K1/E01/SFPI1.FwdFlt",
        "no device has the point ST103/K1/E01/SFPI1.RvFlt",
    ]
