"""Writes SCDs of any size, and measures what reading them costs: `python -m tests.models.scl.big 45 [--keep FILE]`.

The file has what large projects have: bays in a substation section, per device a dozen logical nodes with instance
values, data sets and report controls, ConnectedAPs, and the types at the end. Prints time, memory and counts as JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from models.scl.links import link_table
from models.scl.points import point_table
from models.scl.reader import read_scl

MEGABYTE = 1_000_000
NODES = 40
"""Measuring and switching logical nodes of a device, each with instance values."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<SCL xmlns="http://www.iec.ch/61850/2003/SCL" version="2007" revision="B" release="4">
  <Header id="big"/>
"""
_TYPES = """  <DataTypeTemplates>
    <LNodeType id="Z" lnClass="LLN0"><DO name="Beh" type="ENS"/></LNodeType>
    <LNodeType id="C" lnClass="CSWI"><DO name="Beh" type="ENS"/><DO name="Pos" type="DPC"/></LNodeType>
    <LNodeType id="M" lnClass="MMXU"><DO name="Beh" type="ENS"/><DO name="TotW" type="MV"/><DO name="Hz" type="MV"/>
      <DO name="PhV" type="WYE"/></LNodeType>
    <DOType id="ENS" cdc="ENS"><DA name="stVal" fc="ST" bType="Enum" type="Beh" dchg="true"/>
      <DA name="q" fc="ST" bType="Quality" qchg="true"/><DA name="t" fc="ST" bType="Timestamp"/></DOType>
    <DOType id="DPC" cdc="DPC"><DA name="stVal" fc="ST" bType="Dbpos" dchg="true"/>
      <DA name="q" fc="ST" bType="Quality" qchg="true"/><DA name="t" fc="ST" bType="Timestamp"/>
      <DA name="SBOw" fc="CO" bType="Struct" type="Oper"/><DA name="Oper" fc="CO" bType="Struct" type="Oper"/>
      <DA name="ctlModel" fc="CF" bType="Enum" type="CtlModel"/></DOType>
    <DOType id="MV" cdc="MV"><DA name="mag" fc="MX" bType="Struct" type="Value" dchg="true"/>
      <DA name="q" fc="MX" bType="Quality" qchg="true"/><DA name="t" fc="MX" bType="Timestamp"/>
      <DA name="db" fc="CF" bType="INT32U"/><DA name="units" fc="CF" bType="Struct" type="Unit"/></DOType>
    <DOType id="CMV" cdc="CMV"><DA name="cVal" fc="MX" bType="Struct" type="Vector" dchg="true"/>
      <DA name="q" fc="MX" bType="Quality" qchg="true"/><DA name="t" fc="MX" bType="Timestamp"/></DOType>
    <DOType id="WYE" cdc="WYE"><SDO name="phsA" type="CMV"/><SDO name="phsB" type="CMV"/><SDO name="phsC" type="CMV"/>
    </DOType>
    <DAType id="Value"><BDA name="f" bType="FLOAT32"/></DAType>
    <DAType id="Vector"><BDA name="mag" bType="Struct" type="Value"/></DAType>
    <DAType id="Unit"><BDA name="SIUnit" bType="Enum" type="SI"/>
      <BDA name="multiplier" bType="Enum" type="Mul"/></DAType>
    <DAType id="Oper"><BDA name="ctlVal" bType="BOOLEAN"/></DAType>
    <EnumType id="Beh"><EnumVal ord="1">on</EnumVal><EnumVal ord="5">off</EnumVal></EnumType>
    <EnumType id="SI"><EnumVal ord="33">Hz</EnumVal><EnumVal ord="62">W</EnumVal></EnumType>
    <EnumType id="Mul"><EnumVal ord="0"/><EnumVal ord="3">k</EnumVal></EnumType>
    <EnumType id="CtlModel"><EnumVal ord="4">sbo-with-enhanced-security</EnumVal></EnumType>
  </DataTypeTemplates>
</SCL>
"""


def write_big(file: Path, octets: int) -> int:
    """At least that many octets; returns the number of devices."""
    per_device = len(_HEAD) and sum(len(piece) for part in (_bay, _address, _device) for piece in part(1))
    devices = max(1, octets // per_device)
    with file.open("w", encoding="utf-8") as out:
        out.write(_HEAD)
        out.write('  <Substation name="S"><VoltageLevel name="V">\n')
        _write(out.write, _bay, devices)
        out.write('  </VoltageLevel></Substation>\n  <Communication><SubNetwork name="N" type="8-MMS">\n')
        _write(out.write, _address, devices)
        out.write("  </SubNetwork></Communication>\n")
        _write(out.write, _device, devices)
        out.write(_TYPES)
    return devices


def _write(write: object, part: object, devices: int) -> None:
    assert callable(write)
    assert callable(part)
    for number in range(1, devices + 1):
        for piece in part(number):
            write(piece)


def _bay(number: int) -> Iterator[str]:
    yield f'    <Bay name="E{number}"><ConductingEquipment name="Q0" type="CBR">\n'
    for node in range(1, NODES // 2 + 1):
        yield f'      <LNode iedName="IED{number}" ldInst="LD0" lnClass="CSWI" lnInst="{node}"/>\n'
        yield f'      <LNode iedName="IED{number}" ldInst="LD0" lnClass="MMXU" lnInst="{node}"/>\n'
    yield "    </ConductingEquipment></Bay>\n"


def _address(number: int) -> Iterator[str]:
    yield f'    <ConnectedAP iedName="IED{number}" apName="P1"><Address>\n'
    yield f'      <P type="IP">10.{number >> 16}.{number >> 8 & 255}.{number & 255}</P>\n'
    yield "    </Address></ConnectedAP>\n"


def _device(number: int) -> Iterator[str]:
    yield f'  <IED name="IED{number}" manufacturer="big"><Services><DynDataSet max="4"/></Services>\n'
    yield '    <AccessPoint name="P1"><Server><Authentication/><LDevice inst="LD0">\n'
    yield '      <LN0 lnClass="LLN0" inst="" lnType="Z">\n        <DataSet name="d">\n'
    for node in range(1, NODES // 2 + 1):
        yield f'          <FCDA ldInst="LD0" lnClass="CSWI" lnInst="{node}" doName="Pos" fc="ST"/>\n'
        yield f'          <FCDA ldInst="LD0" lnClass="MMXU" lnInst="{node}" doName="TotW" fc="MX"/>\n'
    yield '        </DataSet>\n        <ReportControl name="r" datSet="d" confRev="1" buffered="true" rptID="r">\n'
    yield '          <TrgOps dchg="true" qchg="true" gi="true"/><OptFields seqNum="true"/><RptEnabled max="4"/>\n'
    yield "        </ReportControl>\n      </LN0>\n"
    for node in range(1, NODES // 2 + 1):
        yield f'      <LN lnClass="CSWI" inst="{node}" lnType="C"><DOI name="Pos"><DAI name="ctlModel">\n'
        yield "        <Val>sbo-with-enhanced-security</Val></DAI></DOI></LN>\n"
        yield f'      <LN lnClass="MMXU" inst="{node}" lnType="M"><DOI name="TotW">\n'
        yield f'        <DAI name="db"><Val>{node * 10}</Val></DAI>\n'
        yield '        <SDI name="units"><DAI name="SIUnit"><Val>W</Val></DAI>\n'
        yield '        <DAI name="multiplier"><Val>k</Val></DAI></SDI></DOI></LN>\n'
    yield "    </LDevice></Server></AccessPoint>\n  </IED>\n"


def measure(file: Path) -> dict[str, float]:
    """In a process of its own: time, peak memory above what it had before, counts."""
    command = [sys.executable, "-m", "tests.models.scl.big", "--read", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own interpreter
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _read(file: Path) -> dict[str, float]:
    before, start = _peak_octets(), time.perf_counter()
    with file.open("rb") as source:
        scl = read_scl(source, file.name)
    read_s, peak = time.perf_counter() - start, _peak_octets()
    table = point_table(scl)
    links = link_table(scl)
    octets = file.stat().st_size
    return {
        "file_mb": octets / MEGABYTE,
        "read_s": read_s,
        "all_s": time.perf_counter() - start,
        "read_mb": (peak - before) / MEGABYTE,
        "all_mb": (_peak_octets() - before) / MEGABYTE,
        "times_the_file": (peak - before) / octets,
        "devices": len(scl.ieds),
        "points": len(table.points),
        "links": len(links.links),
        "findings": len(scl.findings) + len(table.findings) + len(links.findings),
    }


def _peak_octets() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="what reading a large SCD costs")
    parser.add_argument("megabytes", type=float, nargs="?", default=45.0)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the SCD there and leave it")
    parser.add_argument("--read", type=Path, metavar="FILE", help="measure this file in this process")
    options = parser.parse_args()
    if options.read is not None:
        print(json.dumps(_read(options.read)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = options.keep or Path(folder) / "big.scd"
        write_big(file, round(options.megabytes * MEGABYTE))
        print(json.dumps(measure(file), indent=1))


if __name__ == "__main__":
    main()
