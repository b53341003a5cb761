"""What an operator sees of each element: fed through which transformer, disconnected, earthed, unknown, looped."""

from __future__ import annotations

from models.point import Dbpos
from models.quality import STALE
from substation.control.numerics import Numerics
from substation.energisation import EnergisationView, changes
from substation.grid.topology import Topology
from tests.substation.control.world import CB1, CB2, DISCONNECTOR, EARTH1, NETWORK, TIE, World, pos

VIEW = EnergisationView(Numerics(Topology(NETWORK)))
ONE, TWO = "energised:OBR1/T1", "energised:OBR2/T1"


def states(world: World) -> dict[str, str]:
    return VIEW.states(world.image())


def lines(world: World) -> list[str]:
    found = states(world)
    return [found[f"L{number}/W{number}"] for number in (1, 2, 3, 4)]


def test_in_the_normal_diagram_every_element_is_fed_by_its_own_side() -> None:
    found = states(World())
    elements = {each.id for group in (NETWORK.nodes, NETWORK.lines, NETWORK.switches, NETWORK.transformers)
                for each in group}  # fmt: skip
    assert found.keys() == elements
    assert set(found.values()) == {ONE, TWO}
    assert lines(World()) == [ONE, ONE, ONE, TWO]


def test_what_no_source_reaches_is_dead_and_an_earth_makes_it_earthed() -> None:
    world = World()
    world.position(CB1, Dbpos.OFF)
    assert lines(world) == ["dead", "dead", "dead", TWO]
    assert states(world)[CB1] == ONE  # its other side is live
    assert states(world)[TIE] == TWO
    world.position(EARTH1, Dbpos.ON)
    assert lines(world) == ["earthed", "earthed", "earthed", TWO]
    world.position("ST1/K1/E01/Q0", Dbpos.OFF)
    assert lines(world) == ["earthed", "dead", "dead", TWO]


def test_a_position_in_doubt_is_unknown_beyond_it_never_dead() -> None:
    for doubt in (Dbpos.INTERMEDIATE, Dbpos.BAD):
        world = World()
        world.position(CB1, doubt)
        assert lines(world) == ["unknown", "unknown", "unknown", TWO]
    stale = World()
    stale.qualities[pos(DISCONNECTOR)] = int(STALE)
    assert lines(stale) == ["unknown", "unknown", "unknown", TWO]
    earthed = World()
    earthed.position(CB1, Dbpos.INTERMEDIATE)
    earthed.position(EARTH1, Dbpos.ON)
    assert lines(earthed)[0] == "unknown"  # an earth proves nothing while the breaker may be closed
    missing = World()
    missing.silent.add(pos("ST2/K1/E02/Q0"))
    assert lines(missing) == [ONE, ONE, "unknown", TWO]


def test_fed_from_the_other_side() -> None:
    world = World()
    world.position(CB1, Dbpos.OFF)
    world.position(TIE, Dbpos.ON)
    assert lines(world) == [TWO, TWO, TWO, TWO]
    world.position(CB2, Dbpos.OFF)
    assert lines(world) == ["dead"] * 4


def test_a_loop_shows_where_it_closes() -> None:
    world = World()
    world.position(TIE, Dbpos.ON)
    found = states(world)
    assert list(found.values()).count("looped") == 1
    assert set(lines(world)) <= {ONE, TWO}


def test_only_changes_are_told() -> None:
    assert changes({}, {"a": "dead"}) == {"a": "dead"}
    assert changes({"a": "dead", "b": ONE}, {"a": "dead", "b": TWO}) == {"b": TWO}
