"""`ringmain check --live`: simulated devices beside the unit's SCD, plain, over TLS, and where nobody answers."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from models.errors import ConfigError
from protocols.tls.link import settings_of
from substation.commands import check, settings
from tests.protocols.iec61850.bench import ICD
from tests.protocols.iec61850.test_tls import Secured
from tests.protocols.tls.ends import parameters
from tests.sim_ied.scl_site.sites import simulated

ADDRESS = """  <Communication><SubNetwork name="S" type="8-MMS"><ConnectedAP iedName="IED1" apName="P1"><Address>
    <P type="IP">127.0.0.1</P></Address></ConnectedAP></SubNetwork></Communication>
  <IED name="IED1">"""
UNIT = """schema = 1
[unit]
name = "OBR"
level = "MVGMU"
scd = "scd.xml"
[links]
addresses = "addresses.json"
[data_interface]
port = 0
[fdir]
mode = "manual"
"""


def unit(folder: Path, port: int, old: str = "", new: str = "", more: str = "") -> Path:
    """A unit whose SCD is `device.icd`, changed in one place."""
    text = ICD.read_text(encoding="utf-8").replace('  <IED name="IED1">', ADDRESS, 1)
    text = text.replace('<DA name="setMag" bType="Struct" type="AnalogueValue" fc="SG"/>', "", 1)  # SE stands for both
    assert old in text
    (folder / "scd.xml").write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    (folder / "addresses.json").write_text(json.dumps({"IED1": ["127.0.0.1", port]}), encoding="utf-8")
    (folder / "unit.toml").write_text(UNIT + more, encoding="utf-8")
    return folder / "unit.toml"


@asynccontextmanager
async def plain() -> AsyncIterator[int]:
    async with simulated(ICD) as simulator:
        yield simulator.addresses["IED1"][1]


@asynccontextmanager
async def secured(folder: Path, told: list[Secured]) -> AsyncIterator[int]:
    device = Secured(folder)
    told.append(device)
    try:
        yield device.server.port
    finally:
        device.server.stop()


@contextmanager
def served(device: Callable[[], AbstractAsyncContextManager[int]]) -> Iterator[int]:
    """A simulated device on a loop in a thread of its own, since the command has a loop too."""
    ready, ports, ending = threading.Event(), list[int](), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with device() as port:
            ports.append(port)
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()


def test_words_document_and_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(plain) as port:
        assert check.run([str(unit(tmp_path, port)), "--live"]) == 0
        assert "IED1: as the SCL says" in capsys.readouterr().out
        file = unit(tmp_path, port, 'datSet="dsMeasurands" confRev="3"', 'datSet="dsMeasurands" confRev="4"')
        assert check.run([str(file), "--live"]) == 4
        words = capsys.readouterr().out
        assert f"danger: {tmp_path}/scd.xml:" in words
        assert (
            "confRev of IED1LD0/LLN0.RP.urcbMeasurands is 4 in the SCL, 3 in the device; it touches IED1/LD0" in words
        )
        assert "where automation is blocked; load the same SCL in both" in words
        file = unit(tmp_path, port, '<SettingControl numOfSGs="3"', '<SettingControl numOfSGs="4"')
        assert check.run([str(file), "--live", "--json", "--link", "IED1"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == 3
    ((difference,),) = [each["differences"] for each in told["links"]]
    assert (difference["severity"], difference["scl"], difference["device"]) == ("loss", "4", "3")
    assert difference["points"] == ["IED1/LD0/LLN0.ActSG"]


def test_a_device_that_nobody_finds_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert check.run([str(unit(tmp_path, port)), "--live"]) == 3
    assert "IED1: not compared: cannot connect to 127.0.0.1" in capsys.readouterr().out


def test_over_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Secured] = []
    with served(lambda: secured(tmp_path, told)) as port:
        files = settings_of(parameters(told[0].pki, "OBR"))
        keys = "\n".join(f"{key} = {json.dumps(value)}" for key, value in {"tls": "mutual", **files}.items())
        file = unit(tmp_path, port, more=f"[field.iec61850]\n{keys}\n")
        check.run([str(file), "--live"])
        assert "IED1: as the SCL says" in capsys.readouterr().out
        assert settings.run([str(file)]) == 0
        assert "IED1 IED1LD0: group 1 of 3 is active, 1 settings" in capsys.readouterr().out


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    file = unit(tmp_path, 1)
    with pytest.raises(ConfigError, match="--json and --link are for --live"):
        check.run([str(file), "--json"])
    with pytest.raises(ConfigError, match=r"'IED9' is no link of IEC 61850; links are IED1"):
        check.run([str(file), "--live", "--link", "IED9"])
