"""What unit.toml says of the rules, and what a person says of a trip."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.config import read_toml
from models.errors import ConfigError
from models.wire.keys import KeyId
from models.wire.messages import Code
from substation.control.database import Database
from substation.control.rule_settings import RuleSettings, read_rules
from substation.control.trip_board import TripBoard
from substation.exchange.access import Identity, Role
from substation.exchange.variables import RefusedError
from substation.variables.trips import TripWrites
from tests.substation.control.world import F1, NETWORK, NOW_NS, REGISTER, World

TEXT = """
[parallels]
longest_s = 60
[[parallels.released]]
sources = ["A/IFL1", "B/IFL1"]
angle_difference_deg = 2
[restoring]
cold_load_pu = 1.5
[[overload]]
asset = "L1/W1"
loading_pu = 1.2
duration_s = 900
[market]
demonstration = true
[[market.contract]]
holder = "pool"
assets = ["ST3/K1/G1"]
"""


def _read(text: str) -> RuleSettings:
    return read_rules(read_toml(f"schema = 1\n{text}", "unit.toml"))


def test_settings_are_read_and_nothing_is_released_without_them() -> None:
    rules = _read(TEXT)
    released = rules.parallels.between("B/IFL1", "A/IFL1")
    assert released is not None
    assert (released.angle_difference_deg, rules.parallels.longest_s) == (2.0, 60.0)
    assert rules.overloads["L1/W1"].loading_pu == 1.2
    assert rules.contracts["pool"].assets == {"ST3/K1/G1"}
    assert rules.demonstration
    assert _read("") == RuleSettings()
    assert RuleSettings().parallels.between("A/IFL1", "B/IFL1") is None


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("longest_s = 60", "longest_s = -1", "longest_s"),
        ('"A/IFL1", "B/IFL1"', '"A/IFL1"', "two sources"),
        ("cold_load_pu = 1.5", "cold_load_pu = 0.5", "cold_load_pu"),
        ("loading_pu = 1.2", "loading_pu = nan", "loading_pu"),
        ("duration_s = 900", "", "duration_s"),
        ("demonstration = true", "demo = true", "demo"),
    ],
)
def test_bad_settings_are_refused_with_their_line(before: str, after: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        _read(TEXT.replace(before, after))


def test_s10_a_person_says_what_the_trip_was(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []

    async def play() -> None:
        database = await Database.open(tmp_path / "control.sqlite")
        board = await TripBoard.open(database, NETWORK.feeders, REGISTER, lambda: NOW_NS)
        writes = TripWrites(board, lambda location, text: told.append((location, text)))
        ada = Identity(KeyId(b"\x00" * 8), "Ada", Role.OPERATOR)
        world = World()
        board.take(list(world.samples().values()))
        world.set(F1, "PTRC1.Tr", True)
        board.take(list(world.samples().values()))
        assert board.trips
        for bad in ("", "  ", 5):
            with pytest.raises(RefusedError):
                await writes.write("Trip.Examined", F1, bad, ada)
        assert (await writes.write("Trip.Examined", F1, "a crane, gone", ada)).code is Code.OK
        assert (await writes.write("Trip.Examined", F1, "a crane, gone", ada)).code is Code.REFUSED
        assert not board.trips
        await database.close()

    asyncio.run(play())
    assert told == [(F1, f"trip of {F1} examined by Ada: a crane, gone")]
