"""Any frame of IEC 60870-5-104 in one line, for people who look at a trace."""

from __future__ import annotations

from collections.abc import Iterator

from models.errors import RemoteProtocolError
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import cause_name
from protocols.iec104.application.codec import decode
from protocols.iec104.application.types import KNOWN, Tag, type_name
from protocols.iec104.link.apci import Apdu, Information, Splitter, Supervisory
from protocols.iec104.wording import object_words

_START = 0x68


def explain(octets: bytes) -> str:
    """One APDU, or one ASDU without its six octets of control: what it says, or why it is malformed."""
    if not octets or octets[0] != _START:
        return explain_asdu(octets)
    try:
        frames = list(Splitter().feed(octets))
    except RemoteProtocolError as error:
        return _malformed(octets, error)
    if len(frames) != 1 or len(octets) != 2 + octets[1]:
        said = octets[1] + 2 if len(octets) > 1 else "at least 6"
        return f"malformed: {len(octets)} octets, the frame has {said}: {octets.hex()}"
    return explain_frame(frames[0])


def explain_stream(octets: bytes) -> Iterator[str]:
    """Every frame of a stream of octets, one line each; what is left at the end or fits no frame is the last line."""
    splitter, at = Splitter(), 0
    try:
        for frame in splitter.feed(octets):
            at += 2 + octets[at + 1]
            yield explain_frame(frame)
    except RemoteProtocolError as error:
        yield _malformed(octets[at:], error)
        return
    if at < len(octets):
        yield f"incomplete: {octets[at:].hex()}"


def explain_frame(frame: Apdu) -> str:
    """A frame that has been cut out of the stream."""
    if isinstance(frame, Information):
        return f"I N(S) {frame.sent} N(R) {frame.received} {explain_asdu(frame.asdu)}"
    if isinstance(frame, Supervisory):
        return f"S N(R) {frame.received}"
    return f"U {frame.function.name.replace('_', ' ').replace('ACT', 'act').replace('CON', 'con')}"


def explain_asdu(octets: bytes) -> str:
    """An ASDU: type, cause, signs, addresses, objects."""
    try:
        asdu = decode(octets)
    except RemoteProtocolError as error:
        return _malformed(octets, error)
    return f"{_header(asdu)}: {_objects(asdu) or octets[6:].hex() or 'no object'}"


def _header(asdu: Asdu) -> str:
    signs = (", negative" if asdu.negative else "") + (", test" if asdu.test else "")
    row = KNOWN.get(asdu.type_id)
    name = f"{row.name} ({row.number})" if row else type_name(asdu.type_id)
    sequence = " SQ" if asdu.sequence else ""
    cause = f"COT {asdu.cause} {cause_name(asdu.cause)}{signs}"
    return f"{name}{sequence}, {cause}, OA {asdu.originator}, CA {asdu.common_address}"


def _objects(asdu: Asdu) -> str:
    if asdu.type_id not in KNOWN:
        return ""
    row = KNOWN[asdu.type_id]
    return "; ".join(object_words(item, row.kind, row.tag is not Tag.NONE) for item in asdu.objects)


def _malformed(octets: bytes, error: RemoteProtocolError) -> str:
    return f"malformed: {str(error).removesuffix(': link closed')}: {octets.hex()}"
