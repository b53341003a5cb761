"""What is served, as a table for people: IED, address, logical devices, points, behaviour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from models.scl.elements import Ied
from sim_ied.addresses import Address
from sim_ied.scl_site.served import ServedIed
from sim_ied.scl_site.simulator import SclSimulator

_HEAD = ("IED", "address", "logical devices", "points", "behaviour")
_MOST_NOTES = 20
_VALUES = ("ST", "MX")


def table(simulator: SclSimulator) -> Iterator[str]:
    """Lines: a head, a row for each IED, and what was left out."""
    ieds = {ied.name: ied for ied in simulator.scl.ieds}
    rows = [_row(each, ieds[name], simulator.addresses[name]) for name, each in simulator.ieds.items()]
    widths = [max(len(row[column]) for row in [_HEAD, *rows]) for column in range(len(_HEAD))]
    for row in [_HEAD, *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for error in simulator.refused.values():
        yield f"not served: {error}"


def notes(changed: Sequence[str], simulator: SclSimulator) -> Iterator[str]:
    """What was changed in the file (`changed`) or in a model so that it could be served."""
    found = [*changed, *(f"{ied.name}: {each}" for ied in simulator.ieds.values() for each in ied.built.findings)]
    for each in found[:_MOST_NOTES]:
        yield f"note: {each}"
    if len(found) > _MOST_NOTES:
        yield f"note: and {len(found) - _MOST_NOTES} more"


def _row(served: ServedIed, ied: Ied, address: Address) -> tuple[str, ...]:
    devices = served.built.model.logical_devices
    return served.name, f"{address[0]}:{address[1]}", ", ".join(devices), str(_points(served)), _behaviour(served, ied)


def _points(served: ServedIed) -> int:
    """Data objects with a status or a measured value."""
    nodes = [node for device in served.built.model.logical_devices.values() for node in device.values()]
    groups = [group for node in nodes for name in _VALUES if (group := node.child(name)) is not None]
    return sum(1 for group in groups for each in group.children.values() if each.child("q") is not None)


def _behaviour(served: ServedIed, ied: Ied) -> str:
    acting = served.device.behaves().keys()
    classes = Counter(node.key.ln_class for node in ied.logical_nodes if f"{node.domain}/{node.key.name}" in acting)
    shown = [name if count == 1 else f"{name} x{count}" for name, count in sorted(classes.items())]
    return " ".join(shown) or "values only"
