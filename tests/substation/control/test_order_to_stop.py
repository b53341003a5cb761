"""S22: what a running order may command no more, whoever asks in its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from models.point import Dbpos, PointName
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.control.request import Request
from substation.image import Mode
from tests.substation.control.bench import FDIR, PERSON, Bench
from tests.substation.control.test_executor import carry_out, run, when_operating
from tests.substation.control.world import CB1, F1, F2, ISOLATING, TIE, pos

Act = Callable[[Bench], object]


def trip(made: Bench) -> None:
    made.field.world.set(F2, "PTRC1.Tr", True)
    made.field.publish()


def take_over(made: Bench) -> None:
    made.background.append(asyncio.ensure_future(made.desk.take_over("FDIR-1", PERSON)))


def disable(made: Bench) -> None:
    made.modes[F1] = Mode.DISABLED


def nothing(_made: Bench) -> None: ...


def forbidden(made: Bench, element: str, value: Dbpos) -> bool:
    """Whether what is asked beside the executor is refused for this reason."""
    found = made.gate.refusals(Request(pos(element), value, FDIR, order="FDIR-1"))
    return any(each.rule == "S22" and "FDIR-1 has to stop" in each.text for each in found)


@pytest.mark.parametrize(
    ("act", "at", "closes", "opens"),
    [
        (nothing, ISOLATING[0], False, False),
        (trip, ISOLATING[0], True, False),
        (trip, CB1, True, True),
        (disable, ISOLATING[0], True, False),
        (disable, CB1, True, True),
        (take_over, ISOLATING[0], True, True),
    ],
)
def test_s22_beside_the_executor(tmp_path: Path, act: Act, at: str, closes: bool, opens: bool) -> None:
    """At the instant when something happens, before the executor itself comes to look."""

    async def work(made: Bench) -> None:
        seen: list[tuple[bool, bool]] = []

        async def ask() -> str:
            seen.append((forbidden(made, TIE, Dbpos.ON), forbidden(made, ISOLATING[1], Dbpos.OFF)))
            return ""

        def happens() -> None:
            act(made)
            made.background.append(asyncio.ensure_future(ask()))

        when_operating(made, at, happens)
        await carry_out(made)
        assert seen == [(closes, opens)]
        assert not forbidden(made, TIE, Dbpos.ON)  # it has ended: another rule says so

    run(tmp_path, work)


def test_s22_a_step_of_a_tap_changer_neither(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        seen: list[str] = []

        def happens() -> None:
            trip(made)
            seen.append(made.executor.to_stop(RegulatingRequest(TAP, SetPoint(3), FDIR, order="FDIR-1")))

        when_operating(made, ISOLATING[0], happens)
        await carry_out(made)
        assert len(seen) == 1
        assert F2 in seen[0]

    run(tmp_path, work)


TAP = PointName("OBR1/T1/TC", "ATCC1.TapChg")
