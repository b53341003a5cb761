"""Writes new IEC 61850-80-1 addresses into an SCL file; every octet that was there stays where it was.

An address stands in a `Private` of its instance attribute (DAI); DOI, SDI and DAI are added where the file has none.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from models.errors import ConfigError
from models.point import Iec104Address
from models.scl.allocation import NewAddress
from models.scl.elements import LogicalNodeKey
from models.scl.mapped_address import NAMESPACE, PRIVATE_TYPE
from models.scl.source_text import SourceElement, indent_of, locate, newline_of

_BEHIND_INSTANCES = frozenset({"Inputs", "Log", "GSEControl", "SampledValueControl", "SettingControl"})
"""What stands behind the DOI in a logical node (IEC 61850-6, tAnyLN and tLN0)."""

_BEFORE_CONTENT = frozenset({"Text", "Private"})
_UNIT = b"  "


@dataclass(slots=True)
class _Added:
    """An element that the file does not have."""

    kind: str
    name: str
    children: dict[str, _Added] = field(default_factory=dict)
    address: Iec104Address | None = None


@dataclass(slots=True)
class _Place:
    """What is added to one element of the file."""

    element: SourceElement
    parent: SourceElement
    children: dict[str, _Added] = field(default_factory=dict)
    address: Iec104Address | None = None


def with_addresses(data: bytes, added: Iterable[NewAddress], file: str) -> bytes:
    """The file with the addresses in it. ConfigError for an encoding in which nothing can be added."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError(file, 1, "the file is in UTF-16", "save it as UTF-8")
    root = locate(data)
    nodes = dict(_logical_nodes(root))
    places: dict[int, _Place] = {}
    for each in added:
        _put(places, nodes[each.node], each)
    writer = _Writer(data, _prefix(root))
    changes = sorted(change for place in places.values() for change in writer.changes(place))
    pieces, at = [], 0
    for start, end, text in changes:
        pieces += [data[at:start], text]
        at = end
    return b"".join([*pieces, data[at:]])


def _logical_nodes(root: SourceElement) -> Iterator[tuple[LogicalNodeKey, SourceElement]]:
    for ied in root.having("IED"):
        for point in ied.having("AccessPoint"):
            for server in point.having("Server"):
                for device in server.having("LDevice"):
                    for node in (*device.having("LN0"), *device.having("LN")):
                        stated = node.attributes
                        names = (stated.get("prefix", ""), stated.get("lnClass", ""), stated.get("inst", ""))
                        yield LogicalNodeKey(ied.attributes["name"], device.attributes.get("inst", ""), *names), node


def _prefix(root: SourceElement) -> str:
    """What the file calls the name space of the addresses; '' when it does not."""
    return next(
        (key[6:] for key, value in root.attributes.items() if key.startswith("xmlns:") and value == NAMESPACE), ""
    )


def _put(places: dict[int, _Place], node: SourceElement, new: NewAddress) -> None:
    """Walk down what exists, then remember what does not."""
    parent, element, depth = node, node, 0
    for depth, name in enumerate(new.path):
        found = next(element.having(_kind(depth, new.path), name=name), None)
        if found is None:
            break
        parent, element = element, found
    else:
        depth = len(new.path)
    place = places.setdefault(element.start, _Place(element, parent))
    holder: _Place | _Added = place
    for step in range(depth, len(new.path)):
        name = new.path[step]
        holder = holder.children.setdefault(name, _Added(_kind(step, new.path), name))
    holder.address = new.address


def _kind(depth: int, path: tuple[str, ...]) -> str:
    return "DOI" if depth == 0 else "DAI" if depth == len(path) - 1 else "SDI"


class _Writer:
    """prefix: of the name space of the addresses, where the file declares one at its root."""

    def __init__(self, data: bytes, prefix: str) -> None:
        self._data, self._prefix, self._newline = data, prefix, newline_of(data)

    def changes(self, place: _Place) -> Iterator[tuple[int, int, bytes]]:
        """Start, end and what comes in place of the octets between them."""
        element, indent = place.element, self._child_indent(place)
        inner = []
        if place.address is not None:
            inner.append(self._private(place.address, element.prefix, indent))
        inner += [self._element(each, element.prefix, indent) for each in place.children.values()]
        if element.is_empty:
            slash = self._data.rindex(b"/", element.start, element.after)
            own = indent_of(self._data, element)
            closing = b"" if indent is None or own is None else self._newline + own
            yield slash, element.after, b"".join([b">", *inner, closing, b"</", element.tag.encode(), b">"])
            return
        if place.address is not None:
            at = next(
                (each.after for each in reversed(element.children) if each.kind in _BEFORE_CONTENT), element.inside
            )
            yield at, at, inner.pop(0)
        if inner:
            at = _behind_instances(element)
            yield at, at, b"".join(inner)

    def _child_indent(self, place: _Place) -> bytes | None:
        """Of the children of an element; None where the file keeps them on one line."""
        element = place.element
        if element.children:
            return indent_of(self._data, element.children[0])
        own, above = indent_of(self._data, element), indent_of(self._data, place.parent)
        if own is None:
            return None
        unit = own[len(above) :] if above is not None and own.startswith(above) and own != above else _UNIT
        return own + unit

    def _element(self, added: _Added, prefix: str, indent: bytes | None) -> bytes:
        deeper = None if indent is None else indent + (b"\t" if indent.endswith(b"\t") else _UNIT)
        inner = [self._element(each, prefix, deeper) for each in added.children.values()]
        if added.address is not None:
            inner.insert(0, self._private(added.address, prefix, deeper))
        tag = f"{prefix}{added.kind}"
        start = f"<{tag} name={quoteattr(added.name)}>".encode()
        return b"".join([self._line(indent), start, *inner, self._line(indent), f"</{tag}>".encode()])

    def _private(self, address: Iec104Address, prefix: str, indent: bytes | None) -> bytes:
        """On one line: people look for it."""
        name = self._prefix or "eTr_104"
        space = "" if self._prefix else f' xmlns:{name}="{NAMESPACE}"'
        where = f'casdu="{address.common_address}" ioa="{address.object_address}" ti="{address.type_id}"'
        tag = f"{prefix}Private"
        text = f'<{tag} type="{PRIVATE_TYPE}"><{name}:Address{space} {where}/></{tag}>'
        return self._line(indent) + text.encode()

    def _line(self, indent: bytes | None) -> bytes:
        return b"" if indent is None else self._newline + indent


def _behind_instances(element: SourceElement) -> int:
    """Behind the last child that is not of those that come later; an empty line stays behind what is added."""
    before = [each for each in element.children if each.kind not in _BEHIND_INSTANCES]
    return before[-1].after if before else element.inside
