"""Where anything is in doubt automation moves nothing, where a device fails it ends safely; both times it says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.wire.messages import Code
from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import BREAKER, FAR, FEEDER, NEAR, TIE, Scene

ON_THE_WAY, BEHIND = "ST196/K1/E01", "ST103/K1/E02"
"""Bays whose indicators must show the fault current, and must not."""


@pytest.mark.parametrize(
    ("kind", "bay", "mended"),
    [
        ("indicator missing", ON_THE_WAY, "indicator sound"),
        ("indicator forward", BEHIND, "indicator sound"),
    ],
)
def test_contradicting_indicators_are_left_to_people(
    play: Callable[[Scenario], None], kind: str, bay: str, mended: str
) -> None:
    async def scenario(scene: Scene) -> None:
        await scene.stage.set_mode("automatic")
        if kind == "indicator missing":
            await scene.stage.sim(kind, bay)
        await scene.fault()
        if kind != "indicator missing":
            await scene.stage.sim(kind, bay)
        case = await scene.handed_over()
        assert "contradict" in case["reason"]
        assert bay in case["reason"]
        await explained_and_untouched(scene, case["reason"])
        await scene.stage.sim(mended, bay)
        await return_to_normal(scene)

    play(scenario)


def test_silent_station_on_the_way_is_left_to_people(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.set_mode("automatic")
        await stage.sim("kill", "ST110")
        await scene.told.until("a dead link", lambda: not scene.told.links["ST110"]["up"])
        await scene.fault()
        case = await scene.handed_over()
        assert "ST110" in case["reason"]
        await explained_and_untouched(scene, case["reason"])
        await stage.sim("revive", "ST110")
        await stage.whole_picture()
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)


async def explained_and_untouched(scene: Scene, reason: str) -> None:
    """No command went out, the reason stands in the event list at the feeder, and the history is complete."""
    assert await scene.commanded() == []
    assert (await scene.hears(reason)).startswith(f"{FEEDER}: FDIR: handed over to people")
    await scene.is_safe()
    if all(link["up"] for link in scene.told.links.values()):
        await scene.nothing_is_lost()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("stuck", "the device refused"),
        ("does not move", "did not move within 1.5 s"),
    ],
)
def test_switch_that_fails_at_isolation_ends_safely(play: Callable[[Scenario], None], kind: str, words: str) -> None:
    async def scenario(scene: Scene) -> None:
        await scene.stage.set_mode("automatic")
        await scene.stage.sim(kind, FAR)
        await scene.fault()
        order = await scene.end()
        await ended_safely(scene, order, words)
        await return_to_normal(scene, sound=(FAR,))

    play(scenario)


async def ended_safely(scene: Scene, order: dict[str, object], words: str) -> None:
    """S22: what can still be opened is opened, nothing is closed; the reason is shown and kept."""
    assert order["state"] == "blocked"
    assert words in str(order["reason"])
    assert "isolation is not complete, nothing was closed" in str(order["reason"])
    switched = await scene.switched()
    assert f"off {NEAR}" in switched
    assert [text for text in switched if text.startswith("on")] == []
    await scene.hears(f"order {order['id']} blocked: {order['reason']}")
    assert (await scene.hears(words)).startswith(f"{FAR}:")
    await scene.is_safe()
    await scene.nothing_is_lost()


def test_switch_that_fails_at_restoration_leaves_what_is_fed(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        await scene.stage.set_mode("automatic")
        await scene.stage.sim("does not move", TIE)
        await scene.fault()
        order = await scene.end()
        assert order["state"] == "blocked"
        assert "what is fed stays fed, nothing more is switched" in order["reason"]
        assert (await scene.switched())[2:] == [f"on {BREAKER}", f"on {TIE}"]  # once, never repeated (S6, S21)
        assert (await scene.hears("did not move within 1.5 s")).startswith(f"{TIE}:")
        truth = await scene.is_safe()
        assert {"ST269/T1", "ST75/T1"} <= set(truth["fed_loads"])
        assert {"ST108/T1", "ST103/T1"} <= set(truth["unfed_loads"])
        await scene.nothing_is_lost()
        await return_to_normal(scene, sound=(TIE,))

    play(scenario)


def test_station_that_dies_before_the_approval(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.set_mode("manual")
        await scene.fault()
        order = await scene.proposal()
        await stage.sim("kill", "ST108")
        await scene.told.until("a dead link", lambda: not scene.told.links["ST108"]["up"])
        answer = await stage.unit.write("Order.Approve", f"{stage.site.name}/orders/{order['id']}", order["revision"])
        assert answer.code is Code.REFUSED
        assert FAR in answer.text
        await scene.hears(f"order {order['id']} not approved")
        assert await scene.commanded() == []
        await stage.sim("revive", "ST108")
        await stage.whole_picture()
        await scene.approve(order)  # what was in doubt is known again
        assert (await scene.end())["state"] == "completed"
        await scene.is_safe()
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)


def test_station_that_hangs_while_the_order_runs(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.set_mode("manual")
        await scene.fault()
        order = await scene.proposal()
        await stage.sim("freeze", "ST108")
        await scene.approve(order)
        ended = await scene.end(within_s=40.0)
        assert ended["state"] == "blocked"
        await scene.is_safe()
        assert [text for text in await scene.switched() if text.startswith("on")] == []
        assert "ST108" in ended["reason"]
        await stage.sim("thaw", "ST108")
        await stage.whole_picture()
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)
