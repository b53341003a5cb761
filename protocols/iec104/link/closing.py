"""Why a connection ends: one name per reason, for the counters of both roles and for what people are shown."""

from __future__ import annotations

from enum import Enum

from models.errors import RemoteProtocolError


class Closing(Enum):
    """The value is what is shown; the clauses are those of IEC 60870-5-104."""

    BY_PEER = "closed by the peer"
    BROKEN = "connection broken"
    BY_US = "closed by us"
    REPLACED = "another connection took over"
    RENEWED = "keys are renewed"
    NOT_REACHED = "not reached"
    TOO_MANY = "too many connections"
    NOT_ALLOWED = "peer not allowed"
    START_OCTET = "wrong start octet"
    FRAME_LENGTH = "impossible frame length"
    CONTROL_FIELD = "impossible control field"
    STATE = "frame not allowed in this state"
    SEND_NUMBER = "wrong send sequence number"
    RECEIVE_NUMBER = "wrong receive sequence number"
    NO_CONFIRMATION = "t1: no confirmation"
    NO_ACKNOWLEDGEMENT = "t1: no acknowledgement"
    MALFORMED_ASDU = "malformed ASDU"
    FLOOD = "more requests than k allows"
    NO_INTERROGATION = "interrogation refused"
    STALLED_INTERROGATION = "interrogation without progress"
    NOT_STORED = "history refused"
    DEFECT = "defect of ours"


class ClosingError(RemoteProtocolError):
    """The peer broke the protocol; the connection is to be closed for this reason."""

    def __init__(self, closing: Closing, text: str) -> None:
        self.closing = closing
        super().__init__(text)


def closing_of(error: RemoteProtocolError) -> Closing:
    """Its reason; whoever raises without naming one has read an ASDU."""
    return error.closing if isinstance(error, ClosingError) else Closing.MALFORMED_ASDU
