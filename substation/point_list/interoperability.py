"""The interoperability list (PICS) of a unit: what the product can do, and what each control centre has been given."""

from __future__ import annotations

from collections.abc import Sequence

from models.point import PointSpec
from protocols.iec104.interoperability.form import rows
from substation.northbound.agreed.settings import ControlCentre
from substation.point_list.agreed import agreed, used_types

HEADER = ("section", "item", "controlled_station", "controlling_station", "note")


def header(centres: Sequence[ControlCentre]) -> tuple[str, ...]:
    """One column more for each control centre."""
    return (*HEADER, *(f"agreed with {centre.name}" for centre in centres))


def lines(points: Sequence[PointSpec], centres: Sequence[ControlCentre]) -> list[tuple[str, ...]]:
    """X: used in its standard direction. Without centres: the product's own list."""
    used = used_types(points)
    return [
        (
            row.section,
            row.item,
            "X" if row.controlled else "",
            "X" if row.controlling else "",
            row.note,
            *(agreed(row, centre, used) for centre in centres),
        )
        for row in rows()
    ]


def text(table: Sequence[tuple[str, ...]], names: Sequence[str]) -> str:
    """For people: a heading per section, the marks in front."""
    printed = [
        "Interoperability list of Ringmain, IEC 60870-5-104",
        "[X] used  [ ] not used; first as controlled, then as controlling station",
        "COT: causes of transmission that the controlled station sends and takes",
    ]
    section = ""
    for heading, item, controlled, controlling, note, *cells in table:
        if heading != section:
            section = heading
            printed += ["", heading]
        told = "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True) if cell)
        details = "; ".join(each for each in (note, told) if each)
        mark = f"[{controlled or ' '}] [{controlling or ' '}]"
        printed.append(f"  {mark} {item}" + (f" ({details})" if details else ""))
    return "\n".join(printed) + "\n"
