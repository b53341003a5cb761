"""Plays a scenario file on a plant in virtual time, people at the unit included, and judges what has come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.point import Dbpos
from models.switching import Order, OrderKind, OrderState
from sim_ied.disturbance import FACE_KINDS, Disturbance
from sim_ied.effect import disturb
from sim_ied.scenario import Expectation, PersonAct, Scenario, open_scenario
from substation.control.request import Ending
from substation.image import Mode
from tests.virtual.crew import CREW_ACTS
from tests.virtual.healing import FINAL
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import VirtualSite, changed_site
from tests.virtual.world import NotReachedError, Plant, open_site

FOLDER = Path(__file__).parents[1] / "cases" / "scenarios"
QUIET_S = 20.0
ONTO_FAULT = "closed onto fault "
"""How the witness begins that line."""


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.toml"))


def site_of(scenario: Scenario) -> VirtualSite:
    return changed_site("scenario", scenario.site, scenario.world)


def flaws_of_file(file: Path, seed: int = 1) -> list[str]:
    """Everything that is not as the file expects, with the story behind it; empty when all is."""
    scenario = open_scenario(file)

    async def main(loop: VirtualLoop) -> list[str]:
        async with open_site(loop, site_of(scenario), seed) as plant:
            flaws = await play(plant, scenario)
            return [file.stem, *flaws, plant.story(120)] if flaws else []

    return run(main, seed)


async def play(plant: Plant, scenario: Scenario) -> list[str]:
    expected, start_s = scenario.expect, plant.loop.time()
    if expected is None:
        return ["the file says nothing of what must come"]
    flaws: list[str] = []
    acts: list[Disturbance | PersonAct] = sorted((*scenario.acts, *scenario.people), key=lambda each: each.at_s)
    for act in acts:
        await plant.forward(max(0.0, start_s + act.at_s - plant.loop.time()))
        if isinstance(act, PersonAct):
            flaws += await _person(plant, act)
        else:
            await _disturb(plant, act)
    if expected.outcome == "quiet":
        await plant.forward(expected.within_s)
    try:
        await plant.run_until(lambda: _is_over(plant, expected), expected.within_s, f"not {expected.outcome}")
    except NotReachedError as error:
        flaws.append(str(error).partition("\n")[0])
    await plant.forward(QUIET_S)
    return [*flaws, *safe(plant, expected), *_outcome(plant, expected), *_unsaid(plant, expected)]


async def _disturb(plant: Plant, act: Disturbance) -> None:
    if act.kind not in FACE_KINDS:
        disturb(plant.world, act, plant.loop.clock())
        plant.field.poke()
    elif act.kind in ("thaw", "revive"):
        await plant.field.mend(act.target)
    else:
        (plant.field.hang if act.kind == "freeze" else plant.field.cut)(act.target)


async def _person(plant: Plant, act: PersonAct) -> list[str]:
    refusal, wanted = await _answer(plant, act), str(act.keys.get("refused", ""))
    if bool(refusal) is bool(wanted) and wanted in refusal:
        return []
    return [f"{act.kind} {act.target}: {refusal or 'was not refused'}"]


async def _answer(plant: Plant, act: PersonAct) -> str:
    """What the unit says against it, '' when it does it."""
    if act.kind == "mode":
        await plant.station.modes.set(act.target, Mode[str(act.keys["mode"]).upper()])
        return ""
    if act.kind in CREW_ACTS:
        return await CREW_ACTS[act.kind](plant, act.target)
    if act.kind == "write":
        given = {
            key.removeprefix("value_"): each for key, each in act.keys.items() if key not in ("variable", "refused")
        }
        answer = await plant.write(str(act.keys["variable"]), act.target, given.get("value", dict(given)))
        return answer.text
    result = await plant.command(act.target, act.kind == "close")
    return "" if result.ending in (Ending.ACCEPTED, Ending.CONFIRMED) else result.reason or result.ending.value


def _orders(plant: Plant) -> list[Order]:
    return [order for order in plant.orders if order.kind is OrderKind.ISOLATE_AND_RESTORE]


def _is_over(plant: Plant, expected: Expectation) -> bool:
    if expected.outcome in ("refused", "quiet"):
        return expected.outcome == "quiet" or not _unsaid(plant, expected)
    orders = _orders(plant)
    return len(orders) >= expected.orders and all(order.state in FINAL for order in orders)


def safe(plant: Plant, expected: Expectation) -> Iterator[str]:
    """What must hold whatever happens."""
    truth = plant.truth()
    found = list(plant.witness.look())
    onto_fault = [each for each in found if each.startswith(ONTO_FAULT)]
    yield from (each for each in found if each not in onto_fault[: expected.hidden])
    for what, times, allowed in (
        ("fed twice", truth.fed_twice, 0),
        ("closed onto a fault", truth.closed_onto_fault, expected.hidden),
        ("closed onto an island", truth.closed_onto_island, 0),
    ):
        if times != allowed:
            yield f"{what} {times} times"
    yield from (f"{each.element} is alive" for each in truth.faults
                if expected.faults_dead and each.exists and not each.dead)  # fmt: skip
    yield from (f"limit exceeded: {each}" for each in truth.limits_exceeded)
    dark = frozenset(load.partition("/")[0] for load in truth.unfed_loads)
    if expected.dark is not None and dark != expected.dark:
        yield f"dark are {sorted(dark)}"


def _outcome(plant: Plant, expected: Expectation) -> Iterator[str]:
    orders, truth = _orders(plant), plant.truth()
    crews = [order for order in plant.orders if order.kind is OrderKind.RESTORE_BY_CREW]
    if expected.crew and [order.state.value for order in crews[-1:]] != [expected.crew]:
        yield f"orders of crews: {[f'{order.id} {order.state.value}: {order.reason}' for order in crews]}"
    sent = [each for each in plant.witness.automatic() if isinstance(each.value, Dbpos)]
    for what, value, wanted in (("opened", Dbpos.OFF, expected.opened), ("closed", Dbpos.ON, expected.closed)):
        moved = frozenset(each.name.location for each in sent if each.value is value)
        if wanted is not None and moved != wanted:
            yield f"automation {what} {sorted(moved)}"
    ended = [f"{order.id} {order.state.value}: {order.reason}" for order in orders]
    match expected.outcome:
        case "healed":
            if [order.state for order in orders] != [OrderState.COMPLETED] * expected.orders:
                yield f"orders: {ended}"
            if truth.restorable_now and not expected.held:
                yield f"could still be fed: {truth.restorable_now}"
        case "stopped":
            if len(orders) != expected.orders or any(order.state is OrderState.COMPLETED for order in orders):
                yield f"orders: {ended}"
        case _:
            if sent or (orders and expected.outcome == "quiet"):
                yield f"automation moved {[f'{each.name.location} {each.value}' for each in sent]}; orders: {ended}"
    if expected.outcome == "quiet" and truth.unfed_loads and expected.dark is None:
        yield f"dark are {truth.unfed_loads}"


def _unsaid(plant: Plant, expected: Expectation) -> list[str]:
    told = [f"{line.location} {line.text}" for line in plant.lines]
    for order in plant.orders:
        told += [order.reason, order.unrestored_reason, *order.explanation, *(step.reason for step in order.steps)]
    return [f"nowhere is said {words}" for words in expected.says if not any(_holds(text, words) for text in told)]


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return all(word in text for word in words)
