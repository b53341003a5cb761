"""An SCL file as an XML tree, read without following anything out of it: no entities, no DTD, no network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from models.errors import ConfigError

NAMESPACE = "http://www.iec.ch/61850/2003/SCL"
_PREFIX = f"{{{NAMESPACE}}}"

Element = etree._Element  # noqa: SLF001 - lxml publishes its element type under no other name


def parse(data: bytes, file: str) -> Element:
    """The root element `SCL`. Raises ConfigError with the line for what is not XML, not SCL, or brings a DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise ConfigError(file, line, f"not XML ({error.msg})", "export the SCD again from its tool") from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # missing in the stubs
        raise ConfigError(
            file, 1, "the file brings a DOCTYPE, which SCL has not", "remove it (it can hide other files)"
        )
    if root.tag != _PREFIX + "SCL":
        problem = f"the root element is '{etree.QName(root).localname}', not SCL of IEC 61850-6"
        raise ConfigError(file, line_of(root), problem, f'give an SCD file with xmlns="{NAMESPACE}"')
    return root


def kind(element: Element) -> str:
    """Local name of an element of SCL's own namespace; '' for comments and for anything else."""
    tag = element.tag
    return tag.removeprefix(_PREFIX) if isinstance(tag, str) and tag.startswith(_PREFIX) else ""


def children(element: Element, *kinds: str) -> Iterator[Element]:
    """Children of the given kinds, of SCL's namespace."""
    return (child for child in element if kind(child) in kinds)


def line_of(element: Element) -> int:
    return cast(int, element.sourceline) or 1


def text_of(element: Element) -> str:
    return (element.text or "").strip()
