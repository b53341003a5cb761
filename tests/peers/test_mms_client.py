"""libiec61850's client and open61850's server: what the tests of simulated IEDs stand on."""

from __future__ import annotations

import time

import pytest

from tests.peers.mms import MmsPeerError, mms_client
from tests.protocols.iec61850.bench import device

BLOCK = "IED1LD0/LLN0.BR.brcbStatus01"


def test_browses_reads_and_names_what_is_not_there() -> None:
    with device() as ied, mms_client("127.0.0.1", ied.port) as peer:
        assert peer.order("devices") == ["IED1LD0"]
        assert {"LLN0", "CSWI1", "MMXU1"} <= set(peer.order("nodes", "IED1LD0"))
        ied.tell(set=[("IED1LD0/MMXU1.TotW.mag.f[MX]", 1.25e6)])
        assert peer.order("read", "IED1LD0/MMXU1.TotW.mag.f", "MX") == pytest.approx(1.25e6)
        assert peer.order("read", "IED1LD0/CSWI1.Pos.ctlModel", "CF") == 4
        assert peer.order("read", "IED1LD0/CSWI9.Pos.stVal", "ST") == {"error": 10}
        assert peer.order("data_set", "IED1LD0/LLN0.dsMeasurands") == ["IED1LD0/MMXU1.TotW[MX]", "IED1LD0/MMXU1.A[MX]"]
        with pytest.raises(MmsPeerError, match="error"):
            peer.order("data_set", "IED1LD0/LLN0.dsNone")


def test_reports_and_source_time() -> None:
    with device() as ied, mms_client("127.0.0.1", ied.port) as peer:
        described = peer.order("subscribe", BLOCK)
        assert described == {"rpt_id": "status", "conf_rev": 7, "data_set": "IED1LD0/LLN0$dsStatus"}
        first = peer.order("report", 5.0)
        assert {reason for _, reason in first["members"].values()} == {"general-interrogation"}
        assert len(first["members"]) == 8
        stamp_ms = time.time_ns() // 1_000_000
        ied.position("CSWI1", "10", stamp_ms * 1_000_000)
        value, reason = peer.report_with(BLOCK, 0, "10")
        assert (value[4]["ms"], reason) == (stamp_ms, "data-change")


def test_operates_a_breaker_and_hears_the_add_cause() -> None:
    with device() as ied, mms_client("127.0.0.1", ied.port) as peer:
        accepted = {"accepted": True, "add_cause": 0}
        answer = peer.order("operate", "IED1LD0/CSWI1.Pos", True)
        assert answer == {"select": accepted, "operate": accepted, "termination": accepted}
        assert peer.order("read", "IED1LD0/CSWI1.Pos.stVal", "ST") == "10"
        ied.tell(check=["IED1LD0/CSWI1.Pos", 10])
        assert peer.order("operate", "IED1LD0/CSWI1.Pos", False)["select"] == {"accepted": False, "add_cause": 10}
        assert peer.order("read", "IED1LD0/CSWI1.Pos.stVal", "ST") == "10"
