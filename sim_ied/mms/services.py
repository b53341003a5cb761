"""Which control services a control model needs (IEC 61850-7-2), and where a type lacks them."""

from __future__ import annotations

from collections.abc import Iterator

from open61850.data import IntData
from open61850.server import IedModel, Node

NEEDED: dict[int, tuple[str, ...]] = {1: ("Oper",), 2: ("SBO", "Oper"), 3: ("Oper",), 4: ("SBOw", "Oper")}
"""By ctlModel: direct, SBO, direct enhanced, SBO enhanced."""


def without_service(model: IedModel) -> Iterator[str]:
    """Data objects that cannot be commanded although their control model says so, in words."""
    for domain, nodes in model.logical_devices.items():
        for name, node in nodes.items():
            configured = node.child("CF")
            for each in configured.children.values() if configured is not None else ():
                missing = _missing(node, each)
                if missing:
                    yield f"{domain}/{name}.{each.name} takes no commands: its type has no {' and no '.join(missing)}"


def _missing(node: Node, configured: Node) -> list[str]:
    model, services = configured.child("ctlModel"), node.child("CO")
    number = model.value.value if model is not None and isinstance(model.value, IntData) else 0
    there = services.child(configured.name) if services is not None else None
    return [each for each in NEEDED.get(number, ()) if there is None or there.child(each) is None]
