"""Orders that an operator composes: what they say, what is refused, and that they are carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import RemoteProtocolError
from models.order_document import from_json, to_json
from models.order_xml import from_xml, to_xml
from models.switching import CrewAct, CrewTask, OrderKind, OrderState, Purpose
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.manual_orders import Composer
from tests.substation.control.world import CB1, F1, F2, NUMERICS, REGISTER, TIE
from tests.substation.placements.people import run, write
from tests.substation.unit_bench import Running

COMPOSER = Composer(NUMERICS.grid, REGISTER)
STEPS: list[WireValue] = [
    {"element": F1, "action": "disableReclosing"},
    {"element": CB1, "action": "open", "text": "Switch the feeder off"},
    {"element": "L1/W1", "action": "placeGround"},
    {"element": "L1/W1", "action": "issueWorkPermit"},
]


def test_op4_an_order_of_switching_and_crews_goes_into_every_document() -> None:
    made = COMPOSER.order("P-1", 1, {"title": "Joint on L1", "steps": STEPS}, "Ada", 5)
    assert (made.kind, made.state, made.feeders) == (OrderKind.MANUAL, OrderState.PROPOSED, (F1, "OBR1/T1"))
    assert [step.purpose for step in made.steps] == [
        Purpose.BLOCK_RECLOSING, Purpose.SPLIT, Purpose.CREW, Purpose.CREW,
    ]  # fmt: skip
    assert [step.text for step in made.steps][1:3] == ["Switch the feeder off", "Place earth L1/W1"]
    assert made.steps[2].value == CrewTask(CrewAct.PLACE_EARTH)
    assert from_json(to_json(made)) == made
    assert from_xml(to_xml(made)) == made
    tie = COMPOSER.order("P-2", 1, {"title": "Tie", "steps": [{"element": TIE, "action": "close"}]}, "Ada", 5)
    assert set(tie.feeders) <= {F1, F2, "OBR1/T1", "OBR2/T1"}
    assert tie.feeders


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"title": "", "steps": STEPS},
        {"title": "x", "steps": []},
        {"title": "x", "steps": [{"element": "nowhere", "action": "placeGround"}]},
        {"title": "x", "steps": [{"element": "nowhere", "action": "open"}]},
        {"title": "x", "steps": [{"element": CB1, "action": "explode"}]},
        {"title": "x", "steps": [{"element": CB1, "action": "open", "force": True}]},
    ],
)
def test_what_is_no_order_is_refused(value: WireValue) -> None:
    with pytest.raises(RemoteProtocolError):
        COMPOSER.order("P-1", 1, value, "Ada", 5)


def test_an_operator_composes_revises_and_has_it_approved(tmp_path: Path) -> None:
    async def work(made: Running) -> None:
        unit, line = made.unit.parts.config.name, made.site.network.lines[0].id
        place = f"{unit}/orders/P-1"
        steps: list[WireValue] = [{"element": line, "action": "crewWork", "text": "Look at the joint"}]
        for _ in range(2):
            assert await write(made, "Order.Propose", place, {"title": "Walk", "steps": steps}) == (Code.OK, "")
        found = made.station.desk.get("P-1")
        assert found is not None
        assert found.revision == 2
        assert (await write(made, "Order.Approve", place, 1))[0] is Code.REFUSED
        assert await write(made, "Order.Approve", place, 2) == (Code.OK, "")
        assert (await write(made, "Order.Abort", place, "rain"))[0] is Code.OK

    run(tmp_path, work)
