"""The file of what must survive a crash, taken away under a running unit (SAFETY S21)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.errors import StorageError
from substation.control.database import Database
from substation.tag_board import TagBoard
from substation.tags import TagKind


@pytest.mark.parametrize("ending", ["", "-wal"])
@pytest.mark.parametrize("back", [False, True])
def test_nothing_counts_as_written_to_a_file_that_is_gone(tmp_path: Path, ending: str, back: bool) -> None:
    file = tmp_path / f"control.sqlite{ending}"

    async def main() -> None:
        database = await Database.open(tmp_path / "control.sqlite")
        board = await TagBoard.open(database)
        await board.place(TagKind.CAUTION, ["L1"], "Bo", 1)
        aside = file.rename(tmp_path / "aside")
        if back:
            file.write_bytes(aside.read_bytes())
        if back and ending:  # a copy of the log under its name: nobody can tell, and SQLite replays what it holds
            await database.close()
            return
        with pytest.raises(StorageError, match="restart the unit"):
            await board.place(TagKind.CAUTION, ["L2"], "Bo", 1)
        assert [tag.element for tag in board.tags] == ["L1"]
        file.unlink(missing_ok=True)
        aside.rename(file)
        await database.close()

    asyncio.run(main())
