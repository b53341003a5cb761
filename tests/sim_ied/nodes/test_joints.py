"""Bridges of a grid, against taking each edge away and looking."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sim_ied.agenda import Agenda
from sim_ied.nodes.grid import Edge, Grid
from sim_ied.nodes.joints import Joints
from sim_ied.nodes.switch import SWITCH, Switch

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), min_size=1, max_size=14)


def connected(edges: list[tuple[int, int, bool]], without: int, earth: int) -> bool:
    reached = {edges[without][0]}
    for _ in edges:
        for number, (a, b, closed) in enumerate(edges):
            if closed and number != without and earth not in (a, b) and (a in reached or b in reached):
                reached |= {a, b}
    return edges[without][1] in reached


@settings(max_examples=60, deadline=None)
@given(EDGES)
def test_joined_as_by_taking_the_edge_away(edges: list[tuple[int, int, bool]]) -> None:
    earth, agenda = 6, Agenda()
    made = [
        Edge(str(n), a, b, Switch(str(n), SWITCH, closed, agenda, lambda switch, now_ns: None))
        for n, (a, b, closed) in enumerate(edges)
    ]
    joints = Joints(Grid(made, [1.0] * 7, [0], {}, earth))
    for number, (a, b, _) in enumerate(edges):
        expected = earth not in (a, b) and (a == b or connected(edges, number, earth))
        assert joints.joined(number) == expected
