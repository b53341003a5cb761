"""Making and printing SCL elements: attributes in the order given, one line per element that people look for."""

from __future__ import annotations

from lxml import etree

from models.scl.document import NAMESPACE, Element
from models.scl.mapped_address import NAMESPACE as ADDRESS_NAMESPACE

_INLINE = frozenset(
    {"DOI", "ConnectedAP", "Terminal", "LNode", "Voltage", "EnumType", "OptFields", "TrgOps", "Services", "Line"}
)
"""Elements printed on one line with all they contain: a line number means one thing, and the file stays small."""


def root() -> Element:
    """The SCL element of edition 2.1 (2007B4), with the name space of the IEC 61850-80-1 addresses."""
    spaces: dict[str, str] = {"eTr_104": ADDRESS_NAMESPACE}
    spaces[None] = NAMESPACE  # type: ignore[index]  # None is the default name space; the stubs do not know
    made = etree.Element(f"{{{NAMESPACE}}}SCL", nsmap=spaces)
    for name, value in (("version", "2007"), ("revision", "B"), ("release", "4")):
        made.set(name, value)
    return made


def add(parent: Element, kind: str, text: str = "", **attributes: str | int) -> Element:
    """A new last child. Empty attributes are left out, except `inst` of LN0, which SCL wants empty."""
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{kind}")
    for name, value in attributes.items():
        if value != "" or kind == "LN0":
            made.set(name, str(value))
    if text:
        made.text = text
    return made


def add_address(attribute: Element, common_address: int, object_address: int, type_id: int) -> None:
    """An IEC 61850-80-1 address in an instance attribute (DAI)."""
    private = add(attribute, "Private", type="IEC_60870_5_104")
    made = etree.SubElement(private, f"{{{ADDRESS_NAMESPACE}}}Address")
    for name, value in (("casdu", common_address), ("ioa", object_address), ("ti", type_id)):
        made.set(name, str(value))


def print_document(element: Element) -> bytes:
    """The file: UTF-8, indented by two spaces."""
    _indent(element, 1)
    body = etree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return bytes(body) + b"\n"


def _indent(element: Element, depth: int) -> None:
    children = list(element)
    if not children or etree.QName(element).localname in _INLINE:
        return
    element.text = "\n" + "  " * depth
    for child in children:
        _indent(child, depth + 1)
        child.tail = element.text
    children[-1].tail = "\n" + "  " * (depth - 1)
