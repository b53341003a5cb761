"""Switches whose position is about to change, or may: a doubt for every other command and placement (SAFETY S14).

The image shows a switch where it last was until its device tells otherwise. From the last look at the rules until the
end of its command it may be anywhere, and after a command without a known outcome until it stands where it was sent, or
somebody has read its position.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.point import Dbpos
from substation.control.intents import Intent
from substation.control.operation import AnyRequest, Operation
from substation.control.request import Request
from substation.image import ProcessImage


def with_doubts(
    image: ProcessImage, occupying: Iterable[Operation], unknown: Iterable[Intent], asking: AnyRequest | None = None
) -> ProcessImage:
    """The image as everybody but `asking` has to see it."""
    doubts = {intent.point.location: _adrift(intent) for intent in unknown if not _stands(image, intent)}
    for operation in occupying:
        request = operation.request
        if operation.on_the_wire and request is not asking and isinstance(request.value, Dbpos):
            where = request.point.location
            doubts[where] = f"{where} is being operated by {request.originator.identity} ({request}); wait for its end"
    if asking is not None:
        doubts.pop(asking.point.location, None)
    return replace(image, in_flight=doubts) if doubts else image


def moving(image: ProcessImage, occupying: Iterable[Operation], unknown: Iterable[Intent]) -> tuple[Request, ...]:
    """Commands to switches that are on their way, or may still be carried out."""
    sent = [each.request for each in occupying if each.on_the_wire]
    lost = [
        Request(intent.point, intent.value, intent.originator, intent.order)
        for intent in unknown
        if isinstance(intent.value, Dbpos) and not _stands(image, intent)
    ]
    return tuple(each for each in (*sent, *lost) if isinstance(each, Request))


def _stands(image: ProcessImage, intent: Intent) -> bool:
    """Whether it cannot move any more by this command: no switch, or it is where it was sent."""
    sample = image.read(intent.point)
    return not isinstance(intent.value, Dbpos) or getattr(sample, "value", None) == intent.value


def _adrift(intent: Intent) -> str:
    return f"nobody knows whether '{intent}' is carried out yet; read its position and release the command"
