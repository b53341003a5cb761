"""What is fanned out, and how it is read back from frames: `[number, monotonic ns]` as the value of one variable."""

from __future__ import annotations

from collections.abc import Iterator

import cbor2

from models.wire import cose
from models.wire.instance import Instance
from models.wire.message_codec import to_map
from models.wire.messages import Notify

UNIT, VARIABLE = "LVGMU103", "Bench.Value"


def unsigned(number: int, sent_ns: int) -> bytes:
    """A notification as the unit makes it, without signature, for the peer."""
    notify = to_map(Notify(1, (Instance(VARIABLE, UNIT, [number, sent_ns], sent_ns),)))
    payload = {"session": bytes(16), "sequence": number, "time": sent_ns, "message": notify}
    return cbor2.dumps(payload)


def values_of(frame: bytes, signed: bool) -> Iterator[tuple[int, int]]:
    """Number and monotonic ns of each value in a frame; nothing is verified here."""
    message = cbor2.loads(cose.parse(frame).payload if signed else frame)["message"]
    for each in message if isinstance(message, list) else [message]:
        for instance in each.get("instances", ()):
            number, sent_ns = instance[2]
            yield number, sent_ns
