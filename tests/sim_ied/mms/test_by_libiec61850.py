"""The MMS server of a simulated IED as libiec61850 sees it, which shares nothing with what serves it."""

from __future__ import annotations

import pytest
from open61850.data import BoolData

from models.command import AddCause
from tests.peers.mms import MmsPeerError, mms_client
from tests.sim_ied.mms.small_device import LD, client, served

MEMBERS = [f"{LD}/GGIO1.SPCSO1[ST]", f"{LD}/GGIO1.AnIn1[MX]"]
ACCEPTED = {"accepted": True, "add_cause": 0}


def test_data_sets_reports_controls_and_substitution() -> None:
    with served() as server, mms_client("127.0.0.1", server.port) as peer:
        for name in (f"{LD}/LLN0.dsPeer", "@peer"):
            peer.order("create_data_set", name, MEMBERS)
            with pytest.raises(MmsPeerError):
                peer.order("create_data_set", name, MEMBERS)
            assert peer.order("data_set", name) == MEMBERS
            assert peer.order("delete_data_set", name) is True
        with pytest.raises(MmsPeerError, match="error 21"):  # access denied: it is the SCL's
            peer.order("delete_data_set", f"{LD}/LLN0.dsAll")

        assert peer.order("operate", f"{LD}/GGIO1.SPCSO1", True) == {
            "select": ACCEPTED,
            "operate": ACCEPTED,
            "termination": ACCEPTED,
        }
        assert peer.order("read", f"{LD}/GGIO1.SPCSO1.stVal", "ST") is True
        server.model.set(f"{LD}/GGIO1.Beh.stVal[ST]", 5)
        refused = {"accepted": False, "add_cause": int(AddCause.BLOCKED_BY_MODE)}
        assert peer.order("operate", f"{LD}/GGIO1.SPCSO1", False)["select"] == refused

        described = peer.order("subscribe", f"{LD}/LLN0.BR.brcb01")
        assert described["data_set"] == f"{LD}/LLN0$dsAll"
        assert len(peer.order("report", 5.0)["members"]) == 4
        with client(server) as asker:
            assert asker.write("GGIO1$SV$SPCSO1$subEna", BoolData(True)) is None
        value, _ = peer.report_with(f"{LD}/LLN0.BR.brcb01", 0, "0000000000100")  # source: substituted
        assert value[2] is False
