"""Modes: the lower of the two rules, on disk before they rise, disabled when in doubt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.errors import StorageError
from substation.application import Plain
from substation.config import read_unit
from substation.image import Mode
from substation.modes import NAME, Modes
from tests.substation.history.disk import LARGE, line
from tests.substation.history.places import PageLimit
from tests.substation.parts import Core, core

pytestmark = pytest.mark.usefixtures("configured")

UNIT = """schema = 1
unit = {name = "OBR", level = "MVGMU"}
fdir = {mode = "manual", feeders = {E03 = "disabled"}}
"""


@pytest.fixture
def configured(tmp_path: Path) -> None:
    (tmp_path / "unit.toml").write_text(UNIT, encoding="utf-8")


def modes(made: Core, folder: Path, *feeders: str) -> Modes:
    return Modes(read_unit(folder / "unit.toml").self_healing, feeders or ("E03", "E04"), made.history)


def test_the_lower_of_the_two_rules(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            both = modes(made, tmp_path)
            assert both.unit is Mode.MANUAL
            assert both.feeders == {"E03": Mode.DISABLED, "E04": Mode.AUTOMATIC}
            assert both.effective() == {"E03": Mode.DISABLED, "E04": Mode.MANUAL}
            heard: list[Mode] = []
            both.changed = lambda: heard.append(both.unit)
            await both.set("", Mode.AUTOMATIC)
            assert both.effective() == {"E03": Mode.DISABLED, "E04": Mode.AUTOMATIC}
            await both.set("E04", Mode.MANUAL)
            await both.set("", Mode.DISABLED)
            assert set(both.effective().values()) == {Mode.DISABLED}
            assert heard == [Mode.AUTOMATIC, Mode.AUTOMATIC, Mode.DISABLED]
            with pytest.raises(KeyError):
                await both.set("E99", Mode.MANUAL)

    asyncio.run(main())


def test_what_operators_set_holds_over_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            await modes(made, tmp_path).set("", Mode.AUTOMATIC)
            await modes(made, tmp_path).set("E03", Mode.MANUAL)
        async with core(tmp_path) as made:
            both = modes(made, tmp_path)
            assert (both.unit, both.feeders["E03"]) == (Mode.AUTOMATIC, Mode.MANUAL)
            assert set(modes(made, tmp_path, "E04", "E05").feeders) == {"E04", "E05"}

    asyncio.run(main())


@pytest.mark.parametrize("stored", [{"": "FULL_SPEED", "E04": "AUTOMATIC"}, {"": 7}])
def test_what_cannot_be_read_is_disabled(tmp_path: Path, stored: Plain, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            await made.history.save_state(NAME, stored)
            assert modes(made, tmp_path).unit is Mode.DISABLED
            assert "of the unit is not known: it is disabled" in caplog.text

    asyncio.run(main())


def test_with_a_full_disk_modes_fall_but_do_not_rise(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            both = modes(made, tmp_path)
            await both.set("", Mode.MANUAL)
            disk = PageLimit(made.history)
            disk.full()
            made.events.record(line(LARGE))
            with pytest.raises(StorageError):
                await made.history.flush()
            made.history.load_state(NAME)
            original = made.history._save_state  # noqa: SLF001

            def larger(application: str, state: Plain) -> None:
                original(application, [state, LARGE])

            made.history._save_state = larger  # type: ignore[method-assign]  # noqa: SLF001
            with pytest.raises(StorageError, match="the state of modes cannot be kept"):
                await both.set("", Mode.AUTOMATIC)
            assert both.unit is Mode.MANUAL
            with pytest.raises(StorageError):
                await both.set("", Mode.DISABLED)
            assert both.unit is Mode.DISABLED
            disk.free()

    asyncio.run(main())


def test_a_person_who_lowers_wins_over_one_whose_rise_is_still_being_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            both = modes(made, tmp_path)
            await asyncio.gather(both.set("", Mode.AUTOMATIC), both.set("", Mode.DISABLED))
            assert both.unit is Mode.DISABLED
        async with core(tmp_path) as made:
            assert modes(made, tmp_path).unit is Mode.DISABLED

    asyncio.run(main())
