"""Report control blocks beyond the library's: segments, resuming, configuration that forgets, any instance count."""

from __future__ import annotations

from open61850.data import BitStringData, OctetStringData, UIntData, VisibleStringData

from tests.sim_ied.mms.small_device import FALSE, LD, TRUE, client, served

BLOCK = "LLN0$BR$brcb01"
STATES = ("SPCSO1", "SPCSO2")


def entry(number: int) -> OctetStringData:
    return OctetStringData(number.to_bytes(8, "big"))


def test_members_that_do_not_exist_are_left_out_of_the_data_set() -> None:
    with served() as server, client(server) as asker:
        members = asker.mms.get_data_set_members(f"{LD}/LLN0$dsAll")
        assert [each.item.rpartition("$")[2] for each in members] == ["SPCSO1", "SPCSO2", "Pos", "AnIn1"]


def test_a_report_larger_than_a_pdu_comes_in_segments() -> None:
    with served() as server, client(server, pdu_size=430) as asker:
        assert asker.write(f"{BLOCK}$RptEna", TRUE) is None
        assert asker.write(f"{BLOCK}$GI", TRUE) is None
        parts = [asker.report()]
        while parts[-1].more_segments_follow:
            parts.append(asker.report())
        assert len(parts) > 1
        assert [part.sub_seq_num for part in parts] == list(range(len(parts)))
        assert {part.seq_num for part in parts} == {parts[0].seq_num}
        assert sorted(entry.index for part in parts for entry in part.entries) == [0, 1, 2, 3]
        server.model.set(f"{LD}/GGIO1.SPCSO2.stVal[ST]", True)
        following = asker.report()
        assert following.seq_num == (parts[0].seq_num or 0) + 1


def test_events_of_a_break_are_sent_to_a_client_that_names_no_entry() -> None:
    with served() as server:
        with client(server) as first:
            assert first.write(f"{BLOCK}$RptEna", TRUE) is None
            server.model.set(f"{LD}/GGIO1.SPCSO1.stVal[ST]", True)
            assert first.report().entries
            assert first.write(f"{BLOCK}$RptEna", FALSE) is None
            server.model.set(f"{LD}/GGIO1.SPCSO2.stVal[ST]", True)
        with client(server) as second:
            assert second.write(f"{BLOCK}$RptEna", TRUE) is None
            assert [each.index for each in second.report().entries] == [1]


def test_resuming_after_an_entry_after_none_and_after_one_that_never_was() -> None:
    with served() as server, client(server) as asker:
        assert asker.write(f"{BLOCK}$RptEna", TRUE) is None
        for name in STATES:
            server.model.set(f"{LD}/GGIO1.{name}.stVal[ST]", True)
        numbers = [asker.report().entry_id for _ in STATES]
        assert asker.write(f"{BLOCK}$RptEna", FALSE) is None
        assert asker.write(f"{BLOCK}$EntryID", entry(77)) is not None
        assert asker.write(f"{BLOCK}$EntryID", OctetStringData(numbers[0] or b"")) is None
        assert asker.write(f"{BLOCK}$RptEna", TRUE) is None
        assert asker.report().entry_id == numbers[1]
        assert asker.write(f"{BLOCK}$RptEna", FALSE) is None
        assert asker.write(f"{BLOCK}$EntryID", entry(0)) is None
        assert asker.write(f"{BLOCK}$RptEna", TRUE) is None
        assert [asker.report().entry_id for _ in STATES] == numbers


def test_a_block_configured_anew_forgets_and_a_block_written_as_it_is_does_not() -> None:
    with served() as server, client(server) as asker:
        assert asker.write(f"{BLOCK}$RptEna", TRUE) is None
        server.model.set(f"{LD}/GGIO1.SPCSO1.stVal[ST]", True)
        number = asker.report().entry_id or b""
        assert asker.write(f"{BLOCK}$TrgOps", BitStringData(b"\x44", 2)) is not None  # enabled: as it is
        assert asker.write(f"{BLOCK}$RptEna", FALSE) is None
        assert asker.write(f"{BLOCK}$TrgOps", asker.read(f"{BLOCK}$TrgOps")) is None
        assert asker.write(f"{BLOCK}$EntryID", OctetStringData(number)) is None
        assert asker.write(f"{BLOCK}$IntgPd", UIntData(60_000)) is None
        assert asker.write(f"{BLOCK}$EntryID", OctetStringData(number)) is not None


def test_an_empty_report_id_is_the_blocks_own_name() -> None:
    with served() as server, client(server) as asker:
        assert asker.write(f"{BLOCK}$RptID", VisibleStringData("")) is None
        assert asker.plain(f"{BLOCK}$RptID") == f"{LD}/{BLOCK}"


def test_owner_and_reservation_are_told() -> None:
    with served() as server, client(server) as asker, client(server) as other:
        assert asker.write("LLN0$RP$urcb01$Resv", TRUE) is None
        assert other.plain("LLN0$RP$urcb01$Owner") == bytes([127, 0, 0, 1])
        assert other.write("LLN0$RP$urcb01$IntgPd", UIntData(1000)) is not None
        assert asker.write("LLN0$RP$urcb01$Resv", FALSE) is None
        assert other.write("LLN0$RP$urcb01$IntgPd", UIntData(1000)) is None
