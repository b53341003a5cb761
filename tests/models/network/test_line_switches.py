"""Line reclosers and sectionalisers put into a network, and what the reader refuses of them."""

from __future__ import annotations

import pytest

from models.errors import ConfigError
from models.network.elements import Network, SwitchKind
from models.network.line_switches import with_reclosers, with_sectionalisers
from models.network.reader import read_network
from models.network.subset import subset
from models.network.writer import write_network
from tests.virtual.site import EXAMPLE


@pytest.fixture(scope="module")
def network() -> Network:
    return subset(read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json"), 24)


def test_reclosers_stand_within_the_feeder_that_feeds_them(network: Network) -> None:
    made = with_reclosers(network, ["ST75/K1/E02/Q0", "ST269/K1/E02/Q0"])
    outer, inner = made.feeders[-2:]
    assert (outer.within, inner.within) == ("OBR2/K1/E03", "ST75/K1/E02")
    breaker = next(each for each in made.switches if each.id == outer.breaker)
    assert (breaker.kind, breaker.remote) == (SwitchKind.BREAKER, True)
    pickups_a = [feeder.settings[0].pickup_a for feeder in (made.feeders[1], outer, inner)]
    assert pickups_a == sorted(pickups_a, reverse=True)
    assert read_network(write_network(made), "written.json") == made


def test_sectionalisers_are_kept_by_the_file(network: Network) -> None:
    made = with_sectionalisers(network, {"ST269/K1/E02/Q0": 2})
    assert read_network(write_network(made), "written.json") == made


@pytest.mark.parametrize("name", ["OBR2/K1/E03/Q0", "ST999/K1/E01/Q0"])
def test_only_load_break_switches_become_reclosers(network: Network, name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' is no load-break switch"):
        with_reclosers(network, [name])


def test_a_recloser_within_itself_is_refused(network: Network) -> None:
    text = write_network(with_reclosers(network, ["ST75/K1/E02/Q0"]))
    wrong = text.replace('"within": "OBR2/K1/E03"', '"within": "ST75/K1/E02"')
    with pytest.raises(ConfigError, match="'ST75/K1/E02' stands within itself"):
        read_network(wrong, "network.json")
