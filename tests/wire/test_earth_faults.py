"""An earth fault in a compensated network, over the wire: told, located, and isolated by the person who approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import FAR, LINE, NEAR, TIE, UNDER_WAY, Scene

KIND = "isolate earth fault"
NETWORK = "OBR2/K1"


def test_the_section_is_isolated_only_when_a_person_says_so(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage, told = scene.stage, scene.told
        await stage.set_mode("automatic")
        first = set(told.orders)
        await scene.fault(phases="single-phase to earth", phase="B", resistance_ohm=5.0)
        order = await told.until("an order", lambda: _proposed(told.orders, first))
        [shown] = await stage.unit.query("EarthFaults", stage.site.name)
        value: Any = shown.value
        (case,) = value["cases"]
        assert (case["network"], case["section"], case["order"]) == (NETWORK, [LINE], order["id"])
        await scene.hears(f"located in {LINE}")
        await scene.hears("PSDE1: protection pickup")
        assert await scene.switched() == []
        await stage.of_order("Approve", order["id"], order["revision"])
        await told.until("its end", lambda: told.orders[order["id"]]["state"] not in UNDER_WAY)
        assert told.orders[order["id"]]["state"] == "completed", told.orders[order["id"]]["reason"]
        assert await scene.switched() == [f"off {NEAR}", f"off {FAR}", f"on {TIE}"]
        assert (await scene.is_safe())["unfed_loads"] == []
        await scene.hears("it has gone")
        flags = [f"{each.switch.rpartition('/')[0]}/SFPI2.{way}Flt" for each in stage.site.network.indicators
                 for way in ("Fwd", "Rv")]  # fmt: skip
        await stage.sim_until("indicators reset", flags, lambda values: not any(values.values()))
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)


def _proposed(orders: dict[str, dict[str, Any]], known: set[str]) -> dict[str, Any] | None:
    """One that stands: with indications that came late another section is concluded first, and its order ends."""
    fresh = (each for key, each in orders.items() if key not in known and each["kind"] == KIND)
    return next((each for each in fresh if each["state"] == "proposed" and _isolates(each) == [NEAR, FAR]), None)


def _isolates(order: dict[str, Any]) -> list[str]:
    return [step["element"] for step in order["steps"] if step["purpose"] == "isolate"]
