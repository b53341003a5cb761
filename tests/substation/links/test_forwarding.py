"""Requests for other units [DI8] over three levels and real sockets: proved, carried, answered, cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from models.wire import messages as m
from protocols.exchange.client import RequestError, connect
from substation import unit_links
from substation.links import forward_proof, upward
from substation.links.forward_frame import Forwarded, pack, unpack, unpack_reply
from tests.substation.field.bench import until
from tests.substation.links.levels import VITO, Levels, levels, port_of
from tests.substation.links.server import Server

SWITCH = "ST1/K1/E02/Q0"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FIRST_RETRY_S": 0.05, "LAST_RETRY_S": 0.05, "LOOK_S": 0.05}.items():
        monkeypatch.setattr(upward, name, value)
    monkeypatch.setattr(unit_links, "ANSWER_S", 1.0)


def a_switch(three: Levels) -> str:
    return next(
        spec.name.location
        for _, spec in three.bottom.unit.parts.image.register.items()
        if spec.name.variable == "CSWI1.Pos" and spec.name.location.startswith("ST")
    )


@pytest.mark.parametrize("engine", ["direct", "nats"])
def test_down_two_levels_and_up_again(tmp_path: Path, engine: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            links = ""
            if engine == "nats":
                server = await stack.enter_async_context(Server(tmp_path / "nats"))
                links = f'[links]\nengine = "nats"\nnats = "{server.url}"\n'
            three = await stack.enter_async_context(levels(tmp_path, links))
            switch = a_switch(three)
            found = await three.client.query("CSWI1.Pos", f"//OBR/{switch}")
            assert [(each.location, each.variable) for each in found] == [(f"//OBR/{switch}", "CSWI1.Pos")]
            model = await three.client.query("Model", "//OBR")
            assert [each.location for each in model] == ["//OBR"]
            assert len(await three.client.query("CSWI1.Pos", "//OBR/*")) > 1
            assert (await three.below.query("Events", "//TL", function="count"))[0].location == "//TL"
            assert len(await three.client.query("Events", "//TL", count=1, function="last")) == 1  # to itself
            for location, text in (("//XYZ", "knows no way to unit"), ("//OBR/none", "unknown variable")):
                with pytest.raises(RequestError, match=text):
                    await three.client.query("Model" if location == "//XYZ" else "Order.Approve", location)

    asyncio.run(main())


def test_a_command_from_two_levels_above_is_that_of_its_stakeholder(tmp_path: Path) -> None:
    async def main() -> None:
        async with levels(tmp_path) as three:
            answer = await three.client.write("Commands.Release", "//OBR", 1)
            assert answer.code in (m.Code.REFUSED, m.Code.BAD_REQUEST)  # reached, and judged there
            tag = await three.client.write("FDIR.Mode", "//OBR", "manual")
            assert tag.code is m.Code.OK
            lines = [str(entry) for entry in three.bottom.texts()]
            assert any("Olga" in line for line in lines)
            async with connect(f"ws://127.0.0.1:{await port_of(three.top)}", VITO) as vito:
                with pytest.raises(RequestError, match="OBR: key .* is not known"):
                    await vito.query("Model", "//OBR")  # a viewer at the top, nobody at the bottom

    asyncio.run(main())


def test_subscriptions_are_carried_and_cancelled(tmp_path: Path) -> None:
    async def main() -> None:
        async with levels(tmp_path) as three:
            name = next(s.name for _, s in three.bottom.unit.parts.image.register.items() if "SFPI" in s.name.variable)
            async with await three.client.event(name.variable, f"//OBR/{name.location}", initial=False) as changes:
                await three.bottom.field.tell(name, True)
                async with asyncio.timeout(20):
                    notice = await anext(changes)
                assert [(each.location, each.value) for each in notice.instances] == [(f"//OBR/{name.location}", True)]
            async with await three.client.periodic("Status", "//OBR", 100) as every:
                async with asyncio.timeout(20):
                    await anext(every)
                    await anext(every)
            await until(lambda: tasks_of_forwarding() == 0)

    asyncio.run(main())


def tasks_of_forwarding() -> int:
    return sum("Conversation._answer" in str(task.get_coro()) for task in asyncio.all_tasks())


class Middle:
    """The unit in between, which has seen a request pass, and now does with it what it likes."""

    def __init__(self, three: Levels) -> None:
        assert three.middle is not None
        self.post, self.seen = three.middle.links.post, list[Forwarded]()
        self.ask = self.post.ask
        self.post.ask = self._noting  # type: ignore[method-assign]

    def _noting(self, neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
        self.seen.append(unpack(request))
        return self.ask(neighbour, request)

    async def send(self, forwarded: Forwarded) -> tuple[m.Code, str]:
        async with aclosing(self.ask("OBR", pack(forwarded))) as parts:
            reply = [unpack_reply(part) async for part in parts][-1]
        assert isinstance(reply, m.Result)
        return reply.code, reply.text


def test_the_unit_in_the_middle_can_only_carry(tmp_path: Path) -> None:
    async def main() -> None:
        async with levels(tmp_path) as three:
            middle = Middle(three)
            await three.client.query("Model", "//OBR")
            first = middle.seen[0]
            assert (first.target, first.hops) == ("OBR", ("TL", "MV"))
            await three.client.query("Status", "//OBR")
            second = middle.seen[1]
            assert await middle.send(first) == (
                m.Code.NOT_ALLOWED, "OBR: this request has been here before: a replay is refused",
            )  # fmt: skip
            for position in range(0, len(second.frame), 7):
                bent = bytearray(second.frame)
                bent[position] ^= 1
                code, _ = await middle.send(replace(second, frame=bytes(bent)))
                assert code is m.Code.NOT_ALLOWED
            code, text = await middle.send(replace(second, login=b""))
            assert code is m.Code.NOT_ALLOWED
            await three.client.query("Model", "//TL")
            await three.client.query("Events", "//MV", count=1, function="last")
            assert not any(f.target == "MV" for f in middle.seen)
            # signed for another unit, and sent on to this one
            code, text = await middle.send(replace(await for_mv(three), target="OBR", hops=("TL", "MV")))
            assert (code, text) == (m.Code.NOT_ALLOWED, "OBR: the request is signed for unit MV")
            told = [line for line in three.bottom.texts() if "request through TL, MV" in line]
            assert any("replay is refused" in line for line in told)

    asyncio.run(main())


async def for_mv(three: Levels) -> Forwarded:
    """A request that Olga has signed for the unit in the middle, as that unit gets it."""
    assert three.middle is not None
    caught: list[Forwarded] = []
    serve = three.middle.links.post.serve

    def noting(neighbour: str, body: bytes) -> AsyncGenerator[bytes, None]:
        caught.append(unpack(body))
        return serve(neighbour, body)

    three.middle.links.post.serve = noting
    await three.client.query("Events", "//MV", count=1, function="last")
    return caught[0]


def test_what_is_too_late_or_goes_in_circles_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with levels(tmp_path) as three:
            middle = Middle(three)
            await three.client.query("Model", "//OBR")
            first = middle.seen[0]
            whole = forward_proof.check_time
            monkeypatch.setattr(forward_proof, "check_time", lambda envelope, now: whole(envelope, now + 61 * 10**9))
            code, text = await middle.send(first)
            assert (code, "61 s behind" in text) == (m.Code.NOT_ALLOWED, True)
            assert three.middle is not None
            three.middle.links.below = {"XYZ": "OBR"}.get
            three.top.links.below = {"XYZ": "MV"}.get
            with pytest.raises(RequestError, match="OBR knows no way to unit 'XYZ'"):
                await three.client.query("Model", "//XYZ")
            three.bottom.unit.links.below = {"XYZ": "MV"}.get
            with pytest.raises(RequestError, match="knows no way|circle"):
                await three.client.query("Model", "//XYZ")

    asyncio.run(main())


def test_a_replay_is_refused_after_a_restart_too(tmp_path: Path) -> None:
    """The numbers are on the target's disk; a new unit object reads them from there."""

    async def main() -> None:
        async with levels(tmp_path) as three:
            middle = Middle(three)
            await three.client.query("Model", "//OBR")
            unit = three.bottom.unit
            forwarder = unit.links.forwarder(unit.security.gatekeeper, lambda _: None)
            task = asyncio.create_task(forwarder.run(unit.listener.door))
            code, text = await middle.send(middle.seen[0])
            assert (code, "replay" in text) == (m.Code.NOT_ALLOWED, True)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def test_a_link_that_is_cut_ends_what_goes_through_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with levels(tmp_path) as three:
            assert three.middle is not None
            port = await port_of(three.middle)
            name = next(s.name for _, s in three.bottom.unit.parts.image.register.items() if "SFPI" in s.name.variable)
            async with await three.client.event(name.variable, f"//OBR/{name.location}", initial=False) as changes:
                await three.stop_middle()
                async with asyncio.timeout(20):
                    while (await three.client.write("FDIR.Mode", "//OBR", "manual")).code is not m.Code.NOT_SENT:
                        await asyncio.sleep(0.01)
                with pytest.raises(RequestError):
                    await three.client.query("Model", "//OBR")
                await three.start_middle(port)
                await three.joined()
                await three.bottom.field.tell(name, True)
                async with asyncio.timeout(20):
                    notice = await anext(changes)
                assert notice.resumed

    asyncio.run(main())


def test_of_a_command_whose_link_breaks_nobody_knows_and_it_is_not_repeated(tmp_path: Path) -> None:
    async def main() -> None:
        async with levels(tmp_path) as three:
            held, reached = asyncio.Event(), asyncio.Event()
            calls: list[object] = []
            desk = three.bottom.station.desk

            async def slow(*arguments: object) -> str:
                calls.append(arguments)
                reached.set()
                await held.wait()
                calls.append("done")
                return ""

            desk.reject = slow  # type: ignore[method-assign]
            write = asyncio.create_task(three.client.write("Order.Reject", "//OBR/OBR/orders/FDIR-1", "x"))
            await asyncio.wait_for(reached.wait(), 20)
            await three.stop_middle()
            answer = await asyncio.wait_for(write, 10)
            assert answer.code is m.Code.UNKNOWN
            assert "look at the position" in answer.text
            held.set()
            await until(lambda: calls[-1] == "done")
            assert len(calls) == 2

    asyncio.run(main())
