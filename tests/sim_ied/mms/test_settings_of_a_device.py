"""What a client may write: policy, enumerations, substitution; and what a device says of itself."""

from __future__ import annotations

import pytest
from open61850.data import BitStringData, BoolData, FloatData, IECData, IntData, StructureData, UIntData
from open61850.data import VisibleStringData as Text
from open61850.mms import ObjectName
from open61850.mms.types import PrimitiveType
from open61850.server.model import ACCESS_OBJECT_ACCESS_DENIED, ACCESS_OBJECT_VALUE_INVALID, ACCESS_TYPE_INCONSISTENT

from models.point import PointName
from models.quality import Quality
from sim_ied.board import Change
from sim_ied.mms.access import Access, Policy
from sim_ied.mms.spot import Spot, quality_data
from tests.sim_ied.mms.small_device import FALSE, LD, TRUE, client, served

SUBSTITUTED = quality_data(int(Quality.SUBSTITUTED))


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        ("GGIO1$DC$SPCSO1$d", Text("feeder 3"), None),
        ("GGIO1$CF$SPCSO1$sboTimeout", UIntData(5000), None),
        ("GGIO1$CF$SPCSO1$ctlModel", IntData(1), ACCESS_OBJECT_ACCESS_DENIED),
        ("LLN0$DC$NamPlt$vendor", Text("me"), ACCESS_OBJECT_ACCESS_DENIED),
        ("GGIO1$ST$SPCSO1$stVal", BoolData(True), ACCESS_OBJECT_ACCESS_DENIED),
        ("GGIO1$CF$SPCSO1$sboClass", IntData(0), ACCESS_OBJECT_ACCESS_DENIED),
        ("GGIO1$CF$SPCSO1$sboTimeout", Text("long"), ACCESS_TYPE_INCONSISTENT),
    ],
)
def test_write_policy(item: str, value: IECData, expected: int | None) -> None:
    with served() as server, client(server) as asker:
        before = asker.read(item)
        assert asker.write(item, value) == expected
        assert asker.read(item) == (value if expected is None else before)


def test_a_structure_changes_what_may_be_changed_alone() -> None:
    with served() as server, client(server) as asker:
        before = asker.read("GGIO1$CF$SPCSO1")
        assert isinstance(before, StructureData)
        model, timeout, sbo_class = before.members
        assert (
            asker.write("GGIO1$CF$SPCSO1", StructureData([IntData(1), timeout, sbo_class]))
            == ACCESS_OBJECT_ACCESS_DENIED
        )
        assert asker.read("GGIO1$CF$SPCSO1") == before
        assert asker.write("GGIO1$CF$SPCSO1", StructureData([model, UIntData(900), sbo_class])) is None
        assert asker.plain("GGIO1$CF$SPCSO1$sboTimeout") == 900
        whole = StructureData([TRUE, TRUE, quality_data(0), Text("me")])
        assert asker.write("GGIO1$SV$SPCSO1", whole) is None
        assert (asker.plain("GGIO1$ST$SPCSO1$stVal"), asker.read("GGIO1$ST$SPCSO1$q")) == (True, SUBSTITUTED)


def test_a_status_is_substituted_and_comes_back_as_the_process_has_it() -> None:
    with served() as server, client(server) as asker:
        spot = Spot.at(server.model, f"{LD}/GGIO1.SPCSO1.stVal[ST]")
        assert spot is not None
        point = PointName(LD, "GGIO1.SPCSO1.stVal[ST]")
        assert asker.write("GGIO1$SV$SPCSO1$subVal", TRUE) is None
        assert asker.write("GGIO1$SV$SPCSO1$subID", Text("shift 2")) is None
        assert asker.plain("GGIO1$ST$SPCSO1$stVal") is False  # not enabled yet
        assert asker.write("GGIO1$SV$SPCSO1$subEna", TRUE) is None
        assert (asker.plain("GGIO1$ST$SPCSO1$stVal"), asker.read("GGIO1$ST$SPCSO1$q")) == (True, SUBSTITUTED)
        spot.write(server.model, Change(point, False, int(Quality.OLD_DATA), 1), server.substitution.holds)
        assert asker.read("GGIO1$ST$SPCSO1$q") == SUBSTITUTED
        assert asker.write("GGIO1$SV$SPCSO1$subEna", FALSE) is None
        assert asker.plain("GGIO1$ST$SPCSO1$stVal") is False
        assert asker.read("GGIO1$ST$SPCSO1$q") == quality_data(int(Quality.OLD_DATA))
        assert not server.substitution.active


def test_a_measurand_is_substituted_with_the_quality_that_was_given() -> None:
    with served() as server, client(server) as asker:
        assert asker.write("GGIO1$SV$AnIn1$subMag$f", FloatData(230.0)) is None
        assert asker.write("GGIO1$SV$AnIn1$subQ", quality_data(int(Quality.QUESTIONABLE))) is None
        assert asker.write("GGIO1$SV$AnIn1$subEna", TRUE) is None
        assert asker.plain("GGIO1$MX$AnIn1$mag$f") == 230.0
        assert asker.read("GGIO1$MX$AnIn1$q") == quality_data(int(Quality.QUESTIONABLE | Quality.SUBSTITUTED))


def test_name_plate_and_enumerations_say_something_from_the_start() -> None:
    with served() as server, client(server) as asker:
        assert asker.plain("LLN0$DC$NamPlt$vendor") == "Ringmain"
        assert asker.plain("LLN0$EX$NamPlt$ldNs") == "IEC 61850-7-4:2007B"
        assert asker.plain("GGIO1$ST$Beh$stVal") == 1
        assert asker.read("GGIO1$ST$Pos$stVal") == BitStringData(b"\x40", 6)


def test_what_a_vendor_wrote_wrongly_is_left_out_and_the_rest_is_served() -> None:
    with served() as server, client(server) as asker:
        names = asker.mms.get_name_list(0, LD)
        assert {"GGIO1$ST$Ind1$stVal", "GGIO1$ST$Ind1$spare"} <= set(names)
        assert not any(each.startswith(("GGIO1$ST$Ind1$odd", "GGIO1$ST$Ind1$gone")) for each in names)
        harmonics = asker.mms.read(ObjectName("GGIO1$MX$HaOut$har", LD))
        assert len(getattr(harmonics, "elements", [])) == 3
        assert isinstance(asker.read("GGIO1$SV$AnIn1$subMag"), StructureData)
        assert asker.write("LLN0$CO$Mod$Oper", StructureData([])) is not None


def test_an_enumeration_takes_its_own_numbers_alone() -> None:
    with served() as server:
        node = server.model.node(f"{LD}/GGIO1.SPCSO1.sboTimeout[CF]")
        assert node is not None
        node.enum_type, node.mms_type, node.value = "Behaviour", PrimitiveType("integer", 8), IntData(1)
        access = Access(server.model, Policy({"Behaviour": frozenset({1, 2, 3})}))
        name = ObjectName(node.item, LD)
        assert access.on_write(None, name, IntData(9)) == ACCESS_OBJECT_VALUE_INVALID
        assert access.on_write(None, name, IntData(3)) is None
