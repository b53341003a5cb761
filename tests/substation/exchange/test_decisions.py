"""Every decision of the request processor is told once, granted or refused, with what an audit log needs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from models.wire import messages as m
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from substation.exchange.access import Identity, Right, Role
from substation.exchange.decision import AccessDecision
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import RefusedError, Route, WriteResult
from tests.substation.exchange.board import Board, power

KEY = SigningKey.from_seed(bytes([1]) * 32).public
OLGA = Identity(KEY.key_id, "Olga", Role.OPERATOR, "desk", "PC4", areas=("ST1/*",))


class Heard:
    def __init__(self) -> None:
        self.told: list[Instance] = []

    def events(self, instances: Sequence[Instance]) -> None:
        self.told += instances

    latest = events


def of_processor() -> tuple[Board, RequestProcessor, list[AccessDecision]]:
    board, decided = Board(), list[AccessDecision]()
    processor = RequestProcessor([Route("*", "*", board, write=Right.OPERATE)], lambda: 7, decided.append, 0.05)
    return board, processor, decided


def test_each_request_is_one_decision_with_service_and_device() -> None:
    async def run() -> None:
        board, processor, decided = of_processor()
        board.put(power(1))
        await processor.query(OLGA, m.Query(1, "MMXU1.TotW", "ST1/K1/E01"))
        processor.event(OLGA, m.Event(2, "MMXU1.TotW", "*"), Heard())()
        await processor.write(OLGA, m.Write(3, "CSWI1.Pos.Oper", "ST1/K1/E01", 2))
        assert [(each.granted, each.what) for each in decided] == [
            (True, "query ST1/K1/E01/MMXU1.TotW"),
            (True, "event */MMXU1.TotW"),
            (True, "write ST1/K1/E01/CSWI1.Pos.Oper"),
        ]
        assert {(each.who, each.service, each.device, each.why, each.time_ns) for each in decided} == {
            ("Olga (OPERATOR)", "desk", "PC4", "", 7)
        }

    asyncio.run(run())


def test_a_periodic_subscription_is_one_decision_however_often_it_is_read() -> None:
    async def run() -> None:
        board, processor, decided = of_processor()
        board.put(power(1))
        heard = Heard()
        task = asyncio.create_task(processor.periodic(OLGA, m.Periodic(1, "MMXU1.TotW", "*", 1), heard))
        while len(heard.told) < 5:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [(each.granted, each.what) for each in decided] == [(True, "periodic */MMXU1.TotW")]

    asyncio.run(run())


def test_areas_of_responsibility_bind_writes_and_not_reads() -> None:
    async def run() -> None:
        board, processor, decided = of_processor()
        board.put(power(2))
        assert await processor.query(OLGA, m.Query(1, "MMXU1.TotW", "ST2/K1/E01"))
        with pytest.raises(RefusedError, match="outside the area of responsibility of Olga"):
            await processor.write(OLGA, m.Write(2, "CSWI1.Pos.Oper", "ST2/K1/E01", 2))
        assert not board.written
        assert [each.code for each in decided] == [m.Code.OK, m.Code.NOT_ALLOWED]

    asyncio.run(run())


def test_a_provider_that_is_too_slow_is_told_as_a_time_out() -> None:
    async def run() -> None:
        _, processor, decided = of_processor()
        with pytest.raises(RefusedError, match=r"no answer within 0\.05 s") as refusal:
            await processor.query(OLGA, m.Query(1, "Slow", "ST1/K1/E01"))
        assert refusal.value.code is m.Code.TIMED_OUT
        assert [each.code for each in decided] == [m.Code.TIMED_OUT]

    asyncio.run(run())


def test_what_the_process_refuses_is_told_too() -> None:
    async def run() -> None:
        _, processor, decided = of_processor()
        await processor.write(OLGA, m.Write(1, "CSWI2.Pos.Oper", "ST1/K1/E01", 2))
        assert [(each.code, each.why) for each in decided] == [(m.Code.REFUSED, "S13: the feeder breaker is closed")]

    asyncio.run(run())


@pytest.mark.parametrize("told", [False, True])
def test_a_refusal_that_the_process_has_told_is_marked_as_told(told: bool) -> None:
    class Gate(Board):
        async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
            return WriteResult(m.Code.REFUSED, "S5: not dead", told=told)

    async def run() -> None:
        decided: list[AccessDecision] = []
        routes = [Route("*", "*", Gate(), write=Right.OPERATE)]
        processor = RequestProcessor(routes, lambda: 7, decided.append, 0.05)
        await processor.write(OLGA, m.Write(3, "CSWI1.Pos.Oper", "ST1/K1/E01", 2))
        assert [(each.granted, each.told) for each in decided] == [(False, told)]

    asyncio.run(run())
