"""An XML file as octets with the places of its elements, so that something can be added and the rest stays as it is.

Read it with models.scl.document first: that refuses what is no SCL, and document types with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_BLANK = b" \t"


@dataclass(slots=True)
class SourceElement:
    """tag: as written, with its prefix. start: of `<`; inside: behind `>` of the start tag; end: of `</`, or `inside`
    of an empty element; after: behind the element."""

    tag: str
    attributes: dict[str, str]
    start: int
    inside: int = 0
    end: int = 0
    after: int = 0
    is_empty: bool = False
    children: list[SourceElement] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Local name."""
        return self.tag.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """'scl:' or ''."""
        return self.tag[: len(self.tag) - len(self.kind)]

    def having(self, kind: str, **attributes: str) -> Iterator[SourceElement]:
        """Children of that kind whose attributes are these; an attribute that is missing counts as ''."""
        for child in self.children:
            if child.kind == kind and all(
                child.attributes.get(name, "") == value for name, value in attributes.items()
            ):
                yield child


def locate(data: bytes) -> SourceElement:
    """The root element. data: well-formed, in UTF-8 or in one octet per character."""
    parser = expat.ParserCreate()
    above: list[SourceElement] = []
    roots: list[SourceElement] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        begin = parser.CurrentByteIndex
        inside = _tag_end(data, begin)
        element = SourceElement(tag, attributes, begin, inside, inside, inside, data[inside - 2 : inside - 1] == b"/")
        (above[-1].children if above else roots).append(element)
        above.append(element)

    def end(tag: str) -> None:
        element = above.pop()
        if not element.is_empty:
            element.end = parser.CurrentByteIndex
            element.after = data.index(b">", element.end) + 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(data, True)
    return roots[0]


def _tag_end(data: bytes, start: int) -> int:
    """Behind the `>` of a start tag; one within a quoted value does not count."""
    quote = b""
    for at in range(start, len(data)):
        octet = data[at : at + 1]
        if quote:
            quote = b"" if octet == quote else quote
        elif octet in (b'"', b"'"):
            quote = octet
        elif octet == b">":
            return at + 1
    return len(data)


def indent_of(data: bytes, element: SourceElement) -> bytes | None:
    """The blanks in front of an element that begins its line; None for one that stands behind something else."""
    line = data.rfind(b"\n", 0, element.start) + 1
    blanks = data[line : element.start]
    return blanks if not blanks.strip(_BLANK) else None


def newline_of(data: bytes) -> bytes:
    """How the file ends its lines."""
    first = data.find(b"\n")
    return b"\r\n" if first > 0 and data[first - 1 : first] == b"\r" else b"\n"
