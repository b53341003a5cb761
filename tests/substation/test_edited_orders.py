"""An order edited at the unit above comes back as a new revision, is judged, and needs approval again [U4]."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from models.switching import Order, OrderState
from models.wire.cbor import WireValue
from models.wire.messages import Code
from protocols.exchange.client import Client, connect
from substation import unit_links
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.links import upward
from substation.links.parcel_store import Letter
from substation.order_parcel import REVISION, EditedSteps, pack_steps
from substation.unit import Unit
from tests.substation.commands.small_site import change, small_site
from tests.substation.control.world import order
from tests.substation.field.bench import until
from tests.substation.test_unit_above import OPERATOR, above, enrol
from tests.substation.unit_bench import Running, running


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upward, "FIRST_RETRY_S", 0.05)
    monkeypatch.setattr(unit_links, "ANSWER_S", 1.0)


@dataclass
class Pair:
    below: Running
    above: Unit
    client: Client

    @property
    def here(self) -> Order:
        """The order at the unit that made it."""
        found = self.below.station.desk.get("FDIR-1")
        assert found is not None
        return found

    async def there(self, revision: int, state: str) -> dict[str, WireValue]:
        """The order as the unit above shows it, as soon as it does."""
        async with asyncio.timeout(20):
            while True:
                for each in await self.client.query("Orders", "TL"):
                    value = each.value
                    assert isinstance(value, dict)
                    if (value["revision"], value["state"]) == (revision, state):
                        return value
                await asyncio.sleep(0.01)

    async def edit(self, revision: int, steps: WireValue, order_id: str = "FDIR-1") -> tuple[Code, str]:
        answer = await self.client.write("Order.Edit", f"OBR/orders/{order_id}", {"revision": revision, "steps": steps})
        return answer.code, answer.text

    async def told_above(self, part: str) -> None:
        await until(lambda: any(part in event.text for _, event in self.above.parts.events.newest))


@asynccontextmanager
async def pair(folder: Path) -> AsyncIterator[Pair]:
    below, upper = folder / "below", folder / "above"
    below.mkdir()
    (upper / "data").mkdir(parents=True)
    enrol(upper, unit_key(below / "data"), "OBR", Role.VIEWER)
    enrol(upper, OPERATOR, "Olga", Role.OPERATOR)
    async with above(upper) as unit:
        url = f"ws://127.0.0.1:{(await unit.listener.bound())[1]}"
        file = small_site(below)
        change(file, "[fdir]", f'[parent]\nurl = "{url}"\nunit = "TL"\n\n[fdir]')
        async with running(below) as child, connect(url, OPERATOR) as client:
            yield Pair(child, unit, client)


def test_an_edited_order_comes_back_and_is_approved_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as two:
            await two.below.station.desk.propose(order())
            seen = await two.there(1, "proposed")
            steps = seen["steps"]
            assert isinstance(steps, list)
            before = two.here
            code, text = await two.edit(1, [{**step, "number": 9, "text": "as edited"} for step in steps])  # type: ignore[dict-item]
            assert (code, "travels to OBR" in text) == (Code.OK, True)
            await two.there(2, "proposed")
            after = two.here
            assert [step.number for step in after.steps] == list(range(1, len(steps) + 1))
            assert {step.text for step in after.steps} == {"as edited"}
            assert (after.zone, after.tripped, after.loads) == (before.zone, before.tripped, before.loads)
            assert after.explanation[-1] == "revision 2: steps edited by Olga at TL"
            stale = await two.below.station.desk.approve("FDIR-1", 1, originator())
            assert "not the newest" in stale

    asyncio.run(main())


def test_what_the_rules_forbid_is_told_back_with_the_reason(tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as two:
            await two.below.station.desk.propose(order())
            steps = (await two.there(1, "proposed"))["steps"]
            assert isinstance(steps, list)
            assert isinstance(steps[0], dict)
            nowhere = {**steps[2], "element": "ST9/K1/E01/Q0", "point": "ST9/K1/E01/Q0/CSWI1.Pos"}  # type: ignore[dict-item]
            twisted = {**steps[0], "action": "open"}
            forbidden = {**steps[5], "purpose": "isolate"}  # type: ignore[dict-item]
            for step, reason in ((nowhere, "cannot be commanded"), (twisted, "does not take"), (forbidden, "S")):
                assert (await two.edit(1, [step]))[0] is Code.OK
                await two.told_above(f"OBR has not taken revision 2 of order FDIR-1: step 1 ({step['text']}): ")
                await two.told_above(reason)
            assert two.here.revision == 1
            shown = (await two.client.query("OrderRefusals", "TL"))[0].value
            assert isinstance(shown, dict)
            assert (shown["unit"], shown["id"], shown["revision"]) == ("OBR", "FDIR-1", 2)

    asyncio.run(main())


def test_stale_unknown_and_malformed_edits_are_refused_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as two:
            await two.below.station.desk.propose(order())
            steps = (await two.there(1, "proposed"))["steps"]
            assert await two.edit(0, steps) == (
                Code.REFUSED, "revision 0 is not the newest (1); look at the order as it is now",
            )  # fmt: skip
            assert (await two.edit(1, []))[0] is Code.REFUSED
            assert (await two.edit(1, "steps"))[0] is Code.BAD_REQUEST
            assert (await two.edit(1, steps, "FDIR-9"))[0] is Code.UNKNOWN_VARIABLE
            await two.below.station.desk.reject("FDIR-1", originator())
            await two.there(1, "rejected")
            code, text = await two.edit(1, steps)
            assert (code, "only a proposed one" in text) == (Code.REFUSED, True)

    asyncio.run(main())


def test_two_edits_of_one_revision_do_not_both_win(tmp_path: Path) -> None:
    """The second leaves before the first is known there; and a parcel that comes twice is one revision."""

    async def main() -> None:
        async with pair(tmp_path) as two:
            await two.below.station.desk.propose(order())
            await two.there(1, "proposed")
            edited = EditedSteps("FDIR-1", 2, tuple(replace(s, text="first") for s in order().steps), "Olga")
            again = replace(edited, steps=tuple(replace(s, text="second") for s in order().steps))
            letters = [Letter("OBR", REVISION, pack_steps(each)) for each in (edited, edited, again)]
            await two.above.links.post.send(*letters)
            await two.told_above("has not taken revision 2 of order FDIR-1: order FDIR-1 has revision 2 already")
            assert {step.text for step in two.here.steps} == {"first"}
            assert (two.here.revision, two.here.state) == (2, OrderState.PROPOSED)
            refusals = [e.text for _, e in two.above.parts.events.newest if "has not taken" in e.text]
            assert len(refusals) == 1

    asyncio.run(main())


def originator():  # type: ignore[no-untyped-def]
    from models.command import Originator, OriginatorCategory

    return Originator(OriginatorCategory.STATION_CONTROL, "Olga")
