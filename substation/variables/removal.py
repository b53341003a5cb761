"""How a person says that something is taken away: its number, and why when somebody else has placed it (SAFETY S17)."""

from __future__ import annotations

from models.plain import PlainFields
from models.wire.cbor import WireValue

MOST_TEXT = 200


def number_and_reason(value: WireValue, where: str) -> tuple[int, str]:
    """Of a removal: the number alone, or {"number", "reason"}. RemoteProtocolError for anything else."""
    given = value if isinstance(value, dict) else {"number": value}
    fields = PlainFields({"reason": ""} | given, where)
    number, reason = fields.whole("number"), fields.text("reason").strip()[:MOST_TEXT]
    fields.done()
    return number, reason


def not_by(holder: str, name: str, reason: str) -> str:
    """Why this person may not take it away; '' when it is the holder, or says why."""
    return "" if name == holder or reason else f"S17: {holder} has placed it; say why somebody else takes it away"
