"""IEDs of an SCL file behave behind their servers: switches travel, setting groups switch, links die and revive."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from open61850.data import BoolData, IntData, UIntData
from open61850.mms import ObjectName
from open61850.mms.control import ControlError, operate
from open61850.mms.errors import MmsConnectionError

from models.command import AddCause
from models.config import Table
from models.errors import ConfigError
from sim_ied.disturbance import read_disturbance
from sim_ied.scl_site.simulator import SclSimulator
from sim_ied.scl_site.steering import serve_steering
from sim_ied.scl_site.table import notes, table
from tests.peers.mms import mms_client
from tests.sim_ied.scl_site.sites import ODD, SHARED, connect, simulated

SCD = Path(__file__).parents[3] / "examples" / "oberrhein" / "scd.xml"
IED, LD = "OBR1E03", "OBR1E03LD0"
POSITION = f"{LD}/CSWI1.Pos"
FAST = 20.0
OFF, ON = b"\x40", b"\x80"


async def disturb(simulator: SclSimulator, **act: object) -> None:
    await simulator.disturb(read_disturbance(Table(dict(act), "test", [])))


def shown(simulator: SclSimulator, reference: str) -> object:
    return simulator.value(reference)


async def operated(simulator: SclSimulator, value: bool, *, test: bool = False) -> int | None:
    """None, or the AddCause of a refusal or of a negative termination."""
    client = await asyncio.to_thread(connect, simulator.addresses[IED])
    try:
        await asyncio.to_thread(operate, client, POSITION, value, test=test)
    except ControlError as error:
        return int(told.add_cause) if (told := error.last_appl_error) is not None else -1
    finally:
        await asyncio.to_thread(client.close)
    return None


async def position(simulator: SclSimulator) -> bytes:
    client = await asyncio.to_thread(connect, simulator.addresses[IED])
    try:
        value = await asyncio.to_thread(client.read, f"{POSITION}.stVal[ST]")
        return bytes(getattr(value, "value", b""))
    finally:
        await asyncio.to_thread(client.close)


def test_a_breaker_travels_and_a_stuck_one_ends_the_command_negatively() -> None:
    async def scenario() -> None:
        async with simulated(SCD, [IED], FAST) as simulator:
            before = await position(simulator)
            assert await operated(simulator, before == OFF) is None
            assert await position(simulator) == (ON if before == OFF else OFF)
            assert await operated(simulator, before == OFF, test=True) == AddCause.BLOCKED_BY_MODE
            breaker = next(name for name in simulator.primary.switches if name in _places(simulator))
            await disturb(simulator, kind="stuck", target=breaker)
            assert await operated(simulator, before != OFF) == AddCause.BLOCKED_BY_HEALTH
            await disturb(simulator, kind="sound", target=breaker)
            assert await operated(simulator, before != OFF) is None
            await disturb(simulator, kind="stops midway", target=f"{LD}/XCBR1")
            assert await operated(simulator, before == OFF) == AddCause.TIME_LIMIT_OVER

    asyncio.run(scenario())


def _places(simulator: SclSimulator) -> set[str]:
    return {use.location for use in simulator.scl.uses if use.key.ied == IED and use.key.name in ("CSWI1", "XCBR1")}


def test_the_peer_selects_operates_and_hears_the_termination() -> None:
    async def scenario() -> None:
        async with simulated(SCD, [IED], FAST) as simulator:
            value = await position(simulator) == OFF
            answer = await asyncio.to_thread(_peer_operates, simulator.addresses[IED], value)
            accepted = {"accepted": True, "add_cause": 0}
            assert answer == {"select": accepted, "operate": accepted, "termination": accepted}
            assert await position(simulator) == (ON if value else OFF)

    asyncio.run(scenario())


def _peer_operates(address: tuple[str, int], value: bool) -> Any:
    with mms_client(*address) as peer:
        return peer.order("operate", POSITION, value)


def test_setting_groups_are_switched_and_edited() -> None:
    if not SHARED.is_dir():
        pytest.skip("no shared data")

    async def scenario() -> None:
        async with simulated(SHARED / "libiec61850-sg_demo.cid") as simulator:
            await asyncio.to_thread(_edit_and_switch, simulator.addresses["DEMO"])
            assert simulator.ieds["DEMO"].device.active_group("DEMOPROT") == 2
            assert shown(simulator, "DEMOPROT/PTOC1.OpDlTmms.setVal[SG]") == 250

    asyncio.run(scenario())


def _edit_and_switch(address: tuple[str, int]) -> None:
    client = connect(address)
    block = "LLN0$SP$SGCB"
    delay = ObjectName("PTOC1$SE$OpDlTmms$setVal", "DEMOPROT")
    try:
        client.write(ObjectName(f"{block}$EditSG", "DEMOPROT"), UIntData(2))
        client.write(delay, IntData(250))
        client.write(ObjectName(f"{block}$CnfEdit", "DEMOPROT"), BoolData(True))
        client.write(ObjectName(f"{block}$ActSG", "DEMOPROT"), UIntData(2))
    finally:
        client.close()


def test_a_killed_device_is_gone_and_a_revived_one_is_where_it_was() -> None:
    async def scenario() -> None:
        async with simulated(SCD, [IED], FAST) as simulator:
            await disturb(simulator, kind="kill", target=IED)
            with pytest.raises(MmsConnectionError):
                await asyncio.to_thread(connect, simulator.addresses[IED])
            await disturb(simulator, kind="revive", target=IED)
            assert await position(simulator) in (ON, OFF)
            await disturb(simulator, kind="freeze", target=IED)
            await disturb(simulator, kind="thaw", target=IED)
            assert await position(simulator) in (ON, OFF)
            for act in ({"kind": "kill", "target": "nobody"}, {"kind": "stuck", "target": "nowhere"}):
                with pytest.raises(ConfigError, match="nobody|nowhere"):
                    await disturb(simulator, **act)

    asyncio.run(scenario())


def test_steered_over_the_socket(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with simulated(SCD, [IED], FAST) as simulator, await serve_steering(simulator, tmp_path / "control"):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control"))
            asked = ({"kind": "status"}, {"kind": "values", "points": [f"{LD}/LLN0.Beh.stVal[ST]"]}, {"kind": "burn"})
            answers = []
            for request in (*asked, {"kind": "values", "points": ["x"]}):
                writer.write(json.dumps(request).encode() + b"\n")
                answers.append(json.loads(await reader.readline()))
            writer.close()
            await writer.wait_closed()
            status, values, unknown, strange = answers
            assert status["addresses"] == {IED: list(simulator.addresses[IED])}
            assert values["values"] == {f"{LD}/LLN0.Beh.stVal[ST]": 1}
            assert not unknown["ok"]
            assert "no IED has x" in strange["error"]

    asyncio.run(scenario())


def test_the_table_says_what_is_served() -> None:
    async def scenario() -> None:
        async with simulated(SCD, [IED]) as simulator:
            head, row = list(table(simulator))
            assert head.split()[:2] == ["IED", "address"]
            assert row.startswith(f"{IED}  127.0.0.1:")
            assert "CSWI" in row
            assert "XCBR" in row
            assert list(notes(["first"] * 30, simulator))[-1] == "note: and 10 more"

    asyncio.run(scenario())


def test_an_ied_that_is_not_there_is_named() -> None:
    async def scenario() -> None:
        async with simulated(ODD, ["ST999"]):
            pass

    with pytest.raises(ConfigError, match="ST999"):
        asyncio.run(scenario())
