"""A complete conversation over real sockets, recorded: our master with our outstation, then a scripted control centre.

The master sends what a running unit sends; the script adds what a control centre may ask beyond that, and all that must
be refused. More of it: a row in REQUESTS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import time_ns

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.errors import LinkError
from models.point import Dbpos, Handle
from protocols.iec104 import info
from protocols.iec104.application.asdu import Asdu, InformationObject, Order, Parameter, Service
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.clockwork import Clockwork
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.service_settings import ScanSettings
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.files.shelf import Shelf
from protocols.iec104.files.units import FileKey, OfferedFile
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from protocols.iec104.link.session import Parameters, Role, Session, State
from protocols.iec104.master import Master, create
from protocols.iec104.server import CommandDesk, Confirm, Server, serve
from tests.protocols.iec104.capture import Sent
from tests.protocols.iec104.full import CHANGED, ORDERED, POINTS, SERVICES, SPECS
from tests.protocols.iec104.pair import STATION
from tests.protocols.iec104.relay import Relay
from tests.protocols.iec104.site import PATIENCE_S, History

CONTENT = bytes(range(256)) * 2
_FILE = FileKey(STATION, 50_001, 1)
_ORIGINATOR = Originator(OriginatorCategory.STATION_CONTROL, "conformance")
_REFUSED_POINT = 2  # its handler says no to False
_BACKGROUND, _PERIODIC = ScanSettings(("*CSWI*",), 0.4), ScanSettings(("*MMXU*",), 0.4)
_NOW = -1  # a time tag is filled in when it is sent

Request = tuple[str, int, int, int, InformationObject | str, list[int]]
"""What it is, type, cause, common address, object (or octets in hex), and the causes of the answers of its own type, in
order; a negative one with a minus sign."""

REQUESTS: list[Request] = [
    ("station interrogation", 100, 6, STATION, Service(0, 20), [7, 10]),
    ("group 1", 100, 6, STATION, Service(0, 21), [7, 10]),
    ("group 2", 100, 6, STATION, Service(0, 22), [7, 10]),
    ("a group that nobody has made", 100, 6, STATION, Service(0, 30), [-7]),
    ("interrogation of all stations", 100, 6, 0xFFFF, Service(0, 20), [7, 10]),
    ("deactivation of an interrogation that does not run", 100, 8, STATION, Service(0, 20), [-9]),
    ("counters", 101, 6, STATION, Service(0, 5), [7, 10]),
    ("counters, group 1", 101, 6, STATION, Service(0, 1), [7, 10]),
    ("counters, freeze", 101, 6, STATION, Service(0, 5 | 1 << 6), [7, 10]),
    ("counters, freeze and reset", 101, 6, STATION, Service(0, 5 | 2 << 6), [7, 10]),
    ("counters, a group that nobody has made", 101, 6, STATION, Service(0, 3), [-7]),
    ("read", 102, 5, STATION, Service(1), []),
    ("read of what cannot be read", 102, 5, STATION, Service(15), [-47]),
    ("clock", 103, 6, STATION, Service(0, 0, _NOW), [7]),
    ("test", 107, 6, STATION, Service(0, 0x1234, _NOW), [7]),
    ("reset", 105, 6, STATION, Service(0, 1), [7]),
    ("reset that nobody knows", 105, 6, STATION, Service(0, 99), [-7]),
    ("threshold, normalised", 110, 6, STATION, Parameter(7, 0.25, 1), [7]),
    ("threshold, scaled", 111, 6, STATION, Parameter(8, 5, 1), [7]),
    ("threshold, float", 112, 6, STATION, Parameter(9, 10.0, 1), [7]),
    ("periodic transmission off", 113, 8, STATION, Parameter(9, 0, 3), [9]),
    ("periodic transmission on", 113, 6, STATION, Parameter(9, 0, 3), [7]),
    ("a parameter of what has none", 112, 6, STATION, Parameter(1, 10.0, 1), [-7]),
    ("command that is refused", 45, 6, STATION, Order(10_002, False), [-7]),
    ("execution without selection", 46, 6, STATION, Order(10_001, Dbpos.ON), [-7]),
    ("selection", 46, 6, STATION, Order(10_001, Dbpos.ON, True), [7]),
    ("selection again", 46, 6, STATION, Order(10_001, Dbpos.OFF, True), [-7]),
    ("cancel", 46, 8, STATION, Order(10_001, Dbpos.ON, True), [9]),
    ("cancel of nothing", 46, 8, STATION, Order(10_001, Dbpos.ON, True), [-9]),
    ("command of yesterday", 58, 6, STATION, Order(10_021, True, time_ns=time_ns() - 86_400 * 10**9), [-7]),
    ("unknown type", 200, 6, STATION, "01000000", [-44]),
    ("test command of IEC 101", 104, 6, STATION, "000000aa55", [-44]),
    ("delay acquisition of IEC 101", 106, 6, STATION, "000000e803", [-44]),
    ("reset of a monitored type", 30, 6, STATION, "010000012a760f0ab40b1a", [-44]),
    ("unknown cause", 100, 5, STATION, Service(0, 20), [-45]),
    ("unknown cause of a command", 45, 3, STATION, Order(10_002, True), [-45]),
    ("unknown station", 100, 6, 999, Service(0, 20), [-46]),
    ("unknown station of a command", 45, 6, 999, Order(10_002, True), [-46]),
    ("unknown object", 45, 6, STATION, Order(9_999, True), [-47]),
    ("command of the wrong type", 46, 6, STATION, Order(10_002, Dbpos.ON), [-47]),
    ("interrogation of an object", 100, 6, STATION, Service(1, 20), [-47]),
    ("file that is not there", 122, 13, STATION, "10270001000001", []),
]


class Stage:
    """The outstation, its server and a relay in front of it."""

    def __init__(self) -> None:
        scanned = replace(SERVICES, background=(_BACKGROUND,), periodic=(_PERIODIC,))
        settings = GroupSettings(services=scanned)
        self.outstation = Outstation(monitored(SPECS), controllable(SPECS), clock=time_ns, groups=[settings])
        self.outstation.on_reset = lambda client, answer: answer("")
        shelf = Shelf(lambda file, deliver: deliver(CONTENT))
        shelf.put(OfferedFile(_FILE, len(CONTENT), time_ns()))
        self.outstation.files.offer(MAIN, shelf)
        self.desk = CommandDesk(self.outstation, self._carry_out)
        self.server: Server | None = None
        self._clockwork: Clockwork | None = None

    async def _carry_out(self, request: CommandRequest, confirm: Confirm) -> None:
        refused = request.object_address == 10_000 + _REFUSED_POINT and request.value is False
        confirm(CommandResult(Outcome.REFUSED if refused else Outcome.ACCEPTED))
        if request.action is Action.OPERATE and request.object_address == 10_001:
            self.outstation.update([(STATION, 1, request.value, 0, time_ns())])  # return information

    async def open(self) -> Relay:
        self.server = await serve(self.outstation, "127.0.0.1", 0, MAIN)
        self._clockwork = Clockwork(self.outstation.agenda)
        return await self.relay()

    async def relay(self) -> Relay:
        assert self.server is not None
        relay = Relay(self.server.port)
        await relay.open()
        return relay

    def change_everything(self) -> None:
        self.outstation.update([(STATION, address, value, 0, time_ns()) for address, value in CHANGED.items()])

    async def close(self) -> None:
        await self.desk.close()
        if self._clockwork is not None:
            self._clockwork.close()
        if self.server is not None:
            await self.server.close()


async def master_part(stage: Stage, relay: Relay) -> None:
    """Our master: clocks, interrogations, counters, tests, files, events, and a command of every type."""
    settings: dict[str, str | int | float | bool] = {
        "clock_sync": True, "test_period_s": 0.2, "counter_period_s": 0.5, "fetch_files": "all", "originator": 3,
        "t3_s": 0.05,
    }  # fmt: skip
    driver = create(LinkConfig("ST103", info.name, "ST103", "localhost", relay.port, settings), POINTS, time_ns)
    assert isinstance(driver, Master)
    history = History()
    link = asyncio.create_task(_keep(driver, history))
    try:
        await history.until(lambda: history.connections == 1 and len(history.records) == 1)
        assert history.records[0].content == CONTENT
        stage.change_everything()
        for handle, point in POINTS:
            if point.command is not None:
                await _command(driver, handle, point.command.type_id, point.control_model.selects)
        await history.until(lambda: _has_test_frame(relay))
    finally:
        link.cancel()
        with suppress(asyncio.CancelledError):
            await link


def _has_test_frame(relay: Relay) -> bool:
    return any(octets[2] == Function.TESTFR_CON for _, octets in relay.frames())


async def _keep(driver: Master, history: History) -> None:
    with suppress(LinkError):
        await driver.run(history)


async def _command(driver: Master, handle: Handle, type_id: int, selects: bool) -> None:
    actions = [Action.SELECT, Action.CANCEL, Action.SELECT, Action.OPERATE] if selects else [Action.OPERATE]
    for action in actions:
        command = Command(1, handle, action, ORDERED[type_id], _ORIGINATOR, time_ns())
        result = await driver.execute(command)
        assert result.accepted, f"{action.value} with type {type_id}: {result.reason}"


class Script:
    """A control centre made of a session and two streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._session = Session(Role.CONTROLLING, Parameters(), 0.0)
        self.heard: list[Asdu] = []

    async def start(self) -> None:
        self._session.start(0.0)
        await self.until(lambda: any(asdu.type_id == 70 for asdu in self.heard))

    async def ask(self, octets: bytes) -> None:
        self._session.send(octets, 0.0)
        await self._flush()

    async def test_and_stop(self) -> None:
        """TESTFR, then everything acknowledged and STOPDT."""
        self._writer.write(apci.unnumbered(Function.TESTFR_ACT))
        self._session.stop(0.0)
        await self.until(lambda: self._session.state is State.STOPPED)

    async def until(self, condition: Callable[[], bool]) -> None:
        await self._flush()
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                octets = await self._reader.read(65536)
                assert octets, "the outstation has closed the connection"
                for frame in self._session.receive(octets, 0.0):
                    self.heard.append(decode(frame.asdu))
                    self._session.acknowledge(frame.number, 0.0)
                await self._flush()

    async def _flush(self) -> None:
        self._writer.write(self._session.take_output())
        await self._writer.drain()


async def script_part(stage: Stage, relay: Relay) -> dict[str, list[int]]:
    """Every row of REQUESTS; what was answered, by name."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    script = Script(reader, writer)
    answered: dict[str, list[int]] = {}
    try:
        stage.outstation.restarted(2)
        await script.start()
        for request in REQUESTS:
            answered[request[0]] = await _ask(script, request)
        stage.change_everything()
        await script.until(lambda: any(asdu.type_id == 21 and asdu.cause == 3 for asdu in script.heard))
        await script.until(lambda: {asdu.cause for asdu in script.heard} >= {1, 2})
        await script.test_and_stop()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return answered


async def _ask(script: Script, request: Request) -> list[int]:
    """The request, and the causes of what came back of its own type."""
    _, type_id, cause, station, item, expected = request
    begin = len(script.heard)
    await script.ask(_octets(type_id, cause, station, item))

    def answers() -> list[int]:
        found = [asdu for asdu in script.heard[begin:] if asdu.type_id == type_id and asdu.originator == 7]
        return [-asdu.cause if asdu.negative else asdu.cause for asdu in found]

    if expected:
        await script.until(lambda: len(answers()) >= len(expected))
    return answers()


def _octets(type_id: int, cause: int, station: int, item: InformationObject | str) -> bytes:
    if isinstance(item, str):
        return bytes([type_id, 1, cause, 7]) + station.to_bytes(2, "little") + bytes.fromhex(item)
    if isinstance(item, Service | Order) and item.time_ns == _NOW:
        item = item._replace(time_ns=time_ns())
    return encode(Asdu(type_id, cause, station, (item,), 7))


async def conversation() -> tuple[list[Sent], list[Sent], dict[str, list[int]]]:
    """Frames of the master's connection, frames of the scripted one, what the script was answered."""
    stage = Stage()
    first = await stage.open()
    second = await stage.relay()
    try:
        await master_part(stage, first)
        answered = await script_part(stage, second)
    finally:
        await stage.close()
        await first.close()
        await second.close()
    return first.frames(), second.frames(), answered
