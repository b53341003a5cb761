"""Frames in words."""

from __future__ import annotations

import pytest

from protocols.iec104.application.cause import cause_name
from protocols.iec104.application.types import TYPES, type_name
from protocols.iec104.explain import explain, explain_stream
from tests.protocols.iec104.golden import CP56, GOLDEN

STARTDT = "680407000000"
WORDS = {
    STARTDT: "U STARTDT act",
    "6804830000 00": "U TESTFR con",
    "680401000a00": "S N(R) 5",
    f"6815 0200 0400 1e01 0300 6700 030000 01 {CP56}": (
        "I N(S) 1 N(R) 2 M_SP_TB_1 (30), COT 3 spontaneous, OA 0, CA 103: 3 = on @ 2026-11-20T10:15:30.250Z"
    ),
    "2e01c6076700 102700 86": (
        "C_DC_NA_1 (46), COT 6 activation, negative, test, OA 7, CA 103: 10000 = on select short pulse"
    ),
    "2f0106000100 010000 01": "C_RC_NA_1 (47), COT 6 activation, OA 0, CA 1: 1 = lower execute",
    "310106000100 010000 ffff 83": "C_SE_NB_1 (49), COT 6 activation, OA 0, CA 1: 1 = -1 select qualifier 3",
    "018216000100 0a0000 00 c1": (
        "M_SP_NA_1 (1) SQ, COT 22 interrogated by group 2 interrogation, OA 0, CA 1: "
        "10 = off; 11 = on invalid, old data"
    ),
    "65010700 0100 000000 45": (
        "C_CI_NA_1 (101), COT 7 activation confirmation, OA 0, CA 1: 0 QCC 69 (general, freeze)"
    ),
    "c801030067000100000102": "type 200, COT 3 spontaneous, OA 0, CA 103: 0100000102",
    "64000a000100": "C_IC_NA_1 (100), COT 10 activation termination, OA 0, CA 1: no object",
    "46010400 6700 000000 82": (
        "M_EI_NA_1 (70), COT 4 initialised, OA 0, CA 103: 0 COI 130 (remote reset, parameters changed)"
    ),
    "670106000100": "malformed: C_CS_NA_1 has 0 octets instead of 10: 670106000100",
    "6803070000": "malformed: frame length 3 is not within 4..253: 6803070000",
    "68ff": "malformed: frame length 255 is not within 4..253: 68ff",
    "68": "malformed: 1 octets, the frame has at least 6: 68",
    "6804070000": "malformed: 5 octets, the frame has 6: 6804070000",
    "": "malformed: ASDU of 0 octets instead of 6..249: ",
}


@pytest.mark.parametrize("octets", WORDS)
def test_words_of_a_frame(octets: str) -> None:
    assert explain(bytes.fromhex(octets)) == WORDS[octets]


@pytest.mark.parametrize("name", GOLDEN)
def test_every_type_has_words(name: str) -> None:
    octets, asdu = GOLDEN[name]
    words = explain(bytes.fromhex(octets))
    assert words.startswith(f"{type_name(asdu.type_id)} ({asdu.type_id})")
    assert all(str(item.address) in words for item in asdu.objects)


def test_every_cause_that_a_type_may_have_has_a_name() -> None:
    causes = {cause for row in TYPES.values() for cause in (*row.monitored, *row.ordered, 7, 9, 10, 44, 45, 46, 47)}
    names = [cause_name(cause) for cause in causes]
    assert "reserved" not in names
    assert len(set(names)) == len(causes)
    assert cause_name(42) == "reserved"


def test_a_stream_is_explained_to_its_last_octet() -> None:
    assert list(explain_stream(bytes.fromhex(STARTDT * 2))) == ["U STARTDT act"] * 2
    assert list(explain_stream(bytes.fromhex(STARTDT + "6804"))) == ["U STARTDT act", "incomplete: 6804"]
    [first, second] = explain_stream(bytes.fromhex(STARTDT + "0102"))
    assert (first, second) == ("U STARTDT act", "malformed: frame starts with 0x01 instead of 0x68: 0102")
