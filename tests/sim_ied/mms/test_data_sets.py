"""Data sets that clients define, read, report and delete (DefineNamedVariableList and its kin)."""

from __future__ import annotations

import pytest
from open61850 import ber
from open61850.data import VisibleStringData
from open61850.mms import MmsReject, ObjectName, ServiceError, pdu

from tests.sim_ied.mms.small_device import LD, TRUE, Client, client, served

MEMBERS = ["GGIO1$ST$SPCSO1", "GGIO1$MX$AnIn1"]


def name_tlv(name: str) -> bytes:
    if name.startswith("@"):
        return ber.encode_tlv(0x82, name[1:].encode())
    return pdu.encode_object_name(ObjectName(name, LD))


def define(asker: Client, name: str, members: list[str]) -> None:
    listed = b"".join(
        ber.encode_tlv(0x30, ber.encode_tlv(0xA0, pdu.encode_object_name(ObjectName(each, LD)))) for each in members
    )
    asker.mms.request(ber.encode_tlv(0xAB, name_tlv(name) + ber.encode_tlv(0xA0, listed)))


def delete(asker: Client, *names: str) -> tuple[int, int]:
    """Numbers matched and deleted."""
    listed = ber.encode_tlv(0xA1, b"".join(name_tlv(name) for name in names))
    answer = asker.mms.request(ber.encode_tlv(0xAD, ber.encode_tlv(0x80, b"\x00") + listed))
    matched, deleted = ber.iter_tlvs(answer.content)
    return ber.decode_unsigned(matched.value), ber.decode_unsigned(deleted.value)


def test_a_lasting_data_set_is_seen_by_all_and_survives_its_maker() -> None:
    with served() as server, client(server) as other:
        with client(server) as maker:
            define(maker, "LLN0$dsMine", MEMBERS)
        names = other.mms.get_name_list(pdu.OBJECT_CLASS_NAMED_VARIABLE_LIST, LD)
        assert names == ["LLN0$dsAll", "LLN0$dsMine"]
        found = other.mms.get_data_set_members(ObjectName("LLN0$dsMine", LD))
        assert [each.item for each in found] == MEMBERS
        assert delete(other, "LLN0$dsMine") == (1, 1)
        define(other, "LLN0$dsNext", MEMBERS)
        names = other.mms.get_name_list(pdu.OBJECT_CLASS_NAMED_VARIABLE_LIST, LD)
        assert names == ["LLN0$dsAll", "LLN0$dsNext"]
        with pytest.raises(ServiceError):
            other.mms.get_data_set_members(ObjectName("LLN0$dsMine", LD))


def test_a_data_set_of_an_association_belongs_to_it_alone() -> None:
    with served() as server, client(server) as maker, client(server) as other:
        define(maker, "@mine", MEMBERS)
        spec = ber.encode_tlv(0xA1, ber.encode_tlv(0xA1, name_tlv("@mine")))
        read = ber.encode_tlv(0xA4, spec)
        assert len(pdu.read_response(maker.mms.request(read).content)) == len(MEMBERS)
        with pytest.raises(ServiceError):
            other.mms.request(read)
        scope = ber.encode_tlv(0xA0, ber.encode_tlv(0x80, b"\x02")) + ber.encode_tlv(0xA1, ber.encode_tlv(0x82))
        assert pdu.get_name_list_response(maker.mms.request(ber.encode_tlv(0xA1, scope)).content)[0] == ["mine"]
        assert delete(maker, "@mine") == (1, 1)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("LLN0$dsAll", MEMBERS),
        ("LLN0$dsNew", []),
        ("LLN0$dsNew", ["GGIO1$ST$Nothing"]),
        ("LLN0$dsNew", ["GGIO1"]),
        ("LLN9$dsNew", MEMBERS),
        ("dsNew", MEMBERS),
        ("LLN0$dsNew", MEMBERS * 513),
    ],
)
def test_what_is_no_data_set_is_refused(name: str, members: list[str]) -> None:
    with served() as server, client(server) as asker:
        with pytest.raises(ServiceError):
            define(asker, name, members)
        assert asker.mms.get_name_list(pdu.OBJECT_CLASS_NAMED_VARIABLE_LIST, LD) == ["LLN0$dsAll"]


def test_what_is_no_request_is_rejected_and_the_association_goes_on() -> None:
    with served() as server, client(server) as asker:
        for service in (
            b"\xab\x00",
            ber.encode_tlv(0xAB, name_tlv("LLN0$x") + b"\xa0\x02\x30\x00"),
            b"\xad\x02\x81\x05",
        ):
            with pytest.raises(MmsReject):
                asker.mms.request(service)
        assert asker.read("GGIO1$ST$SPCSO1$stVal") is not None


def test_a_report_on_a_data_set_of_the_client_and_nobody_deletes_it_meanwhile() -> None:
    with served() as server, client(server) as asker:
        define(asker, "@mine", MEMBERS)
        define(asker, "LLN0$dsMine", MEMBERS)
        block = "LLN0$RP$urcb01"
        assert asker.write(f"{block}$RptEna", TRUE) is not None  # it has no data set yet
        assert asker.write(f"{block}$DatSet", VisibleStringData(f"{LD}/LLN0$dsNone")) is not None
        assert asker.write("LLN0$BR$brcb01$DatSet", VisibleStringData("@mine")) is not None  # outlives associations
        assert asker.write(f"{block}$DatSet", VisibleStringData("@mine")) is None
        assert asker.plain(f"{block}$ConfRev") == 2
        assert asker.write(f"{block}$RptEna", TRUE) is None
        server.model.set(f"{LD}/GGIO1.SPCSO1.stVal[ST]", True)
        report = asker.report()
        assert (report.data_set, [entry.index for entry in report.entries]) == ("@mine", [0])
        assert delete(asker, "@mine", "LLN0$dsAll", "LLN0$dsMine") == (3, 1)
