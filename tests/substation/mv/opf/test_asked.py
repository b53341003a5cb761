"""What other applications ask of OPF: it looks, says why, and does not search at every look while it lasts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.network.elements import Network
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.opf.advice import Reason
from substation.mv.opf.application import Opf, OpfState
from substation.mv.opf.settings import OpfSettings
from tests.substation.mv.scene import START_NS, Scene, Times

ASKED = ("overload of T1 is probable within hours",)
MINUTE_NS = 60_000_000_000


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    return Scene(network, Fdir(topology, Times()))


def test_it_looks_after_five_minutes_at_the_latest_and_says_who_asked(topology: Topology, quiet: Scene) -> None:
    opf = Opf(topology, OpfSettings(mode="advisory"))
    soon = opf.evaluate(replace(quiet.image(), asked=ASKED), OpfState(searched_ns=START_NS - MINUTE_NS))
    assert soon.state.given is None
    late = opf.evaluate(replace(quiet.image(), asked=ASKED), OpfState(searched_ns=START_NS - 5 * MINUTE_NS))
    assert late.state.given is not None
    assert late.state.given.reason is Reason.CORRECTIVE
    assert ASKED[0] in late.state.given.explanation[0]
    assert late.state.searched_ns == START_NS


def test_it_does_not_search_at_every_look(topology: Topology, quiet: Scene) -> None:
    opf = Opf(topology, OpfSettings(mode="advisory", saving_per_operation_w=1e5))
    state = OpfState(searched_ns=START_NS - 5 * MINUTE_NS)
    for _ in range(2):
        state = opf.evaluate(replace(quiet.image(), asked=ASKED), state).state
        quiet.time_ns += MINUTE_NS
    assert state.searched_ns == START_NS
