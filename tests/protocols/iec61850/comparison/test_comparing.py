"""The whole comparison against simulated devices that are otherwise than their SCL in one thing each."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

import pytest

from models.difference import Difference
from models.scl.expected import ExpectedDevice, expected_of
from models.scl.expected_text import pack, unpack
from models.scl.findings import Severity
from protocols.iec61850.comparison.comparing import Comparison, compare_device
from protocols.iec61850.comparison.names import Names
from tests.sim_ied.scl_site.sites import connect

from .mutations import MUTATIONS, Mutation
from .sites import changed, original

SCL = original()
EXPECTED = expected_of(SCL, SCL.ieds[0])
Address = tuple[str, int]


def finished(steps: Generator[None, None, tuple[Difference, ...]]) -> tuple[Difference, ...]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return tuple(end.value)


def compared(address: Address, expected: ExpectedDevice) -> tuple[Difference, ...]:
    client = connect(address)
    try:
        return finished(compare_device(client, Names.read(client), expected))
    finally:
        client.close()


def differences(old: str = "", new: str = "") -> tuple[Difference, ...]:
    async def scenario() -> tuple[Difference, ...]:
        async with changed(old, new) as address:
            return await asyncio.to_thread(compared, address, EXPECTED)

    return asyncio.run(scenario())


def test_a_device_as_its_scl_differs_in_nothing() -> None:
    assert [each.text for each in differences()] == []


@pytest.mark.parametrize("kind", MUTATIONS)
def test_what_is_otherwise_is_told_with_both_values_line_and_what_it_touches(kind: str) -> None:
    mutation: Mutation = MUTATIONS[kind]
    found = differences(mutation.old, mutation.new)
    said = next((each for each in found if each.text == mutation.text), None)
    assert said is not None, [each.text for each in found]
    assert said.severity is mutation.severity
    assert said.file == "device.icd"
    assert said.line
    assert said.blocks is bool(mutation.touches)
    if mutation.touches:
        assert said.concerns(mutation.touches)
        assert not said.concerns("IED1LD0/RREC1.BlkRecX")


def test_what_is_known_of_an_unchanged_device_is_not_asked_for_again() -> None:
    mutation = MUTATIONS["ctlModel"]

    def twice(address: Address) -> list[int]:
        client, comparison = connect(address), Comparison(pack(EXPECTED))
        try:
            steps = []
            for _ in range(2):
                asked = comparison.steps(client, Names.read(client))
                steps.append(sum(1 for _ in asked))
                assert [each.text for each in comparison.found] == [mutation.text]
            return steps
        finally:
            client.close()

    async def scenario() -> None:
        async with changed(mutation.old, mutation.new) as address:
            first, second = await asyncio.to_thread(twice, address)
            assert first > len(EXPECTED.nodes)
            assert second == 1

    asyncio.run(scenario())


def test_what_the_scl_says_survives_its_journey() -> None:
    assert unpack(pack(EXPECTED)) == EXPECTED


@pytest.mark.parametrize("text", ["", "x", "~~~~", pack(EXPECTED)[:-8]])
def test_what_is_no_such_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not what the SCL says"):
        unpack(text)


def test_a_device_that_is_another_one_is_told_in_bounded_lines() -> None:
    nodes = {f"IED1LD0/GGIO{number}": next(iter(EXPECTED.nodes.values())) for number in range(2000)}
    other = ExpectedDevice("other.icd", EXPECTED.domains, nodes, EXPECTED.types)

    async def scenario() -> tuple[Difference, ...]:
        async with changed() as address:
            return await asyncio.to_thread(compared, address, other)

    found = asyncio.run(scenario())
    assert len(found) == 501
    assert found[-1].severity is Severity.LOSS
    assert found[-1].concerns("IED1LD0/GGIO1999.Ind1")
