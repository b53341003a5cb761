"""An SCL file as an XML tree, read without following anything out of it: no entities, no DTD, no inclusion, no network.

A file is read in pieces: each section of the root (a substation, an IED, the types) is handed out once it is complete
and forgotten when it has been read. So memory holds what is made of the file, and one section of it as XML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from io import BytesIO
from sys import intern
from typing import BinaryIO, cast

from lxml import etree

from models.errors import ConfigError

NAMESPACE = "http://www.iec.ch/61850/2003/SCL"
_PREFIX = f"{{{NAMESPACE}}}"
_ROOT = _PREFIX + "SCL"
_INCLUSION = "{http://www.w3.org/2001/XInclude}include"
_PIECE = 1 << 16
_FAR = 65_535

Element = etree._Element  # noqa: SLF001 - lxml publishes its element type under no other name

Progress = Callable[[float], None]
"""Told which share of a file has been read, 0 to 1."""


_BOUNDS = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG})
"""Of libxml2: depth of 256 elements, 10 MB of one text or attribute, 50,000 octets of one name."""


def _problem(error: etree.XMLSyntaxError) -> str:
    """In one line, without the parser's advice to its programmer."""
    said = " ".join(re.sub(r",? ?(use|try) XML_PARSE_HUGE( option)?", "", error.msg or "").split())
    if getattr(error, "code", None) in _BOUNDS:  # missing in the stubs
        return f"nested deeper, or with a longer name or text, than any SCL file is ({said.replace(' , ', ', ')})"
    return f"not XML ({said})"


class Document:
    """An SCL file that is being read: first its `sections`, then `root` with its attributes.

    kinds: of the children of the root that are wanted. early: of elements inside them that are handed out, and
    forgotten, before their section is complete.

    Raises ConfigError with the line for what is not XML, not SCL, brings a DTD, or includes other files.
    """

    def __init__(
        self,
        source: BinaryIO,
        file: str,
        size: int,
        kinds: Collection[str],
        early: Collection[str] = (),
        progress: Progress | None = None,
    ) -> None:
        self._early = frozenset(_PREFIX + each for each in early)
        self._tags = (*(_PREFIX + each for each in kinds), *self._early, _INCLUSION)
        self._source, self._file, self._size = source, file, size
        self._progress = progress
        self._root: Element | None = None

    @property
    def root(self) -> Element:
        """After the sections."""
        if self._root is None:
            raise ValueError("the sections come first")
        return self._root

    def sections(self) -> Iterator[Element]:
        """Each as soon as it is complete; it leaves the tree when the next one is asked for."""
        try:
            yield from self._read()
        except etree.XMLSyntaxError as error:
            line = error.lineno or 1
            raise ConfigError(self._file, line, _problem(error), "export the file again from its tool") from error

    def _read(self) -> Iterator[Element]:
        first = self._source.read(_PIECE)
        self._refuse_strange(first)
        parser = etree.XMLPullParser(
            events=("end",),
            tag=self._tags,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        done, piece = 0, first
        while piece:
            parser.feed(piece)
            done += len(piece)
            for _, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
                yield from self._complete(element)
            if self._progress is not None and self._size:
                self._progress(min(done / self._size, 1.0))
            piece = self._source.read(_PIECE)
        self._root = parser.close()

    def _complete(self, element: Element) -> Iterator[Element]:
        """A section of the root is handed out; one inside a Private is some tool's own business."""
        if element.tag == _INCLUSION:
            problem = f"the file includes '{element.get('href', '')}' (XInclude), which is not read"
            raise ConfigError(self._file, line_of(element), problem, "export it as one file")
        above = element.getparent()
        if above is None or (element.tag not in self._early and above.getparent() is not None):
            return
        yield element
        above.remove(element)

    def _refuse_strange(self, first: bytes) -> None:
        """A look at the beginning, before anything is kept: document type and root element."""
        start = next(etree.iterparse(BytesIO(first), ("start",), no_network=True, resolve_entities=False), None)
        if start is None:
            return  # cut within its first tag: the parser tells it
        root = cast(Element, start[1])
        if root.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # missing in the stubs
            problem = "the file brings a DOCTYPE, which SCL has not"
            raise ConfigError(self._file, 1, problem, "remove it (it can hide other files)")
        if root.tag != _ROOT:
            problem = f"the root element is '{str(root.tag).rpartition('}')[2]}', not SCL of IEC 61850-6"
            raise ConfigError(self._file, line_of(root), problem, f'give an SCL file with xmlns="{NAMESPACE}"')


def kind(element: Element) -> str:
    """Local name of an element of SCL's own namespace; '' for comments and for anything else."""
    tag = element.tag
    return tag.removeprefix(_PREFIX) if isinstance(tag, str) and tag.startswith(_PREFIX) else ""


def children(element: Element, *kinds: str) -> Iterator[Element]:
    """Children of the given kinds, of SCL's namespace."""
    return (child for child in element if kind(child) in kinds) if len(element) else iter(())


def stated(element: Element, attribute: str, default: str = "") -> str:
    """An attribute without the blanks that some tools leave around it; equal texts share their memory."""
    return intern(element.get(attribute, default).strip())


def truth(element: Element, attribute: str, default: bool = False) -> bool:
    """An xs:boolean, in whatever case it is written."""
    text = stated(element, attribute).casefold()
    return text in ("true", "1") if text else default


def line_of(element: Element) -> int:
    line = cast(int, element.sourceline) or 1
    return line if line < _FAR else _far_line(element, line)


def _far_line(element: Element, line: int) -> int:
    """libxml2 has 16 bits for it; beyond, it tells where the first text in an element, or else behind it, ends."""
    if element.text:
        return line - element.text.count("\n")
    if not len(element):
        return line - (element.tail or "").count("\n")
    between = 0
    for event, each in etree.iterwalk(element, events=("start", "end")):
        text = (each.text if event == "start" else each.tail) or ""
        between += text.count("\n")
        if text and (event == "start" or not len(each)):
            return (cast(int, each.sourceline) or 1) - between
    return line


def text_of(element: Element) -> str:
    return intern((element.text or "").strip())
