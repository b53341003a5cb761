"""Coordinates of a single-line diagram: IEC 61850-6 Annex C (`sxy:x`, `sxy:y`, `sxy:dir`), and what OpenSCD writes.

Annex C counts from the element that holds this one. The diagram editors of OpenSCD count from the drawing's corner, in
cells whose upper left corner they name; they put attributes on the element or on `SLDAttributes` in a Private, and draw
connectivity nodes as `Section`s of `Vertex`es. CoMPAS writes Annex C. What is no number counts as not drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.scl.document import Element, children
from models.scl.place import Section, Shape, Turn

ANNEX_C = "http://www.iec.ch/61850/2003/SCLcoordinates"
EDITORS = ("https://openscd.org/SCL/SSD/SLD/v0", "https://transpower.co.nz/SCL/SSD/SLD/v0")
"""Namespaces of the diagram editors of OpenSCD, the present one and its predecessor."""

_DIRECTIONS = {"horizontal": Turn.RIGHT, "vertical": Turn.UP}


def shape_of(element: Element) -> Shape | None:
    """Where the file draws the element; None where it does not say."""
    return _annex_c(element) or _editor(element)


def sections_of(element: Element) -> tuple[Section, ...]:
    """The drawn pieces of a connectivity node."""
    return tuple(_sections(element))


def _annex_c(element: Element) -> Shape | None:
    x, y = _number(element, ANNEX_C, "x"), _number(element, ANNEX_C, "y")
    if x is None or y is None:
        return None
    return Shape(x, y, _DIRECTIONS.get(element.get(f"{{{ANNEX_C}}}dir", ""), Turn.UP))


def _editor(element: Element) -> Shape | None:
    for space in EDITORS:
        for holder in (element, *_private(element, space, "SLDAttributes")):
            x, y = _number(holder, space, "x"), _number(holder, space, "y")
            if x is not None and y is not None:
                width, height = _number(holder, space, "w") or 0.0, _number(holder, space, "h") or 0.0
                quarters = int(_number(holder, space, "rot") or 0) % len(Turn)
                return Shape(x, y, Turn(quarters), width, height, absolute=True, centre=False)
    return None


def _sections(element: Element) -> Iterator[Section]:
    for space in EDITORS:
        for section in _private(element, space, "Section"):
            points = tuple(_points(section, space))
            if len(points) > 1:
                yield Section(points, section.get(f"{{{space}}}bus", "") == "true")


def _points(section: Element, space: str) -> Iterator[tuple[float, float]]:
    for vertex in section.iterchildren(f"{{{space}}}Vertex"):
        x, y = _number(vertex, space, "x"), _number(vertex, space, "y")
        if x is not None and y is not None:
            yield x, y


def _private(element: Element, space: str, name: str) -> Iterator[Element]:
    for private in children(element, "Private"):
        yield from private.iterchildren(f"{{{space}}}{name}")


def _number(element: Element, space: str, name: str) -> float | None:
    try:
        value = float(element.get(f"{{{space}}}{name}", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e6 else None
