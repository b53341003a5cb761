"""Commands of every kind for hat-drivers' stations, from and to plain values."""

from __future__ import annotations

import datetime
from typing import Any

from hat.drivers import iec104


def _bits(value: int) -> Any:
    return iec104.BitstringValue(value.to_bytes(4, "little"))


KINDS: dict[str, tuple[Any, Any]] = {
    "single": (iec104.SingleCommand, lambda value: iec104.SingleValue(int(value))),
    "double": (iec104.DoubleCommand, iec104.DoubleValue),
    "step": (iec104.RegulatingCommand, iec104.RegulatingValue),
    "normalised": (iec104.NormalizedCommand, iec104.NormalizedValue),
    "scaled": (iec104.ScaledCommand, iec104.ScaledValue),
    "floating": (iec104.FloatingCommand, iec104.FloatingValue),
    "bits": (iec104.BitstringCommand, _bits),
}


def message_of(wanted: dict[str, Any]) -> Any:
    """station, address, kind, value; select, cancel, qualifier, test, time_ms, originator where they are unusual."""
    made, value_of = KINDS[wanted["kind"]]
    given = {"select": wanted.get("select", False), "qualifier": wanted.get("qualifier", 0)}
    fields = {name: given[name] for name in made._fields if name in given}
    cause = iec104.CommandReqCause
    time_ms = wanted.get("time_ms")
    return iec104.CommandMsg(
        is_test=wanted.get("test", False),
        originator_address=wanted.get("originator", 3),
        asdu_address=wanted["station"],
        io_address=wanted["address"],
        command=made(value=value_of(wanted["value"]), **fields),
        is_negative_confirm=False,
        time=None if time_ms is None else _tag(time_ms),
        cause=cause.DEACTIVATION if wanted.get("cancel") else cause.ACTIVATION,
    )


def _tag(time_ms: int) -> Any:
    return iec104.time_from_datetime(datetime.datetime.fromtimestamp(time_ms / 1000, datetime.UTC))


def plain_command(message: Any) -> dict[str, Any]:
    """What arrived at a station: kind, value, select, cancel, tagged."""
    kind = next(name for name, (made, _) in KINDS.items() if isinstance(message.command, made))
    value: Any = message.command.value.value
    if isinstance(value, bytes | bytearray | memoryview):
        value = int.from_bytes(value, "little")
    return {
        "address": message.io_address,
        "kind": kind,
        "value": value,
        "select": getattr(message.command, "select", False),
        "qualifier": getattr(message.command, "qualifier", 0),
        "cancel": message.cause is iec104.CommandReqCause.DEACTIVATION,
        "tagged": message.time is not None,
    }


CON, TERM = iec104.CommandResCause.ACTIVATION_CONFIRMATION, iec104.CommandResCause.ACTIVATION_TERMINATION
MANNERS = {
    "": [(CON, False)],
    "ends": [(CON, False), (TERM, False)],
    "fails": [(CON, False), (TERM, True)],
    "refuses": [(CON, True)],
    "unknown": [(iec104.CommandResCause.UNKNOWN_IO_ADDRESS, True)],
    "silent": [],
}
"""How a station answers a command: causes, and whether negative."""


def answers_of(message: Any, manner: str) -> list[Any]:
    """A cancel is confirmed by any station that answers at all; a select has no termination."""
    if message.cause is iec104.CommandReqCause.DEACTIVATION and manner not in ("unknown", "silent"):
        return [message._replace(cause=iec104.CommandResCause.DEACTIVATION_CONFIRMATION)]
    selects = getattr(message.command, "select", False)
    return [
        message._replace(cause=cause, is_negative_confirm=negative)
        for cause, negative in MANNERS[manner]
        if not (selects and cause is TERM)
    ]
