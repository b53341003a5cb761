"""The process image: what applications may rely on, and what they are told instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.point import Dbpos, PointName, Sample
from models.quality import Quality, is_stale
from substation.image import Missing, describe
from tests.substation.parts import BAY, FLAG, POSITION, POWER, TRIP, Core, run


def reason(core: Core, name: PointName) -> str:
    found = core.image.freeze(core.clock()).read(name)
    assert isinstance(found, Missing)
    assert found.point == name
    return found.reason


def test_only_what_is_good_is_read(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        assert reason(core, POSITION) == f"{POSITION} has never been received"
        assert reason(core, PointName("X", "Y")) == "no device has the point X/Y"
        core.put(POSITION, Dbpos.ON, Quality.CLOCK_NOT_SYNCHRONISED)
        found = core.image.freeze(core.clock()).read(POSITION)
        assert isinstance(found, Sample)
        assert found.value is Dbpos.ON
        for quality, words in (
            (Quality.INVALID, "invalid"),
            (Quality.QUESTIONABLE | Quality.OLD_DATA, "questionable, old data"),
            (Quality.SUBSTITUTED, "substituted"),
            (Quality.TEST, "test"),
        ):
            core.put(POSITION, Dbpos.ON, quality)
            assert reason(core, POSITION) == f"{POSITION} is not valid ({words})"
            assert core.image.freeze(core.clock()).raw(POSITION) is not None

    run(tmp_path, test)


def test_measured_values_age(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        core.put(POWER, 1.0)
        core.put(FLAG, True)
        core.clock.now_ns += 10 * 10**9
        assert isinstance(core.image.freeze(core.clock()).read(POWER), Sample)
        core.clock.now_ns += 1
        assert reason(core, POWER) == f"{POWER} is older than 10 s"
        assert isinstance(core.image.freeze(core.clock()).read(FLAG), Sample)

    run(tmp_path, test)


def test_a_frozen_image_never_changes(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        core.first_picture()
        frozen = core.image.freeze(core.clock())
        core.put(POSITION, Dbpos.OFF)
        core.image.invalidate_link("OBR1E03", core.clock())
        found = frozen.read(POSITION)
        assert isinstance(found, Sample)
        assert found.value is Dbpos.ON

    run(tmp_path, test)


def test_a_lost_link_takes_its_points_and_no_other(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        core.put(POSITION, Dbpos.ON, source_ns=5)
        core.put(POWER, 1.0, Quality.QUESTIONABLE | Quality.OLD_DATA)
        core.put(FLAG, True)
        told: list[list[Sample]] = []
        core.image.subscribe(told.append)
        core.clock.now_ns += 7
        lost = core.image.invalidate_link("OBR1E03", core.clock())
        assert told == [lost]
        assert [(each.value, each.source_time_ns) for each in lost] == [(Dbpos.ON, 5), (1.0, None)]
        assert all(is_stale(each.quality) and each.arrival_time_ns == core.clock() for each in lost)
        assert Quality(lost[1].quality).validity is Quality.INVALID
        assert core.image.get(core.handle(TRIP)) is None  # never received, so there is nothing to invalidate
        flag = core.image.get(core.handle(FLAG))
        assert flag is not None
        assert flag.quality == 0
        assert core.image.invalidate_link("OBR1E03", core.clock()) == []
        assert core.image.invalidate_link("nobody", core.clock()) == []

    run(tmp_path, test)


def test_one_listener_s_defect_keeps_nothing_from_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def test(core: Core) -> None:
        heard: list[object] = []
        defects: list[str] = []

        def broken(samples: list[Sample]) -> None:
            raise ZeroDivisionError("oops")

        core.image.on_defect = defects.append
        core.image.subscribe(broken)
        core.image.subscribe(heard.append)
        core.put(TRIP, True)
        core.put(TRIP, False)
        assert len(heard) == 2
        assert defects == ["defect: ZeroDivisionError: oops; see the log"]  # once, not with every sample
        assert caplog.text.count("a listener of the process image failed") == 2

    run(tmp_path, test)


def test_positions_are_found_by_their_switch(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        register = core.image.register
        assert register.position_of(f"{BAY}/Q0") == POSITION
        assert register.position_of(BAY) is None
        assert dict(register.positions) == {f"{BAY}/Q0": core.handle(POSITION)}
        assert register.of_link("ST1") == [core.handle(FLAG)]
        assert len(register) == 4

    run(tmp_path, test)


def test_quality_in_words() -> None:
    assert describe(0) == "good"
    assert describe(int(Quality.INVALID | Quality.OLD_DATA)) == "invalid, old data"
    assert describe(int(Quality.CLOCK_FAILURE)) == "clock failure"
