"""hat-drivers as an independent control centre: picture, events in order through its own death, commands that move."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from models.point import Cdc, PointSpec
from tests.peers.iec104 import Iec104Peer, control_centre
from tests.wire.addresses import commanded_at, monitored_at, specs_of
from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import TIE, Scene

BRANCH = "ST81/K1/E03/Q0"
"""Feeds ST43 alone; to open and to close it again harms nobody else."""
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}
ENDED = {"cause": "ACTIVATION_TERMINATION", "negative": False}
OFF, ON = 1, 2
SETTLED_S = 20.0


class Event(NamedTuple):
    """At a control centre. time_ms: UTC, as tagged by the device; 0 without tag."""

    address: str
    value: float
    time_ms: int


def test_events_reach_a_control_centre_that_dies_and_comes_back(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage, specs = scene.stage, specs_of(scene.stage.site.folder)
        await stage.set_mode("manual")
        begun = len((await stage.sim("events"))["events"])
        begun_ms = time.time_ns() // 1_000_000
        async with control_centre("127.0.0.1", stage.site.ports.centre) as peer:
            interrogated = [each for each in specs.values() if each.cdc is not Cdc.BCR and each.monitor is not None]
            assert len(await peer.order("picture", stations(specs))) == len(interrogated)
            await scene.fault()
            order = await scene.proposal()
            before = await heard(scene, peer, specs, begun, [])
        await scene.approve(order)  # the control centre has been killed with events that it may not have acknowledged
        await scene.end()
        async with control_centre("127.0.0.1", stage.site.ports.centre) as peer:
            after = await heard(scene, peer, specs, begun, before)
            picture = await peer.order("picture", stations(specs))
        fresh = [event for event in (*before, *after) if event.time_ms >= begun_ms]
        are_in_order(fresh, await told_by_devices(scene, specs, begun))
        tie = monitored_at(specs[f"{TIE}/CSWI1.Pos"])
        assert picture[tie] == ["double", ON]
        await scene.is_safe()
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)


def stations(specs: Mapping[str, PointSpec]) -> list[int]:
    return sorted({spec.monitor.common_address for spec in specs.values() if spec.monitor is not None})


async def heard(
    scene: Scene, peer: Iec104Peer, specs: Mapping[str, PointSpec], begun: int, before: Sequence[Event]
) -> list[Event]:
    """Events that the control centre has got, once none is missing any more."""
    deadline_s = time.monotonic() + SETTLED_S
    while True:
        expected = await told_by_devices(scene, specs, begun)
        told = await peer.order("told", 0)
        got = [Event(address, value, time_ms or 0) for address, kind, value, time_ms in told if kind != "floating"]
        missing = [event for event in expected if not any(_same(event, other) for other in (*before, *got))]
        if not missing:
            return got
        assert time.monotonic() < deadline_s, f"{len(missing)} events did not arrive: {missing[:5]}"
        await scene.stage.pause()


async def told_by_devices(scene: Scene, specs: Mapping[str, PointSpec], begun: int) -> list[Event]:
    events = (await scene.stage.sim("events", since=begun))["events"]
    return [
        Event(monitored_at(specs[each["point"]]), each["value"], each["time_ns"] // 1_000_000)
        for each in events
        if each["point"] in specs and specs[each["point"]].cdc.is_event  # totals are asked for
    ]


def are_in_order(got: Sequence[Event], expected: Sequence[Event]) -> None:
    """Each device's events as the device told them; what was not acknowledged comes once more, from there on."""
    of_device: dict[str, list[Event]] = defaultdict(list)
    for event in got:
        known = of_device[event.address.partition("/")[0]]
        if not any(_same(event, other) for other in known):
            known.append(event)
    for device, events in of_device.items():
        told = [event for event in expected if event.address.partition("/")[0] == device][: len(events)]
        assert [event.address for event in events] == [event.address for event in told]
        assert all(_same(one, other) for one, other in zip(events, told, strict=True))


def _same(one: Event, other: Event) -> bool:
    return one.address == other.address and one.value == other.value and abs(one.time_ms - other.time_ms) <= 1


async def is_measured_dead(scene: Scene, busbar: str) -> None:
    """Devices measure in cycles; before that, S5 refuses to close."""
    deadline_s = time.monotonic() + SETTLED_S
    while len(await scene.stage.unit.query("MMXU1.PPV.*", busbar, "value < 100 and quality == good")) < 3:
        assert time.monotonic() < deadline_s, f"{busbar} still shows voltage"
        await scene.stage.pause()


def test_control_centre_commands_in_two_steps(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage, specs = scene.stage, specs_of(scene.stage.site.folder)
        branch = f"{BRANCH}/CSWI1.Pos"
        async with control_centre("127.0.0.1", stage.site.ports.centre) as peer:
            address = commanded_at(specs[branch])
            assert await peer.order("command", *address, OFF, False) == REFUSED  # not selected
            for value, word in ((OFF, "off"), (ON, "on")):
                assert await peer.order("command", *address, value, True) == CONFIRMED
                assert await peer.order("command", *address, value, False) == CONFIRMED
                assert await peer.order("termination", 10.0) == ENDED
                assert (await stage.values(branch))[branch] == value
                assert (await scene.switched())[-1] == f"{word} {BRANCH}"
                if value == OFF:
                    await is_measured_dead(scene, "ST43/K1/BB1")
            tie = commanded_at(specs[f"{TIE}/CSWI1.Pos"])
            assert await peer.order("command", *tie, ON, True) == REFUSED  # both sides are live
        await scene.hears(f"NCC: open {BRANCH} confirmed")
        assert "S8" in await scene.hears(f"NCC: close {TIE} refused")
        told = await told_by_devices(scene, specs, 0)
        assert [event.value for event in told if event.address == monitored_at(specs[branch])][-4:] == [0, OFF, 0, ON]
        await scene.is_safe()
        await scene.nothing_is_lost()

    play(scenario)


def test_control_centre_regulates_over_two_wires(play: Callable[[Scenario], None]) -> None:
    """Control centre, unit, RTU, equipment: a step up and down again, and a power limit given and taken back."""

    async def scenario(scene: Scene) -> None:
        stage, specs = scene.stage, specs_of(scene.stage.site.folder)
        tap = next(name for name, spec in specs.items() if spec.cdc is Cdc.BSC)
        limit = next(name for name in specs if name.endswith("/DWMX1.WLimSpt"))
        rated_w, stood = (await stage.values(limit))[limit], (await stage.values(tap))[tap]
        assert isinstance(stood, int)
        async with control_centre("127.0.0.1", stage.site.ports.centre) as peer:
            for step, position in ((2, stood + 1), (1, stood)):
                assert await peer.order("order", wanted(specs[tap], "step", step)) == CONFIRMED
                assert await peer.order("termination", 10.0) == ENDED
                assert (await stage.values(tap))[tap] == position
            for power_w in (1000.0, rated_w):
                assert await peer.order("order", wanted(specs[limit], "floating", power_w)) == CONFIRMED
                assert await peer.order("termination", 10.0) == ENDED
                assert (await stage.values(limit))[limit] == power_w
            assert await peer.order("order", wanted(specs[limit], "floating", 2.0 * rated_w)) == REFUSED
        await scene.hears(f"NCC: raise {tap} confirmed")
        assert "S16" in await scene.hears(f"{limit} refused")
        await scene.nothing_is_lost()

    play(scenario)


def wanted(spec: PointSpec, kind: str, value: float) -> dict[str, object]:
    station, address = commanded_at(spec)
    return {"station": station, "address": address, "kind": kind, "value": value}
