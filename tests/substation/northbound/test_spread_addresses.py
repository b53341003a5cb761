"""A unit whose SCD spreads, inverts and counts, read by hat-drivers as its control centre."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from models.command import Action
from models.point import Cdc, Dbpos, PointName
from tests.peers.iec104 import control_centre
from tests.substation.commands.small_site import small_site
from tests.substation.unit_bench import running

BREAKER = PointName("OBR1/K1/E03/Q0", "CSWI1.Pos")
HEALTH = PointName("OBR1/K1/E03/Q0", "XCBR1.EEHealth")
LOCAL = PointName("OBR1/K1/E03", "LLN0.Loc")
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}
STATION = 3  # of OBR1E03


def _spread(scd: Path) -> None:
    """Position and command over two contacts each, health over three objects, local control inverted."""
    text = scd.read_text(encoding="utf-8")
    for old, new in (
        ('ioa="51" ti="31"', [f'ioa="{1050 + n}" ti="30" expectedValue="{n}"' for n in (1, 2)]),
        ('ioa="151" ti="46"', [f'ioa="{1150 + n}" ti="45" expectedValue="{n}"' for n in (1, 2)]),
        ('ioa="54" ti="35"', [f'ioa="{1060 + n}" ti="30" expectedValue="{n}"' for n in (1, 2, 3)]),
        ('ioa="1" ti="30"', ['ioa="1" ti="30" inverted="true"']),
    ):
        addresses = "".join(f'<eTr_104:Address casdu="{STATION}" {each}/>' for each in new)
        text, count = re.subn(f'<eTr_104:Address casdu="{STATION}" {old}/>', addresses, text)
        assert count == 1, old
    scd.write_text(text, encoding="utf-8")


def test_a_control_centre_reads_and_commands_what_the_scd_spreads(tmp_path: Path) -> None:
    small_site(tmp_path)
    _spread(tmp_path / "scd.xml")

    async def main() -> None:
        async with running(tmp_path) as unit, control_centre(*unit.centre) as peer:
            points = (await peer.order("interrogate", STATION))["points"]
            assert [points[f"3/{n}"] for n in (1051, 1052)] == [False, True]
            assert [points[f"3/{n}"] for n in (1061, 1062, 1063)] == [True, False, False]
            assert points["3/1"] is True  # under remote control
            await unit.field.tell(HEALTH, 3)
            told = [await peer.order("event", 5.0) for _ in range(2)]
            while any(each["time_ms"] is None for each in told):  # the first picture of the field
                told = [*told[1:], await peer.order("event", 5.0)]
            assert [(each["point"], each["value"]) for each in told] == [("3/1061", False), ("3/1063", True)]
            assert len({each["time_ms"] for each in told}) == 1
            assert await peer.order("command", STATION, 1151, False, True) == REFUSED  # its off means nothing
            assert await peer.order("command", STATION, 1151, True, True) == CONFIRMED
            assert await peer.order("command", STATION, 1151, True, False) == CONFIRMED
            assert (await peer.order("termination", 10.0))["negative"] is False
            points = (await peer.order("interrogate", STATION))["points"]
            assert [points[f"3/{n}"] for n in (1051, 1052)] == [True, False]
            assert [(each.action, each.value) for each in unit.field.commands] == [
                (Action.SELECT, Dbpos.OFF),
                (Action.OPERATE, Dbpos.OFF),
            ]

    asyncio.run(main())


def test_totals_are_asked_for_by_counter_interrogation(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit, control_centre(*unit.centre) as peer:
            total = next(spec for spec in unit.site.points if spec.cdc is Cdc.BCR)
            assert total.monitor is not None
            station, address = total.monitor.common_address, total.monitor.object_address
            assert f"{station}/{address}" not in (await peer.order("interrogate", station))["points"]
            counted = await peer.order("counters", station, 5, 0)
            assert counted[f"{station}/{address}"] == 1
            assert len(counted) == sum(
                spec.cdc is Cdc.BCR and spec.monitor is not None and spec.monitor.common_address == station
                for spec in unit.site.points
            )

    asyncio.run(main())
