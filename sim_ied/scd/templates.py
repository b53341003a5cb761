"""The DataTypeTemplates section, printed from the tables of data_types."""

from __future__ import annotations

from models.scl.document import Element
from sim_ied.scd.attributes import Attribute
from sim_ied.scd.data_types import NODES, OBJECTS, STRUCTURES
from sim_ied.scd.descriptions import DESCRIPTIONS
from sim_ied.scd.enumerations import ENUMERATIONS
from sim_ied.scd.markup import add


def add_templates(root: Element) -> None:
    """All types, whether or not a network uses them: the section is the same for every site."""
    section = add(root, "DataTypeTemplates")
    for name, node in NODES.items():
        made = add(section, "LNodeType", id=name, lnClass=node.ln_class)
        for data_object, type_id in node.objects:
            text = DESCRIPTIONS.get((node.ln_class, data_object), "")
            add(made, "DO", name=data_object, type=type_id, desc=text)
    for name, data_type in OBJECTS.items():
        made = add(section, "DOType", id=name, cdc=data_type.cdc)
        for part, type_id in data_type.parts:
            add(made, "SDO", name=part, type=type_id)
        for attribute in data_type.attributes:
            _add_attribute(made, "DA", attribute)
    for name, members in STRUCTURES.items():
        made = add(section, "DAType", id=name)
        for attribute in members:
            _add_attribute(made, "BDA", attribute)
    for name, values in ENUMERATIONS.items():
        made = add(section, "EnumType", id=name)
        for text, number in values.items():
            add(made, "EnumVal", text, ord=number)


def _add_attribute(parent: Element, kind: str, attribute: Attribute) -> None:
    triggers = {attribute.trigger: "true"} if attribute.trigger else {}
    made = add(
        parent,
        kind,
        name=attribute.name,
        fc=attribute.constraint,
        bType=attribute.kind,
        type=attribute.type_id,
        **triggers,
    )
    if attribute.value:
        add(made, "Val", attribute.value)
