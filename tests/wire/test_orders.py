"""Switching orders: exported before anybody approves, refused when outdated, aborted safely, sent to the unit above."""

from __future__ import annotations

from collections.abc import Callable

from models.order_document import from_json, to_plain
from models.order_xml import from_xml
from models.wire.messages import Code
from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import FAR, NEAR, Scene


def test_proposed_order_is_exported_and_an_old_revision_refused(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.set_mode("manual")
        await scene.fault()
        order = await scene.proposal()
        exported = await stage.exported(order["id"], "proposed")
        assert to_plain(from_json(exported.json)) == order
        assert to_plain(from_xml(exported.xml)) == order
        assert await scene.switched() == []
        place = f"{stage.site.name}/orders/{order['id']}"
        answer = await stage.unit.write("Order.Approve", place, order["revision"] - 1)
        assert answer.code is Code.REFUSED
        assert "is not the newest" in answer.text
        assert await scene.commanded() == []
        await scene.approve(order)
        ended = await scene.end()
        assert (ended["state"], ended["approved_by"]) == ("completed", "Olga")
        await arrived_above(scene, order["id"], "completed")
        await scene.is_safe()
        await scene.nothing_is_lost()
        await return_to_normal(scene)
        await arrived_above(scene, f"{order['id']}-return", "completed")

    play(scenario)


def test_abort_in_the_middle_of_isolation_leaves_the_safe_state(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        await scene.stage.set_mode("manual")
        await scene.fault()
        order = await scene.proposal()
        await scene.approve(order)
        await scene.is_switched(f"off {order['steps'][1]['element']}")  # it moves now, and the next one after it
        await scene.stage.of_order("Abort", order["id"], "crew on site")
        ended = await scene.end()
        assert ended["state"] == "aborted"
        assert "aborted by Olga: crew on site" in ended["reason"]
        assert set(await scene.switched()) == {f"off {NEAR}", f"off {FAR}"}
        await scene.hears(f"order {order['id']} aborted")
        await scene.is_safe()
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)


def test_orders_wait_for_a_unit_above_that_was_away(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.set_mode("manual")
        await stage.kill("above")
        await scene.fault()
        order = await scene.proposal()
        await stage.looked_at_again(times=2)  # as long as a person needs at least, and FDIR to see its order taken
        await stage.of_order("Reject", order["id"], "a crew goes there")
        await scene.end()
        await stage.exported(order["id"], "rejected")
        assert await scene.commanded() == []
        assert order["id"] not in stage.told_above.orders
        await stage.start_above()
        received = await arrived_above(scene, order["id"], "rejected")
        assert received["reason"] == "rejected by Olga: a crew goes there"
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)


async def arrived_above(scene: Scene, order: str, state: str) -> dict[str, object]:
    """The order in this state, as the unit above shows it."""
    above = scene.stage.told_above

    def there() -> dict[str, object] | None:
        found = above.orders.get(order)
        return found if found is not None and found["state"] == state else None

    found = await above.until(f"{order} {state} at the unit above", there)
    assert found["unit"] == scene.stage.site.name
    return found
