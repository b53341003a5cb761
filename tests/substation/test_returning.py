"""Returns to normal while they wait: planned when repaired, anew when a rule refuses, never over what people edited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.switching import Order, OrderState
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.rehearsed import Refused
from substation.mv.vos.judges import Judges
from substation.returning import SUFFIX, Returning
from tests.substation.mv.scene import Scene, oberrhein
from tests.substation.mv.test_normal import healed


@dataclass
class Desk:
    """Orders as the order desk keeps them."""

    orders: dict[str, Order] = field(default_factory=dict)
    unfinished: dict[str, Order] = field(default_factory=dict)
    proposed: list[Order] = field(default_factory=list)

    def get(self, name: str) -> Order | None:
        return self.orders.get(name)

    async def propose(self, order: Order) -> str:
        self.orders[order.id] = order
        self.proposed.append(order)
        return ""


@dataclass
class Lines:
    texts: list[str] = field(default_factory=list)

    def tell(self, *of: Any) -> None:
        self.texts.append(of[-1])


@dataclass
class Rules:
    """Refuse closings between two parts that are fed, or let everything pass."""

    topology: Topology
    parallels: bool = True

    def __call__(self, image: ProcessImage, order: Order) -> Refused | None:
        if self.parallels:
            return None
        closed = read_positions(image, self.topology.network).closed.copy()
        for step in order.steps:
            if step.position is None:
                continue
            fed = self.topology.tree(closed).root_of >= 0
            if step.position is Dbpos.ON and all(fed[node] for node in self.topology.nodes_of_element[step.element]):
                return Refused(step.element, frozenset({"S8"}), "S8: not now")
            closed[self.topology.arrays.switch_index[step.element]] = step.position is Dbpos.ON
        return None


@pytest.fixture(scope="module")
def network() -> Network:
    return oberrhein()


@dataclass
class Play:
    scene: Scene
    order: Order
    desk: Desk
    lines: Lines
    rules: Rules
    returning: Returning


@pytest.fixture
def play(network: Network) -> Play:
    topology = Topology(network)
    scene, order = healed(network, topology, "L163/W163")
    desk, lines, rules = Desk({order.id: order}), Lines(), Rules(topology)
    view: Callable[[], ProcessImage] = scene.image
    returning = Returning(topology, Judges(rules, rules), view, desk, lines)  # type: ignore[arg-type]
    return Play(scene, order, desk, lines, rules, returning)


def look(play: Play) -> None:
    asyncio.run(play.returning.look(play.order))


def test_it_is_planned_anew_as_the_next_revision_once_a_rule_refuses_it(play: Play) -> None:
    asyncio.run(play.returning.repaired(play.order))
    look(play)
    assert [each.revision for each in play.desk.proposed] == [1]
    assert any("closed together" in each for each in play.desk.proposed[0].remarks)
    play.rules.parallels = False
    look(play)
    assert [each.revision for each in play.desk.proposed] == [1, 2]
    assert not any("closed together" in each for each in play.desk.proposed[1].remarks)
    assert "planned anew" in play.lines.texts[-1]


@pytest.mark.parametrize("what", ["edited", "approved"])
def test_what_people_have_touched_is_left_to_them(play: Play, what: str) -> None:
    asyncio.run(play.returning.repaired(play.order))
    made = play.desk.proposed[0]
    theirs = replace(made, revision=2, steps=made.steps[:-1])
    play.desk.orders[made.id] = theirs if what == "edited" else replace(made, state=OrderState.EXECUTING)
    play.rules.parallels = False
    look(play)
    assert len(play.desk.proposed) == 1


def test_what_could_not_be_planned_is_tried_again_and_told_once(play: Play) -> None:
    opened = next(step.element for step in play.order.steps if step.position is Dbpos.OFF)
    play.scene.position(opened, Dbpos.INTERMEDIATE)
    asyncio.run(play.returning.repaired(play.order))
    look(play)
    assert (play.desk.proposed, len(play.lines.texts)) == ([], 1)
    assert "S14" in play.lines.texts[0]
    play.scene.position(opened, Dbpos.OFF)
    look(play)
    assert play.desk.proposed[0].id == play.order.id + SUFFIX
