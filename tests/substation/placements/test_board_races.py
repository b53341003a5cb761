"""What happens to the boards of tags and placements while they wait for the disk (SAFETY S17)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from models.command import Originator, OriginatorCategory
from substation.control.database import Database
from substation.placements.board import PlacementBoard
from substation.placements.placement import Placement, PlacementKind
from substation.tag_board import TagBoard
from substation.tags import TagKind

EARTH = Placement(0, PlacementKind.EARTH, "L1", "Bo", 1)
PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
LATE = "S1: L1 may be fed"


def _answers(*texts: str) -> Callable[[Placement], str]:
    remaining = iter(texts)
    return lambda placement: next(remaining)


def test_s1_a_placement_is_judged_again_when_it_is_on_disk(tmp_path: Path) -> None:
    async def main() -> None:
        database = await Database.open(tmp_path / "control.sqlite")
        board = await PlacementBoard.open(database)
        assert await board.place(EARTH, _answers("", LATE)) == LATE
        assert board.placements == ()
        assert (await PlacementBoard.open(database)).placements == ()
        placed = await board.place(EARTH, _answers("", ""))
        assert isinstance(placed, Placement)
        assert await board.remove(placed.id, _answers("", LATE)) == LATE
        assert board.placements == (placed,) == (await PlacementBoard.open(database)).placements
        await database.close()

    asyncio.run(main())


def test_two_people_remove_the_same_tag_at_the_same_instant(tmp_path: Path) -> None:
    async def main() -> None:
        database = await Database.open(tmp_path / "control.sqlite")
        board = await TagBoard.open(database)
        (tag,) = await board.place(TagKind.CAUTION, ["L1"], "Bo", 1)
        first, second = await asyncio.gather(board.remove(tag.id, PERSON), board.remove(tag.id, PERSON))
        assert first == ""
        assert "somebody else has just removed" in second
        await database.close()

    asyncio.run(main())
