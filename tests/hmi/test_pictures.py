"""Pictures of whole phases, saved for people to look at; what is asserted is that nothing is missing in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from hmi.screenshots import Screenshots
from models.point import Dbpos
from models.wire.cbor import WireValue
from tests.hmi.orders import case, executing, proposed
from tests.hmi.small_unit import SmallUnit

FEEDER = "OBR2/K1/E03"
_EVENTS = (
    ("OBR2/K1/E03", "PTOC2 start", 1),
    ("OBR2/K1/E03", "protection trip (PTRC1.Tr)", 3),
    ("OBR2/K1/E03/Q0", "circuit-breaker open", 2),
    ("ST110/K1/E03", "short circuit indication forward", 2),
    ("ST103/K1/E02", "short circuit indication forward", 2),
    ("ST41", "link down: no answer to TESTFR within 15 s", 2),
    ("OBR2/K1/E03", "auto-reclosing locked out", 3),
    ("OBR", "FDIR: order OBR-2026-0007 proposed, waits for approval", 3),
)


def bay_values(feeder: str) -> list[tuple[str, str, WireValue]]:
    return [
        (feeder, "LLN0.Loc", False),
        (feeder, "MMXU1.PPV.phsAB", 20412.0),
        (feeder, "MMXU1.A.phsA", 0.0),
        (feeder, "MMXU1.TotW", 0.0),
        (feeder, "PTRC1.Tr", True),
        (feeder, "RREC1.AutoRecSt", 9),
        (f"{feeder}/Q0", "XCBR1.EEHealth", 1),
        (f"{feeder}/Q0", "XCBR1.CBOpCap", 5),
        (f"{feeder}/Q0", "CILO1.EnaOpn", True),
        (f"{feeder}/Q0", "CILO1.EnaCls", False),
        (f"{feeder}/Q0", "XCBR1.Loc", False),
        ("OBR2/T1", "YLTC1.TapPos", -3),
        ("OBR2/T1", "ATCC1.Auto", True),
    ]


def fault(unit: SmallUnit) -> None:
    """A permanent fault on L056: tripped, located, an order proposed."""
    unit.put_many(bay_values(FEEDER))
    for location, text, severity in _EVENTS:
        unit.event(text, location, severity, age_ns=70_000_000)
    for place in ("ST110/K1/E03", "ST103/K1/E02"):
        unit.put("SFPI1.FwdFlt", True, place)
    unit.position(f"{FEEDER}/Q0", Dbpos.OFF)
    unit.put("Cases", case("OBR-2026-0007"))  # type: ignore[arg-type]  # plain
    unit.order(proposed())
    up: WireValue = True
    for name in ("OBR1E01", "OBR2E03", "ST0", "ST41"):
        unit.put(
            "Links",
            {"name": name, "protocol": "iec104", "up": name != "ST41" and up, "reason": "", "since_ns": 1},
            key=name,
        )


def isolated(unit: SmallUnit) -> None:
    unit.position("ST103/K1/E02/Q0", Dbpos.OFF)
    unit.position("ST33/K1/E02/Q0", Dbpos.INTERMEDIATE)
    tag = {"id": 4, "kind": "fault isolation, do not close", "element": "ST103/K1/E02/Q0", "holder": "FDIR"}
    unit.put("Tags", {"tags": [{**tag, "placed_ns": 1_795_000_000_000_000_000, "reference": "OBR-2026-0007"}]})
    unit.order(executing(2))


@pytest.mark.parametrize("view", ["map", "ladder"])
def test_pictures_of_a_fault(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path, view: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import os

    reader, writer = os.pipe()
    shots = Screenshots(window, tmp_path, reader, window)
    fault(unit)
    qtbot.waitUntil(lambda: window.fdir.orders.order is not None, timeout=20_000)
    qtbot.waitUntil(lambda: window.state.position(f"{FEEDER}/Q0") is Dbpos.OFF, timeout=20_000)
    assert shots.obey(f"view {view}") == "done"
    assert shots.obey("choose nonsense").startswith("error: no element 'nonsense'")
    assert shots.obey(f"choose {FEEDER}/Q0") == "done"
    qtbot.waitUntil(lambda: window.faceplate.values.rowCount() > 10, timeout=20_000)
    assert window.state.fault_zone == frozenset(proposed().zone)
    os.write(writer, b"shot located\nshot ../x\n")
    qtbot.waitUntil((tmp_path / "located.png").exists, timeout=20_000)
    isolated(unit)
    qtbot.waitUntil(lambda: window.state.tags("ST103/K1/E02/Q0") == "F", timeout=20_000)
    assert shots.obey("choose ST103/K1/E02/Q0") == "done"
    assert shots.obey("shot isolated") == f"saved {tmp_path / 'isolated.png'}"
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"saved {tmp_path / 'located.png'}"
    assert out[1].startswith("error: '../x' is no file name")
    os.close(writer)
    qtbot.waitUntil(window.isHidden, timeout=20_000)  # the end of its input ends the window
    os.close(reader)
