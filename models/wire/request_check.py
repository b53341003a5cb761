"""Checks our own requests by the receiver's rules before they leave, so that a defect shows where it is."""

from __future__ import annotations

from models.errors import LocalProtocolError, RemoteProtocolError
from models.wire import condition_grammar
from models.wire.message_codec import from_map, to_map
from models.wire.messages import Event, Query, Request


def checked(request: Request) -> None:
    """LocalProtocolError names the bad field; ConditionError gives the position in a condition that cannot be read."""
    try:
        from_map(to_map(request))
    except RemoteProtocolError as error:
        raise LocalProtocolError(str(error)) from error
    if isinstance(request, (Query, Event)):
        condition_grammar.parse(request.condition)
