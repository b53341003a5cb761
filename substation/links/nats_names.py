"""Names on the NATS server: subjects and streams of two neighbours, and the unit's own key as its user there.

At the parent's server lies a stream for each direction: `PARCELS_<to>_<from>`, fed by `ringmain.parcels.<to>.<from>`.
Other messages go past it: `ringmain.talk.<to>.<from>`.
"""

from __future__ import annotations

import base64
import binascii
import re

from models.errors import RemoteProtocolError
from models.wire.keys import VerifyKey

_USER = 20 << 3
"""Prefix of a user's public key (NKEY): text begins with U."""
_ESCAPED = re.compile(r"=([0-9A-F]{2})")


def token_of(unit: str) -> str:
    """A unit's name as one token of a subject."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter == "-") else _escaped(letter) for letter in unit
    )


def unit_of(token: str) -> str:
    """The inverse; RemoteProtocolError for what no name gives."""
    octets = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), token).encode("latin-1", "replace")
    try:
        unit = octets.decode()
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(f"'{token:.80}' is no unit's name") from error
    if token_of(unit) != token:
        raise RemoteProtocolError(f"'{token:.80}' is no unit's name")
    return unit


def _escaped(letter: str) -> str:
    return "".join(f"={octet:02X}" for octet in letter.encode())


def talk(receiver: str, sender: str) -> str:
    return f"ringmain.talk.{token_of(receiver)}.{token_of(sender)}"


def all_talk(receiver: str) -> str:
    return f"ringmain.talk.{token_of(receiver)}.*"


def parcels(receiver: str, sender: str) -> str:
    return f"ringmain.parcels.{token_of(receiver)}.{token_of(sender)}"


def stream(receiver: str, sender: str) -> str:
    return f"PARCELS_{token_of(receiver)}_{token_of(sender)}"


def inbox(unit: str) -> str:
    """Prefix of the subjects on which a unit gets answers; nobody else may listen there."""
    return f"_INBOX_{token_of(unit)}"


def nkey_of(key: VerifyKey) -> str:
    """A unit's key as the NATS server names it: base32 of prefix, 32 octets and CRC-16/XMODEM, low octet first."""
    body = bytes([_USER]) + key.raw
    return base64.b32encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "little")).decode().rstrip("=")
