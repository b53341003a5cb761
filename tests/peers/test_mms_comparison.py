"""The comparison with an SCL against a server of libiec61850: asked and understood like our simulated devices."""

from __future__ import annotations

from models.difference import Difference
from models.scl.expected import ExpectedDevice, ExpectedNode, ExpectedReport, ExpectedSet
from protocols.iec61850.comparison.comparing import compare_device
from protocols.iec61850.comparison.names import Names
from tests.peers.mms import mms_server
from tests.sim_ied.scl_site.sites import connect

SWITCH = {"ST$Pos$stVal": "bit-string", "ST$Pos$q": "bit-string", "ST$Pos$t": "utc-time", "CF$Pos$ctlModel": "integer"}
EXPECTED = ExpectedDevice(
    "other.scd",
    {"IED1LD0": 5},
    {f"IED1LD0/{node}": ExpectedNode(kind, 7) for node, kind in (("CSWI1", "S"), ("CSWI2", "S"), ("MMXU1", "M"))},
    {"S": SWITCH, "M": {"MX$TotW$mag$f": "boolean", "MX$TotW$q": "bit-string", "MX$TotW$t": "utc-time"}},
    {"IED1LD0/CSWI1.Pos": (4, 8), "IED1LD0/CSWI2.Pos": (2, 9)},
    {"IED1LD0/LLN0$dsMeasurands": ExpectedSet(("IED1LD0/MMXU1$MX$TotA",), 10)},
    {
        "IED1LD0/LLN0$BR$brcbStatus": ExpectedReport("IED1LD0/LLN0$dsStatus", 8, 1, True, 11),
        "IED1LD0/LLN0$RP$urcbMeasurands": ExpectedReport("IED1LD0/LLN0$dsMeasurands", 3, 1, True, 12),
    },
)


def finished() -> tuple[Difference, ...]:
    with mms_server() as (_, port):
        client = connect(("127.0.0.1", port))
        try:
            steps = compare_device(client, Names.read(client), EXPECTED)
            while True:
                next(steps)
        except StopIteration as end:
            return tuple(end.value)
        finally:
            client.close()


def test_a_device_of_another_maker_is_compared() -> None:
    found = finished()
    dangers = {each.subject: (each.expected, each.device) for each in found if each.severity.value == "danger"}
    assert dangers == {
        "ctlModel of IED1LD0/CSWI2.Pos": ("2 (sbo-normal)", "1 (direct-normal)"),
        "confRev of IED1LD0/LLN0.BR.brcbStatus": ("8", "7"),
        "members of data set IED1LD0/LLN0.dsMeasurands": (
            "member 1 of 1: IED1LD0/MMXU1$MX$TotA",
            "member 1 of 1: IED1LD0/MMXU1$MX$TotW",
        ),
        "type of IED1LD0/MMXU1.TotW.mag.f[MX]": ("boolean", "float"),
    }
    assert [each.subject for each in found if each.severity.value == "loss"] == []
