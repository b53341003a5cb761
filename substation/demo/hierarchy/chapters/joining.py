"""Every unit below another one has joined it: asked at each unit that has any."""

from __future__ import annotations

from collections import Counter

from protocols.exchange.client import Client
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.plan import Plan
from substation.demo.hierarchy.scene import Scene
from substation.level import Level

MEMBERS = "Members"
WITHIN_S = 180.0


async def tell(scene: Scene, claim: Claim) -> None:
    top = await scene.asking.at(scene.top)
    below = {unit.name for unit in scene.plan.units} - {scene.top}

    async def all_served() -> bool | None:
        return True if await served(top, scene.top) >= below else None

    await scene.until("the last unit", WITHIN_S, all_served)
    levels: Counter[str] = Counter()
    for unit in scene.plan.units:
        if unit.children and unit.level is not Level.CMU:
            states = await members(await scene.asking.at(unit.name), unit.name)
            joined = [name for name in unit.children if states.get(name, ("", ""))[0] == "joined"]
            levels.update(states[name][1] for name in joined)
            missing = sorted(set(unit.children) - set(joined))
            claim.expect(not missing, f"not joined at {unit.name}: {', '.join(missing)}")
    expected = expected_levels(scene.plan)
    claim.expect(levels == expected, f"joined are {dict(levels)}, not {dict(expected)}")
    claim.figures |= {f"joined_{level}": count for level, count in sorted(levels.items())}
    scene.say(", ".join(f"{count} {level}" for level, count in sorted(levels.items())) + " have joined the unit above")


def expected_levels(plan: Plan) -> Counter[str]:
    return Counter(unit.level.value for unit in plan.units if unit.parent)


async def members(client: Client, unit: str) -> dict[str, tuple[str, str]]:
    """State and level of each member by name, as the unit tells it."""
    shown = [each.value for each in await client.query(MEMBERS, unit)]
    return {str(each["name"]): (str(each["state"]), str(each["level"])) for each in shown if isinstance(each, dict)}


async def served(client: Client, unit: str) -> set[str]:
    """Members that are there, and all units that are reached through them."""
    found: set[str] = set()
    for instance in await client.query(MEMBERS, unit):
        value = instance.value
        if isinstance(value, dict) and value["state"] == "joined":
            serves = value["serves"]
            found |= {str(value["name"]), *(map(str, serves) if isinstance(serves, list) else ())}
    return found


async def until_states(scene: Scene, unit: str, names: set[str], state: str, within_s: float) -> None:
    """RingmainError when these members of the unit are not in that state in time."""
    client = await scene.asking.at(unit)

    async def as_expected() -> bool | None:
        states = await members(client, unit)
        return True if all(states.get(name, ("", ""))[0] == state for name in names) else None

    await scene.until(f"'{state}' of {', '.join(sorted(names))} at {unit}", within_s, as_expected)
