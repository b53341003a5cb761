"""Substitution at a device: our value is told to everybody with the source 'substituted', until it is taken back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from open61850.server import IedModel

from models.command import Action, AddCause, CommandResult, Outcome
from models.point import Dbpos, Value
from models.quality import Quality
from protocols.iec61850.client import MmsDriver
from sim_ied.mms.server import Server

from .bench import ICD, Recorder, command, driver_of, running, until

ACCEPTED = CommandResult(Outcome.ACCEPTED)
_OTHERS = '<DA name="subQ" bType="Quality" fc="SV"/><DA name="subID" bType="VisString64" fc="SV"/>'
_ENABLE = '<DA name="subEna" bType="BOOLEAN" fc="SV"/>'
_OF_TYPE = {
    "DPC": f'{_ENABLE}<DA name="subVal" bType="Dbpos" fc="SV"/>{_OTHERS}',
    "SPS": f'{_ENABLE}<DA name="subVal" bType="BOOLEAN" fc="SV"/>{_OTHERS}',
    "ENS": f'{_ENABLE}<DA name="subVal" bType="INT32" fc="SV"/>{_OTHERS}',
    "MV": f'{_ENABLE}<DA name="subMag" bType="Struct" type="AnalogueValue" fc="SV"/>{_OTHERS}',
}


@contextmanager
def substitutable(folder: Path) -> Iterator[Server]:
    text = ICD.read_text(encoding="utf-8")
    for kind, attributes in _OF_TYPE.items():
        head = f'<DOType id="{kind}" cdc="{kind}">'
        text = text.replace(head, head + attributes)
    file = folder / "device.icd"
    file.write_text(text, encoding="utf-8")
    server = Server(IedModel.from_scl(str(file)), "127.0.0.1", 0)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def linked(folder: Path) -> AsyncIterator[tuple[MmsDriver, Recorder]]:
    with substitutable(folder) as server:
        driver, sink = driver_of(server.port), Recorder()
        async with running(driver, sink):
            yield driver, sink


def play(folder: Path, work: Callable[[MmsDriver, Recorder], Awaitable[None]]) -> None:
    async def main() -> None:
        async with linked(folder) as (driver, sink):
            await work(driver, sink)

    asyncio.run(main())


VALUES: list[tuple[str, Value]] = [
    ("CSWI1.Pos", Dbpos.ON),
    ("LLN0.Loc", True),
    ("XCBR1.EEHealth", 3),
    ("MMXU1.TotW", 12.5),
]


@pytest.mark.parametrize(("variable", "value"), VALUES)
def test_a_substituted_value_comes_back_marked_and_the_process_shows_again(
    tmp_path: Path, variable: str, value: Value
) -> None:
    async def work(driver: MmsDriver, sink: Recorder) -> None:
        assert await driver.execute(command(variable, Action.SUBSTITUTE, value)) == ACCEPTED
        await until(lambda: sink.of(variable)[-1].value == value, "the device tells our value")
        assert sink.of(variable)[-1].quality & Quality.SUBSTITUTED
        assert await driver.execute(command(variable, Action.RESTORE, value)) == ACCEPTED
        await until(lambda: not sink.of(variable)[-1].quality & Quality.SUBSTITUTED, "the process again")
        assert sink.of(variable)[-1].value != value

    play(tmp_path, work)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CSWI1.Pos", True, "subVal of IED1LD0/CSWI1.Pos does not take True"),
        ("PTRC1.Tr", True, "IED1LD0/PTRC1.Tr cannot be substituted in the device"),
    ],
)
def test_what_cannot_be_substituted_is_refused_in_words(
    tmp_path: Path, variable: str, value: Value, words: str
) -> None:
    async def work(driver: MmsDriver, sink: Recorder) -> None:
        began_s = time.monotonic()
        result = await driver.execute(command(variable, Action.SUBSTITUTE, value))
        assert (result.outcome, result.add_cause) == (Outcome.REFUSED, AddCause.NOT_SUPPORTED)
        assert words in result.reason
        assert time.monotonic() - began_s < 2

    play(tmp_path, work)
