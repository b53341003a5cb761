"""What people say through the data interface: commands, orders, modes, tags, released commands; with the real gate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.command import Action, AddCause
from models.errors import StorageError
from models.point import Dbpos
from models.switching import OrderState
from models.wire.cbor import WireValue
from models.wire.keys import KeyId
from models.wire.messages import Code
from protocols.exchange.client import RequestError
from substation.config import read_unit
from substation.control.request import Request
from substation.exchange.access import Identity, Right, Role
from substation.exchange.variables import Route
from substation.image import Mode
from substation.modes import Modes
from substation.tags import TagKind
from substation.variables.commands import SERVICES, CommandVariables
from substation.variables.intents import IntentWrites
from substation.variables.modes import ModeWrites
from substation.variables.orders import OrderWrites
from substation.variables.tags import TagWrites
from tests.substation.control.bench import FDIR, Bench, Device, bench
from tests.substation.control.world import CB1, F1, NETWORK, NOW_NS, REGISTER, TIE, World, order, pos, tripped
from tests.substation.parts import Core, core
from tests.substation.variables.door import Clients, door

UNIT = """schema = 1
unit = {name = "OBR", level = "MVGMU"}
fdir = {mode = "manual"}
"""


@dataclass
class Desk:
    made: Bench
    modes: Modes
    core: Core
    clients: Clients
    told: list[tuple[str, str]] = field(default_factory=list)

    async def write(self, variable: str, location: str, value: WireValue) -> tuple[Code, str]:
        answer = await self.clients.operator.write(variable, location, value)
        return answer.code, answer.text


def run(folder: Path, work: Callable[[Desk], Awaitable[None]], world: World | None = None) -> None:
    async def main() -> None:
        (folder / "unit.toml").write_text(UNIT, encoding="utf-8")
        async with AsyncExitStack() as stack:
            made = await stack.enter_async_context(bench(folder, world or tripped()))
            unit = await stack.enter_async_context(core(folder))
            modes = Modes(read_unit(folder / "unit.toml").self_healing, [F1], unit.history)
            told: list[tuple[str, str]] = []
            clients = await stack.enter_async_context(door(folder, routes(made, modes, told)))
            await work(Desk(made, modes, unit, clients, told))

    asyncio.run(main())


def routes(made: Bench, modes: Modes, told: list[tuple[str, str]]) -> list[Route]:
    def tell(location: str, text: str) -> None:
        told.append((location, text))

    elements = frozenset(switch.id for switch in NETWORK.switches)
    commands = CommandVariables(made.gate, REGISTER)

    def overtaken() -> tuple[Request, ...]:
        return made.gate.overtaken(("S4", "S17"))

    tags = TagWrites(made.tags, elements, lambda: NOW_NS, tell, overtaken=overtaken)
    return [
        Route("Order.*", "OBR/orders/*", OrderWrites("OBR", made.desk), write=Right.APPROVE),
        Route("FDIR.Mode", "*", ModeWrites("OBR", modes, tell), write=Right.OPERATE),
        Route("Tag.*", "*", tags, write=Right.OPERATE),
        Route("Commands.Release", "OBR", IntentWrites(made.gate), write=Right.OPERATE),
        *(Route(service, "*", commands, write=Right.COMMAND) for service in SERVICES),
    ]


# -- commands


def test_a_command_in_two_steps_ends_with_the_confirmed_position(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        assert await desk.write("CSWI1.Pos.SBOw", CB1, 1) == (Code.OK, "selected")
        assert await desk.write("CSWI1.Pos.Oper", CB1, 1) == (Code.OK, "position confirmed")
        assert [command.value for command in desk.made.field.commands] == [Dbpos.OFF, Dbpos.OFF]
        assert "Ada" in desk.made.texts()

    run(tmp_path, work, World())


def test_refusals_carry_their_cause(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        answer = await desk.clients.operator.write("CSWI1.Pos.Oper", CB1, 1)
        assert (answer.code, answer.cause) == (Code.REFUSED, AddCause.OBJECT_NOT_SELECTED)
        assert "is not selected" in answer.text
        assert (await desk.write("CSWI1.Pos.Cancel", CB1, 1))[0] is Code.REFUSED
        assert (await desk.write("CSWI9.Pos.SBOw", CB1, 1))[0] is Code.UNKNOWN_VARIABLE
        for wrong in (0, 3, True, "open", 1.0, None):
            code, text = await desk.write("CSWI1.Pos.SBOw", CB1, wrong)
            assert code is Code.BAD_REQUEST, wrong
            assert "takes 1 (open) or 2 (close)" in text
        refused = await desk.clients.viewer.write("CSWI1.Pos.SBOw", CB1, 1)
        assert refused.code is Code.NOT_ALLOWED
        with pytest.raises(RequestError, match="is a command and has no value"):
            await desk.clients.viewer.query("CSWI1.Pos.SBOw", CB1)
        with pytest.raises(RequestError, match="is a command and has no value"):
            await desk.clients.viewer.event("CSWI1.Pos.SBOw", CB1)
        assert desk.made.field.commands == []

    run(tmp_path, work, World())


def test_s20_a_market_service_without_a_contract_commands_nothing(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        broker = Identity(KeyId(bytes(32)), "broker", Role.MARKET)
        answer = await CommandVariables(desk.made.gate, REGISTER).write("CSWI1.Pos.SBOw", CB1, 1, broker)
        assert answer.code is Code.REFUSED
        assert "S20: broker is a market service without a contract" in answer.text

    run(tmp_path, work, World())


def test_a_switch_that_stays_is_a_failure(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.made.field.devices[pos(CB1)] = Device.STAYS
        await desk.write("CSWI1.Pos.SBOw", CB1, 1)
        code, text = await desk.write("CSWI1.Pos.Oper", CB1, 1)
        assert code is Code.FAILED
        assert "did not move" in text

    run(tmp_path, work, World())


def test_a_tap_changer_without_select_is_stepped_in_one_step_or_in_the_two_of_who_selects_it(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        tap = "YLTC1.TapPos"
        assert await desk.write(f"{tap}.Oper", "OBR1/T1", 2) == (Code.OK, "feedback confirmed: 1")
        assert await desk.write(f"{tap}.SBOw", "OBR1/T1", 1) == (Code.OK, "selected")
        code, text = await desk.write(f"{tap}.Oper", "OBR1/T1", 2)
        assert (code, "another value was selected" in text) == (Code.REFUSED, True)
        assert await desk.write(f"{tap}.Oper", "OBR1/T1", 1) == (Code.OK, "feedback confirmed: 0")
        assert await desk.write(f"{tap}.SBOw", "OBR1/T1", 1) == (Code.OK, "selected")
        assert await desk.write(f"{tap}.Cancel", "OBR1/T1", 1) == (Code.OK, "selection cancelled")
        assert len(desk.made.field.commands) == 2

    run(tmp_path, work, World())


# -- orders


def test_an_order_is_approved_in_the_revision_that_was_seen(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.made.desk.propose(order())
        code, text = await desk.write("Order.Approve", "OBR/orders/FDIR-1", 2)
        assert (code, "not the newest (1)" in text) == (Code.REFUSED, True)
        assert (await desk.write("Order.Approve", "OBR/orders/FDIR-1", True))[0] is Code.BAD_REQUEST
        refused = await desk.clients.viewer.write("Order.Approve", "OBR/orders/FDIR-1", 1)
        assert refused.code is Code.NOT_ALLOWED
        assert await desk.write("Order.Approve", "OBR/orders/FDIR-1", 1) == (Code.OK, "")
        kept = desk.made.desk.get("FDIR-1")
        assert kept is not None
        assert (kept.state, kept.approved_by) == (OrderState.APPROVED, "Ada")
        assert (await desk.write("Order.Nonsense", "OBR/orders/FDIR-1", 1))[0] is Code.UNKNOWN_VARIABLE

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("verb", "state", "reason"),
    [
        ("Order.Reject", OrderState.REJECTED, "rejected by Ada: crew on site"),
        ("Order.Abort", OrderState.ABORTED, "aborted by Ada: crew on site"),
        ("Order.TakeOver", OrderState.ABORTED, "S18: taken over by Ada"),
    ],
)
def test_orders_are_rejected_stopped_taken_over(tmp_path: Path, verb: str, state: OrderState, reason: str) -> None:
    async def work(desk: Desk) -> None:
        await desk.made.desk.propose(order())
        assert await desk.write(verb, "OBR/orders/FDIR-1", "crew on site") == (Code.OK, "")
        kept = desk.made.desk.get("FDIR-1")
        assert kept is not None
        assert kept.state is state
        assert kept.reason.startswith(reason)
        assert (await desk.write(verb, "OBR/orders/FDIR-7", ""))[0] is Code.REFUSED

    run(tmp_path, work)


def test_a_repair_is_reported_once(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.made.desk.propose(order())
        assert "end it first" in (await desk.write("Order.Repaired", "OBR/orders/FDIR-1", None))[1]
        await desk.made.desk.abort("FDIR-1", FDIR, "test")
        assert await desk.write("Order.Repaired", "OBR/orders/FDIR-1", None) == (Code.OK, "")
        assert "already" in (await desk.write("Order.Repaired", "OBR/orders/FDIR-1", None))[1]

    run(tmp_path, work)


# -- modes


def test_modes_of_unit_and_feeder(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        assert await desk.write("FDIR.Mode", "OBR", "automatic") == (Code.OK, "")
        assert await desk.write("FDIR.Mode", F1, "disabled") == (Code.OK, "")
        assert desk.modes.unit is Mode.AUTOMATIC
        assert desk.modes.effective() == {F1: Mode.DISABLED}
        assert (await desk.write("FDIR.Mode", "OBR1/K1/E99", "manual"))[0] is Code.UNKNOWN_VARIABLE
        for wrong in ("AUTOMATIC", 2, None, ""):
            assert (await desk.write("FDIR.Mode", "OBR", wrong))[0] is Code.BAD_REQUEST
        assert desk.told == [
            ("OBR", "FDIR mode set to automatic by Ada"),
            (F1, "FDIR mode set to disabled by Ada"),
        ]

    run(tmp_path, work)


def test_a_mode_that_cannot_be_kept_says_what_holds(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        async def refused(application: str, state: object) -> None:
            raise StorageError("disk is full")

        desk.core.history.save_state = refused  # type: ignore[method-assign,assignment]
        code, text = await desk.write("FDIR.Mode", "OBR", "automatic")
        assert (code, text) == (
            Code.FAILED, "FDIR mode is still manual, Ada could not set it to automatic: disk is full"
        )  # fmt: skip
        code, text = await desk.write("FDIR.Mode", "OBR", "disabled")
        assert (code, text) == (
            Code.FAILED, "FDIR mode set to disabled by Ada, but a restart forgets it: disk is full"
        )  # fmt: skip
        assert desk.modes.unit is Mode.DISABLED
        assert [told for _, told in desk.told][-1] == text

    run(tmp_path, work)


# -- tags


def test_s17_a_tag_calls_nothing_back_and_says_so(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        field = desk.made.field
        field.hold, sent = asyncio.Event(), asyncio.Event()
        field.before = lambda command: sent.set() if command.action is Action.OPERATE else field.hold.set()  # type: ignore[union-attr]
        assert (await desk.write("CSWI1.Pos.SBOw", CB1, 1))[0] is Code.OK
        field.hold.clear()
        operating = asyncio.create_task(desk.write("CSWI1.Pos.Oper", CB1, 1))
        await sent.wait()
        code, text = await desk.write("Tag.Place", CB1, "do not operate")
        assert (code, text.partition(" and may ")[0]) == (
            Code.OK,
            f"open {CB1} by Ada went out before the tag 'do not operate'",
        )
        assert (CB1, f"S17: {text}") in desk.told
        field.hold.set()
        await operating
        assert await desk.write("Tag.Place", TIE, "do not operate") == (Code.OK, "")

    run(tmp_path, work, World())


def test_tags_are_placed_and_removed_by_people(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        assert await desk.write("Tag.Place", TIE, "do not operate") == (Code.OK, "")
        (tag,) = desk.made.tags.tags
        assert (tag.kind, tag.element, tag.holder) == (TagKind.DO_NOT_OPERATE, TIE, "Ada")
        code, text = await desk.write("Tag.Place", TIE, "do not operate")
        assert (code, "already" in text) == (Code.REFUSED, True)
        (isolation,) = await desk.made.tags.place(TagKind.FAULT_ISOLATION, [CB1], "FDIR", NOW_NS)
        assert (await desk.write("Tag.Remove", TIE, isolation.id))[0] is Code.REFUSED
        assert await desk.write("Tag.Remove", CB1, isolation.id) == (Code.OK, "")
        assert await desk.write("Tag.Remove", TIE, tag.id) == (Code.OK, "")
        assert desk.made.tags.tags == ()
        assert [text for _, text in desk.told][0] == "tag 'do not operate' placed by Ada"
        assert len(desk.told) == 3

    run(tmp_path, work)


def test_s17_a_work_permit_has_a_number_and_a_holder(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        permit: dict[str, WireValue] = {"kind": "work permit", "reference": "P-17", "permit_holder": "Cy"}
        for missing in ("reference", "permit_holder"):
            code, text = await desk.write("Tag.Place", TIE, {**permit, missing: " "})
            assert (code, "S17: a work permit has a number" in text) == (Code.BAD_REQUEST, True)
        assert (await desk.write("Tag.Place", TIE, "work permit"))[0] is Code.BAD_REQUEST
        assert (await desk.write("Tag.Place", TIE, permit))[0] is Code.OK
        assert desk.made.tags.tags[0].reference == "P-17, Cy"

    run(tmp_path, work)


def test_s17_who_removes_the_tag_of_another_says_why(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        (tag,) = await desk.made.tags.place(TagKind.CAUTION, [TIE], "Bo", NOW_NS)
        code, text = await desk.write("Tag.Remove", TIE, tag.id)
        assert (code, text) == (Code.REFUSED, "S17: Bo has placed it; say why somebody else takes it away")
        assert desk.made.tags.tags == (tag,)
        assert (await desk.write("Tag.Remove", TIE, {"number": tag.id, "reason": "Bo is off duty"}))[0] is Code.OK
        assert desk.told[-1] == (TIE, "tag 'caution' of Bo removed by Ada: Bo is off duty")

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("variable", "location", "value", "code"),
    [
        ("Tag.Place", TIE, TagKind.FAULT_ISOLATION.value, Code.BAD_REQUEST),
        ("Tag.Place", TIE, 5, Code.BAD_REQUEST),
        ("Tag.Place", "nowhere", "caution", Code.UNKNOWN_VARIABLE),
        ("Tag.Remove", TIE, True, Code.BAD_REQUEST),
        ("Tag.Remove", TIE, 99, Code.REFUSED),
        ("Tag.Hide", TIE, 99, Code.UNKNOWN_VARIABLE),
    ],
)
def test_what_is_no_tag_is_refused(tmp_path: Path, variable: str, location: str, value: WireValue, code: Code) -> None:
    async def work(desk: Desk) -> None:
        assert (await desk.write(variable, location, value))[0] is code
        assert desk.made.tags.tags == ()

    run(tmp_path, work)


# -- commands without outcome


def test_a_command_without_outcome_blocks_automation_until_a_person_has_looked(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.made.field.devices[pos(CB1)] = Device.SILENT
        await desk.write("CSWI1.Pos.SBOw", CB1, 1)
        code, text = await desk.write("CSWI1.Pos.Oper", CB1, 1)
        assert (code, "outcome unknown" in text) == (Code.FAILED, True)
        again = Request(pos(CB1), Dbpos.OFF, FDIR)
        assert "S21" in {refusal.rule for refusal in desk.made.gate.refusals(again)}
        for wrong in (5, [], ["1"], [True], None):
            assert (await desk.write("Commands.Release", "OBR", wrong))[0] is Code.BAD_REQUEST
        number = desk.made.field.commands[-1].number
        assert await desk.write("Commands.Release", "OBR", [number]) == (Code.OK, "")
        assert "S21" not in {refusal.rule for refusal in desk.made.gate.refusals(again)}
        assert "Ada has read the position and released" in desk.made.texts()
        with pytest.raises(RequestError, match="can only be written"):
            await desk.clients.viewer.query("Commands.Release", "OBR")
        with pytest.raises(RequestError, match="can only be written"):
            await desk.clients.viewer.event("FDIR.Mode", "OBR")

    run(tmp_path, work, World())
