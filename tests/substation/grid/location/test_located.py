"""Properties of location by likelihood on random feeders, and agreement with enumeration of all hypotheses."""

from __future__ import annotations

import math
from itertools import combinations
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from substation.grid.location.evidence import Rates, Shown, Witness
from substation.grid.location.located import Question, locate_on_tree, percent
from substation.grid.location.posterior import SECOND_FAULT
from substation.grid.location.sections import Places
from tests.substation.grid.location.feeders import Feeder, feeder

quick = settings(max_examples=60, deadline=None)
CERTAINTY = 0.95

feeders = st.builds(lambda seed, size: feeder(Random(seed), size), st.integers(0, 10**6), st.integers(2, 40))


@st.composite
def faulted(draw) -> tuple[Feeder, int]:
    grid = draw(feeders)
    return grid, draw(st.integers(0, len(grid.parent) - 1))


@given(faulted())
@quick
def test_full_and_correct_flags_locate(case: tuple[Feeder, int]) -> None:
    grid, fault = case
    found = locate_on_tree(grid.question(grid.way(fault)), CERTAINTY)
    assert found.places == {fault}
    assert found.probability > 0.99
    assert found.suspects == ()
    assert found.enclosed == {fault}
    assert found.failures == 0


@given(faulted(), st.data())
@quick
def test_one_wrong_indicator_never_leaves_the_fault_outside(case: tuple[Feeder, int], data) -> None:
    """Where the flags contradict each other. What looks like a fault one section further is no contradiction: silence
    of the last one on the way, or the false flag of the next one (decision 18)."""
    grid, fault = case
    assume(len(grid.parent) > 1)
    wrong = data.draw(st.integers(1, len(grid.parent) - 1))
    found = locate_on_tree(grid.question(grid.way(fault) ^ {wrong}), CERTAINTY)
    if wrong == fault or wrong in grid.children(fault):
        assert found.failures == 0
        return
    assert found.failures == 1
    assert fault in found.enclosed
    if found.places == {fault}:
        assert found.suspects == (str(wrong),)
    assert found.enclosed_probability >= CERTAINTY


@given(faulted(), st.data())
@quick
def test_unknown_indicators_widen_and_never_mislead(case: tuple[Feeder, int], data) -> None:
    grid, fault = case
    unknown = data.draw(st.sets(st.integers(1, max(1, len(grid.parent) - 1)), max_size=5))
    full = locate_on_tree(grid.question(grid.way(fault)), CERTAINTY)
    found = locate_on_tree(grid.question(grid.way(fault), unknown), CERTAINTY)
    assert fault in found.places
    assert full.enclosed <= found.enclosed
    known_here = locate_on_tree(grid.question(grid.way(fault), unknown - {fault, *grid.children(fault)}), CERTAINTY)
    assert len(known_here.places) <= len(found.places)


@given(faulted(), st.randoms(use_true_random=False))
@quick
def test_same_answer_when_numbered_otherwise(case: tuple[Feeder, int], random: Random) -> None:
    grid, fault = case
    order = [0]
    while len(order) < len(grid.parent):
        ready = [each for each, above in enumerate(grid.parent) if above in order and each not in order]
        order.append(random.choice(ready))
    number = {old: new for new, old in enumerate(order)}
    other = Feeder(tuple(-1 if old == 0 else number[grid.parent[old]] for old in order))
    flags = grid.way(fault) ^ {max(1, fault // 2)} if len(grid.parent) > 1 else set()
    one = locate_on_tree(grid.question(flags), CERTAINTY)
    two = locate_on_tree(other.question({number[each] for each in flags}), CERTAINTY)
    assert two.enclosed == {number[each] for each in one.enclosed}
    assert two.probability == pytest.approx(one.probability, rel=1e-9)


@given(faulted(), st.data())
@quick
def test_agrees_with_every_hypothesis_one_by_one(case: tuple[Feeder, int], data) -> None:
    """All single faults and all pairs of unrelated ones, each with the plain product of its likelihoods."""
    grid, _ = case
    assume(1 < len(grid.parent) <= 14)
    flags = data.draw(st.sets(st.integers(1, len(grid.parent) - 1)))
    rates = Rates(0.05, 0.01)
    weights, count = {}, len(grid.parent)
    for one in range(count):
        weights[frozenset({one})] = (1 - SECOND_FAULT) / count * _likelihood(grid, {one}, flags, rates)
    for one, other in combinations(range(count), 2):
        if one not in {0, *grid.way(other)} and other not in {0, *grid.way(one)}:
            weights[frozenset({one, other})] = (
                2 * SECOND_FAULT / count**2 * _likelihood(grid, {one, other}, flags, rates)
            )
    total = math.fsum(weights.values())
    found = locate_on_tree(grid.question(flags, rates=rates), CERTAINTY)
    inside = math.fsum(weight for faults, weight in weights.items() if faults <= found.enclosed)
    assert found.enclosed_probability == pytest.approx(inside / total, abs=1e-9)
    best = max(weights.values())
    likeliest = weights[frozenset(found.places)]
    assert likeliest == pytest.approx(best, rel=1e-9)
    for section in found.candidates:
        (place,) = section.places
        expected = math.fsum(weight for faults, weight in weights.items() if place in faults) / total
        assert section.probability == pytest.approx(expected, abs=1e-9)


def _likelihood(grid: Feeder, faults: set[int], flags: set[int], rates: Rates) -> float:
    passed = set().union(*(grid.way(each) for each in faults))
    product = 1.0
    for each in range(1, len(grid.parent)):
        wrong = rates.missed if each in passed else rates.false
        product *= 1 - wrong if (each in flags) == (each in passed) else wrong
    return product


def test_two_faults_on_two_ways() -> None:
    grid = Feeder((-1, 0, 1, 2, 1, 4))
    found = locate_on_tree(grid.question({1, 2, 3, 4, 5}), CERTAINTY)
    assert found.places == found.enclosed == {3, 5}
    assert found.failures == 1


def test_two_faults_are_certain_by_two_flags_on_each_way_and_not_by_a_lone_one() -> None:
    """By hand: the second fault weighs 2 x 0.0005 / 36 before against 1 / 6 of one section alone, two false flags
    0.0001 squared, a lone one 0.0001: 0.0000278 / (0.0000278 + 0.1667 x 0.0001) = 0.625."""
    grid = Feeder((-1, 0, 1, 2, 1, 4))
    rates = Rates(0.002, 0.0001)
    assert locate_on_tree(grid.question({1, 2, 3, 4, 5}, rates=rates), CERTAINTY).two > 0.999
    lone = locate_on_tree(grid.question({1, 2, 3, 4}, rates=rates), CERTAINTY)
    assert lone.places == {3, 4}
    assert lone.two == pytest.approx(0.625, abs=0.01)
    assert locate_on_tree(grid.question({1, 2, 3}, rates=rates), CERTAINTY).two < 0.01


def test_old_indicators_that_are_silent_say_little() -> None:
    grid = Feeder((-1, 0, 1, 2))
    poor = locate_on_tree(grid.question({1}, rates=Rates(0.3, 0.002)), CERTAINTY)
    assert poor.places == {1}
    assert poor.probability < 0.8
    assert poor.enclosed > {1}


def test_reverse_and_non_directional_beside_machines() -> None:
    rates = Rates(0.002, 0.0002)

    def passed_over_missed(**keys) -> float:
        witness = Witness("A", 1, rates=rates, infeed=True, **keys)
        return witness.passed - witness.missed

    assert passed_over_missed(shown=Shown.SILENT) == 0
    assert passed_over_missed(shown=Shown.PASSED) > math.log(1000)
    assert passed_over_missed(shown=Shown.AGAINST) < -math.log(1000)
    assert passed_over_missed(shown=Shown.SILENT, directional=False) == 0
    assert 0 < passed_over_missed(shown=Shown.PASSED, directional=False) < math.log(10)


def test_measured_distance_weighs_and_contradicts() -> None:
    places = Places((-1, 0, 1), (1.0, 1.0, 1.0), (-50.0, -0.5, 0.0), (True, False, False))
    found = locate_on_tree(Question(places, [Witness("A", 1, Shown.SILENT, Rates(0.002, 0.0002))]), CERTAINTY)
    assert found.failures == 1, "either the indicator or the distance is wrong"
    assert found.enclosed == {0, 1, 2}


def test_probabilities_are_never_rounded_up() -> None:
    assert percent(0.99999) == "99.9 %"
    assert percent(0.0001) == "below 0.1 %"


def test_rates_have_to_be_probabilities() -> None:
    with pytest.raises(ValueError, match="no probabilities"):
        Rates(0.0, 0.1)
