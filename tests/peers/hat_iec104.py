"""hat-drivers as an independent IEC 104 station in a process of its own: `hat_iec104.py centre|rtu HOST PORT`, and for
TLS `AUTHORITIES CERTIFICATE KEY` behind them.

Prints `ready`, then answers each JSON line with one: {"result": ...} or {"failed": WORDS}. Points are "CA/IOA", values
false, true, numbers, or 0..3 of a double point; times are milliseconds UTC.

| order to a control centre | result |
|---|---|
| `{"interrogate": [CA]}` | {"points": {POINT: VALUE}, "objects": COUNT} after the termination |
| `{"event": [TIMEOUT_S]}` | next of cause 3, 11 or 12: {"point", "value", "time_ms", "quality", "cause"} or null |
| `{"told": [SINCE]}` | spontaneous values of this connection, from number SINCE on: [POINT, KIND, VALUE, TIME_MS] |
| `{"picture": [[CA, ...]]}` | {POINT: [KIND, VALUE]} after the interrogations of all these stations |
| `{"counters": [CA, RQT, FRZ]}` | {POINT: TOTAL} after a counter interrogation |
| `{"command": [CA, IOA, VALUE, SELECT]}` | VALUE 1 off, 2 on, true, false: {"cause", "negative"} of the answer |
| `{"order": [{...}]}` | a command of any kind (hat_orders.message_of): {"cause", "negative"} of the answer |
| `{"termination": [TIMEOUT_S]}` | {"cause", "negative"} of the next one, or null |

| order to an RTU | result |
|---|---|
| `{"set": [{POINT: VALUE}]}` | what interrogations answer from now on |
| `{"tell": [CA, IOA, VALUE, TIME_MS]}` | a spontaneous event; true once the peer has acknowledged it |
| `{"manners": [{ADDRESS: MANNER}]}` | how commands to an address are answered from now on (hat_orders.MANNERS) |
| `{"commands": []}` | commands since the last time (hat_orders.plain_command) |
| `{"requests": []}` | what the peer sent since the last time: [TYPE, CA, IOA or null, VALUE or null, SELECT or null] |
"""

from __future__ import annotations

import asyncio
import datetime
import json
import ssl
import sys
from collections.abc import Callable
from typing import Any

from hat.drivers import iec104, net
from hat_orders import answers_of, message_of, plain_command

ACT, CON, TERM = "ACTIVATION", "ACTIVATION_CONFIRMATION", "ACTIVATION_TERMINATION"
GOOD = iec104.IndicationQuality(invalid=False, not_topical=False, substituted=False, blocked=False)
MEASURED = iec104.MeasurementQuality(invalid=False, not_topical=False, substituted=False, blocked=False, overflow=False)
PATIENCE_S = 20.0
EVENTS = (iec104.DataResCause.SPONTANEOUS, iec104.DataResCause.REMOTE_COMMAND, iec104.DataResCause.LOCAL_COMMAND)

_ANSWERS = iec104.CommandMsg | iec104.InterrogationMsg | iec104.CounterInterrogationMsg


def plain(value: Any) -> Any:
    """A value of hat-drivers as JSON has it."""
    if isinstance(value, iec104.SingleValue):
        return value is iec104.SingleValue.ON
    return value.value


def data_of(value: Any) -> Any:
    """True and false are single points, 0..3 double points, other numbers short floating point."""
    if isinstance(value, bool):
        return iec104.SingleData(iec104.SingleValue.ON if value else iec104.SingleValue.OFF, GOOD)
    if isinstance(value, int):
        return iec104.DoubleData(iec104.DoubleValue(value), GOOD)
    return iec104.FloatingData(iec104.FloatingValue(value), MEASURED)


def kind(data: Any) -> str:
    """What is told, without its time: 'single', 'double', 'scaled', 'floating'..."""
    return type(data).__name__.removesuffix("Data").lower()


def time_ms(tag: Any) -> int | None:
    return None if tag is None else round(iec104.time_to_datetime(tag).timestamp() * 1000)


class Centre:
    """A control centre on one connection."""

    def __init__(self) -> None:
        self.values: asyncio.Queue[Any] = asyncio.Queue()
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.terminations: asyncio.Queue[Any] = asyncio.Queue()
        self.spontaneous: list[Any] = []

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.connection = await iec104.connect(net.TcpAddress(host, port), supervisory_timeout=0.5, ssl=tls)
        self.reading = asyncio.ensure_future(self.read())

    async def read(self) -> None:
        while True:
            for message in await self.connection.receive():
                if isinstance(message, iec104.DataMsg):
                    self.values.put_nowait(message)
                    if message.cause in EVENTS:
                        self.spontaneous.append(message)
                elif message.cause is iec104.CommandResCause.ACTIVATION_TERMINATION:
                    self.terminations.put_nowait(message)
                elif isinstance(message, _ANSWERS):
                    self.answers.put_nowait(message)

    async def interrogate(self, station: int) -> dict[str, Any]:
        found = await self.interrogated(station)
        return {"points": {point_of(each): plain(each.data.value) for each in found}, "objects": len(found)}

    async def picture(self, stations: list[int]) -> dict[str, Any]:
        found = [each for station in stations for each in await self.interrogated(station)]
        return {point_of(each): [kind(each.data), plain(each.data.value)] for each in found}

    async def interrogated(self, station: int) -> list[Any]:
        """The messages that answer a general interrogation; spontaneous ones that come between are left out."""
        cause = iec104.CommandReqCause.ACTIVATION
        request = iec104.InterrogationMsg(
            is_test=False,
            originator_address=3,
            asdu_address=station,
            request=20,
            is_negative_confirm=False,
            cause=cause,
        )
        await self.connection.send([request])
        answer = await asyncio.wait_for(self.answers.get(), PATIENCE_S)
        if answer.is_negative_confirm or answer.cause.name != CON:
            raise RuntimeError(f"interrogation answered with {answer}")
        await asyncio.wait_for(self.terminations.get(), PATIENCE_S)
        waiting = [self.values.get_nowait() for _ in range(self.values.qsize())]
        return [each for each in waiting if each.cause is iec104.DataResCause.INTERROGATED_STATION]

    async def counters(self, station: int, request: int, freeze: int) -> dict[str, int]:
        message = iec104.CounterInterrogationMsg(
            is_test=False,
            originator_address=3,
            asdu_address=station,
            request=request,
            freeze=iec104.FreezeCode(freeze),
            is_negative_confirm=False,
            cause=iec104.CommandReqCause.ACTIVATION,
        )
        await self.connection.send([message])
        answer = await asyncio.wait_for(self.answers.get(), PATIENCE_S)
        if answer.is_negative_confirm:
            raise RuntimeError(f"counter interrogation answered with {answer}")
        await asyncio.wait_for(self.terminations.get(), PATIENCE_S)
        waiting = [self.values.get_nowait() for _ in range(self.values.qsize())]
        return {point_of(each): plain(each.data.value) for each in waiting if "COUNTER" in each.cause.name}

    async def told(self, since: int) -> list[list[Any]]:
        return [
            [point_of(each), kind(each.data), plain(each.data.value), time_ms(each.time)]
            for each in self.spontaneous[since:]
        ]

    async def event(self, timeout_s: float) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(timeout_s):
                while (message := await self.values.get()).cause not in EVENTS:
                    pass
        except TimeoutError:
            return None
        return {
            "point": point_of(message),
            "value": plain(message.data.value),
            "time_ms": time_ms(message.time),
            "quality": [name for name, is_set in message.data.quality._asdict().items() if is_set],
            "cause": message.cause.value,
        }

    async def command(self, station: int, address: int, value: Any, select: bool) -> dict[str, Any]:
        if isinstance(value, bool):
            state = iec104.SingleValue.ON if value else iec104.SingleValue.OFF
            command: Any = iec104.SingleCommand(value=state, select=select, qualifier=0)
        else:
            command = iec104.DoubleCommand(value=iec104.DoubleValue(value), select=select, qualifier=0)
        message = iec104.CommandMsg(
            is_test=False,
            originator_address=3,
            asdu_address=station,
            io_address=address,
            command=command,
            is_negative_confirm=False,
            time=None,
            cause=iec104.CommandReqCause.ACTIVATION,
        )
        await self.connection.send([message])
        return outcome(await asyncio.wait_for(self.answers.get(), PATIENCE_S))

    async def order(self, wanted: dict[str, Any]) -> dict[str, Any]:
        await self.connection.send([message_of(wanted)])
        return outcome(await asyncio.wait_for(self.answers.get(), PATIENCE_S))

    async def termination(self, timeout_s: float) -> dict[str, Any] | None:
        try:
            return outcome(await asyncio.wait_for(self.terminations.get(), timeout_s))
        except TimeoutError:
            return None


def point_of(message: Any) -> str:
    return f"{message.asdu_address}/{message.io_address}"


def outcome(message: Any) -> dict[str, Any]:
    return {"cause": message.cause.name, "negative": message.is_negative_confirm}


class Rtu:
    """A controlled station that confirms everything and moves at once."""

    def __init__(self) -> None:
        self.points: dict[str, Any] = {}
        self.seen: list[list[Any]] = []
        self.ordered: list[dict[str, Any]] = []
        self.manner_of: dict[str, str] = {}
        self.connection: Any = None

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.server = await iec104.listen(self.serve, net.TcpAddress(host, port), ssl=tls)

    async def serve(self, connection: Any) -> None:
        self.connection = connection
        while True:
            for message in await connection.receive():
                await self.take(message)

    async def take(self, message: Any) -> None:
        if isinstance(message, iec104.CommandMsg):
            self.ordered.append(plain_command(message))
        address = getattr(message, "io_address", None)
        command = getattr(message, "command", None)
        value, select = (None, None) if command is None else (plain(command.value), getattr(command, "select", False))
        self.seen.append([type(message).__name__, message.asdu_address, address, value, select])
        if isinstance(message, iec104.ClockSyncMsg):
            confirmation: Any = iec104.ClockSyncResCause.ACTIVATION_CONFIRMATION
        else:
            confirmation = iec104.CommandResCause.ACTIVATION_CONFIRMATION
        if isinstance(message, iec104.CommandMsg):
            await self.connection.send(answers_of(message, self.manner_of.get(str(message.io_address), "")))
            return
        answers = [message._replace(cause=confirmation)]
        if isinstance(message, iec104.InterrogationMsg):
            answers += [self.data(*point.split("/"), value, None) for point, value in self.points.items()]
            answers.append(message._replace(cause=iec104.CommandResCause.ACTIVATION_TERMINATION))
        await self.connection.send(answers)

    def data(self, station: str, address: str, value: Any, stamp_ms: int | None) -> Any:
        cause: Any = iec104.DataResCause.INTERROGATED_STATION
        tag = None
        if stamp_ms is not None:
            cause = iec104.DataResCause.SPONTANEOUS
            tag = iec104.time_from_datetime(datetime.datetime.fromtimestamp(stamp_ms / 1000, datetime.UTC))
        return iec104.DataMsg(
            is_test=False,
            originator_address=0,
            asdu_address=int(station),
            io_address=int(address),
            data=data_of(value),
            time=tag,
            cause=cause,
        )

    async def set(self, points: dict[str, Any]) -> bool:
        self.points.update(points)
        return True

    async def tell(self, station: int, address: int, value: Any, stamp_ms: int) -> bool:
        message = self.data(str(station), str(address), value, stamp_ms)
        await asyncio.wait_for(self.connection.send([message], wait_ack=True), PATIENCE_S)
        return True

    async def manners(self, manners: dict[str, str]) -> bool:
        self.manner_of.update(manners)
        return True

    async def commands(self) -> list[dict[str, Any]]:
        ordered, self.ordered = self.ordered, []
        return ordered

    async def requests(self) -> list[list[Any]]:
        seen, self.seen = self.seen, []
        return seen


ROLES: dict[str, Callable[[], Centre | Rtu]] = {"centre": Centre, "rtu": Rtu}


def context(role: str, authorities: str, certificate: str, key: str) -> ssl.SSLContext:
    """Certificates both ways."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if role == "rtu" else ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(authorities)
    made.load_cert_chain(certificate, key)
    return made


async def main(role: str, host: str, port: int, *files: str) -> None:
    peer = ROLES[role]()
    await peer.open(host, port, context(role, *files) if files else None)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        [(name, arguments)] = json.loads(line).items()
        try:
            answer = {"result": await getattr(peer, name)(*arguments)}
        except Exception as error:  # the other process wants to know, whatever it is
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:]))
