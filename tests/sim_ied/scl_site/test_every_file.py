"""Every SCL file there is: each IED is served, and each attribute of it can be read, by two client libraries."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.errors import ConfigError
from sim_ied.scl_site.reading import read_scl_site
from tests.peers.mms import mms_client
from tests.sim_ied.scl_site.sites import ODD, SHARED, simulated, structures, unreadable

WITHOUT_SERVER = {
    "openscd-TapChanger.scd": "describes no IED with a server",
    "openscd-parsererror.iid": "not XML",
}
SERVED = {
    "libiec61850-complexModel.icd": 1,
    "libiec61850-inverter_with_report.icd": 1,
    "libiec61850-sg_demo.cid": 1,
    "libiec61850-simpleIO_control_tests.cid": 1,
    "libiec61850-simpleIO_direct_control.cid": 1,
    "openscd-duplicate.iid": 1,
    "openscd-sclbasics.scd": 1,
    "openscd-valid-addresses.scd": 3,
    "openscd-valid2003.scd": 3,
    "openscd-valid2007B4.scd": 3,
}
EMPTY = ("openscd-duplicate.iid",)
"""Its one logical node has a type that the file does not describe."""
BY_THE_PEER_TOO = ("openscd-valid2007B4.scd", "openscd-sclbasics.scd", "libiec61850-sg_demo.cid")


def file_of(name: str) -> Path:
    if not SHARED.is_dir():
        pytest.skip("no shared data")
    return SHARED / name


def test_no_shared_file_is_forgotten() -> None:
    if not SHARED.is_dir():
        pytest.skip("no shared data")
    assert {file.name for file in SHARED.iterdir()} == SERVED.keys() | WITHOUT_SERVER.keys()


@pytest.mark.parametrize("name", [*SERVED, ODD.name])
def test_every_attribute_can_be_read(name: str) -> None:
    async def scenario() -> None:
        async with simulated(ODD if name == ODD.name else file_of(name)) as simulator:
            assert len(simulator.addresses) == SERVED.get(name, 1)
            assert not simulator.refused
            for address in simulator.addresses.values():
                count, wrong = await asyncio.to_thread(unreadable, address)
                assert wrong == []
                assert count > 5 or name in EMPTY

    asyncio.run(scenario())


@pytest.mark.parametrize("name", BY_THE_PEER_TOO)
def test_libiec61850_reads_every_attribute(name: str) -> None:
    async def scenario() -> None:
        async with simulated(file_of(name)) as simulator:
            for host, port in simulator.addresses.values():
                wanted = await asyncio.to_thread(structures, (host, port))
                count, wrong = await asyncio.to_thread(_read_by_the_peer, host, port, wanted)
                assert wrong == []
                assert count >= len(wanted) > 5

    asyncio.run(scenario())


def _read_by_the_peer(host: str, port: int, wanted: list[tuple[str, str]]) -> tuple[int, list[str]]:
    with mms_client(host, port) as peer:
        count, wrong = peer.order("read_all", wanted)
        return count, wrong


@pytest.mark.parametrize(("name", "reason"), WITHOUT_SERVER.items())
def test_what_cannot_be_served_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_scl_site(file_of(name), None)
