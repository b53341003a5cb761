"""Between applications and the order desk: proposed always, approved by the lower mode, refusals told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.switching import OrderState
from substation.application import Decision, Plain
from substation.automation import Automation
from substation.image import Mode
from substation.variables.publication import Publication
from tests.substation.control.bench import Bench, bench
from tests.substation.control.world import F1, F2, order, tripped
from tests.substation.parts import Core, core


def run(folder: Path, work: Callable[[Bench, Automation, Core, Publication], Awaitable[None]]) -> None:
    async def main() -> None:
        async with bench(folder, tripped()) as made, core(folder) as unit:
            publication = Publication("OBR", unit.clock)
            await work(made, Automation(made.desk, lambda: made.modes, publication, unit.events), unit, publication)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("modes", "state"),
    [
        ({F1: Mode.AUTOMATIC, F2: Mode.AUTOMATIC}, OrderState.APPROVED),
        ({F1: Mode.AUTOMATIC, F2: Mode.MANUAL}, OrderState.PROPOSED),
        ({F1: Mode.DISABLED, F2: Mode.AUTOMATIC}, OrderState.PROPOSED),
        ({}, OrderState.PROPOSED),
    ],
)
def test_the_lowest_mode_of_all_its_feeders_decides(tmp_path: Path, modes: dict[str, Mode], state: OrderState) -> None:
    async def work(made: Bench, automation: Automation, unit: Core, _: Publication) -> None:
        made.modes.clear()
        made.modes.update(modes)
        await automation.act(Decision(None, orders=(order(feeders=(F1, F2, "OBR1/T1")),)))
        kept = made.desk.get("FDIR-1")
        assert kept is not None
        assert kept.state is state
        assert unit.texts() == []

    run(tmp_path, work)


def test_refusals_of_the_desk_are_told(tmp_path: Path) -> None:
    async def work(made: Bench, automation: Automation, unit: Core, _: Publication) -> None:
        proposed = Decision(None, orders=(order(open_before=()),), abort={"FDIR-9": "protection picked up"})
        await automation.act(proposed)
        refused_abort, refused_approval = unit.texts()
        assert refused_abort == ("order FDIR-9 is not stopped (protection picked up): order FDIR-9 is not under way")
        assert refused_approval.startswith("order FDIR-1 is not carried out: step 6")
        assert unit.told[1].location == F1
        await automation.act(proposed)
        assert unit.texts()[2:] == [
            "order FDIR-1 is not carried out: order FDIR-1 has revision 1 already; propose a higher one"
        ]

    run(tmp_path, work)


def test_an_order_is_stopped_before_a_new_one_is_proposed(tmp_path: Path) -> None:
    async def work(made: Bench, automation: Automation, unit: Core, _: Publication) -> None:
        made.modes[F1] = Mode.MANUAL
        await automation.act(Decision(None, orders=(order(),)))
        await automation.act(Decision(None, abort={"FDIR-1": "reclosed"}, orders=(order(id="FDIR-2"),)))
        states = {key: each.state for key, each in made.desk.orders.items()}
        assert states == {"FDIR-1": OrderState.ABORTED, "FDIR-2": OrderState.PROPOSED}
        assert unit.texts() == []

    run(tmp_path, work)


def test_results_that_cannot_be_shown_keep_no_order_from_being_proposed(tmp_path: Path) -> None:
    async def work(made: Bench, automation: Automation, unit: Core, publication: Publication) -> None:
        heard: list[object] = []
        results: dict[str, Plain] = {"Bad": {"x": 2**70}, "Cases": {"cases": []}}
        publication.publish_if_new = lambda variable, value, key="": heard.append(variable)  # type: ignore[method-assign]
        await automation.act(Decision(None, orders=(order(),), results=results))
        await automation.act(Decision(None, results=results))
        assert heard == ["Cases", "Cases"]
        assert unit.texts() == ["Bad holds a int that cannot travel; only plain values may"]
        assert made.desk.get("FDIR-1") is not None

    run(tmp_path, work)
