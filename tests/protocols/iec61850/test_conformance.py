"""A whole session of our client with a simulated IED under an independent decoder (tshark)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from models.command import Action
from models.driver import LinkConfig
from models.point import Dbpos
from models.scl.expected import expected_of
from models.scl.expected_text import SETTING, pack
from protocols.iec61850.client import create
from tests.protocols.iec104.capture import Sent, needs_tshark

from .bench import GROUP, Recorder, command, group_point, points, until
from .comparison.sites import changed, original
from .mms_capture import decoded, recorded

SERVICES = {1, 4, 5, 6, 12}
"""getNameList, read, write, getVariableAccessAttributes, getNamedVariableListAttributes of ISO 9506-2."""


async def session() -> list[Sent]:
    """Associated, compared, reports enabled, every kind of control, a setting group, closed."""
    scl = original()
    async with changed() as address, recorded(address) as between:
        settings: dict[str, str | int | float | bool] = {"timeout_s": 2.0, SETTING: pack(expected_of(scl, scl.ieds[0]))}
        link = LinkConfig("IED1", "iec61850", "IED1", "127.0.0.1", between.port, settings)
        driver, sink = create(link, [*points(), group_point()], time.time_ns), Recorder()
        task = asyncio.create_task(driver.run(sink))
        try:
            await until(lambda: sink.connections == 1 and sink.told_differences == 2, "connected and compared")
            for variable, actions in (
                ("CSWI1.Pos", (Action.SELECT, Action.CANCEL, Action.SELECT, Action.OPERATE)),
                ("CSWI2.Pos", (Action.OPERATE,)),
                ("CSWI3.Pos", (Action.SELECT, Action.OPERATE)),
                ("CSWI5.Pos", (Action.OPERATE,)),
                ("CSWI3.Pos", (Action.OPERATE,)),  # not selected: refused
            ):
                for action in actions:
                    await driver.execute(command(variable, action, Dbpos.OFF))
            assert (await driver.execute(command(GROUP, Action.OPERATE, 2))).accepted
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return between.sent


@needs_tshark
def test_an_independent_decoder_finds_nothing_wrong_with_either_side(tmp_path: Path) -> None:
    sent = asyncio.run(session())
    packets = decoded(tmp_path / "session.pcap", sent)
    assert len(packets) == len(sent)
    assert [(number, packet) for number, packet in enumerate(packets) if packet[0]] == []
    strange = [packet for packet in packets if packet[1] not in ("MMS", "COTP")]
    assert strange == []
    assert {int(service) for _, _, service, _ in packets if service} >= SERVICES
    words = {info for *_, info in packets}
    assert any("unconfirmed-PDU" in each for each in words), words
