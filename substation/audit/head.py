"""The signed head: the unit says with its key that the log stands at this record. What is cut off later, shows.

The newest one is also kept beside the segments (`head`), and told as the variable `Audit.Head`, so that others can keep
it where whoever changes the log does not reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.wire.keys import SigningKey, VerifyKey
from substation.audit.record import HEAD, LineError, Record, Told, read_line

FILE = "head"
_CONTEXT = b"ringmain audit head 1\0"


def head_of(key: SigningKey, unit: str, number: int, before: bytes, time_ns: int) -> Told:
    """The entry that signs everything up to the record before `number`."""
    signature = key.sign(_signed(unit, number, before, time_ns))
    more: dict[str, str | int] = {"key": key.key_id.hex(), "signature": signature.hex()}
    return Told(time_ns, HEAD, unit, "signs the log up to here", more=more)


def is_signed(record: Record, unit: str, before: bytes, keys: Mapping[str, VerifyKey]) -> bool:
    """keys: of the unit, by their ids in hexadecimal digits."""
    key = keys.get(record.text("key"))
    try:
        signature = bytes.fromhex(record.text("signature"))
    except ValueError:
        return False
    return key is not None and key.verifies(signature, _signed(unit, record.number, before, record.time_ns))


def _signed(unit: str, number: int, before: bytes, time_ns: int) -> bytes:
    name = unit.encode()
    octets = (number.to_bytes(8, "big"), time_ns.to_bytes(12, "big", signed=True), len(name).to_bytes(2, "big"))
    return b"".join((_CONTEXT, *octets, name, before))


def keep(folder: Path, line: bytes) -> None:
    """Replace the head beside the segments. OSError when the disk refuses; the old one is there then."""
    half = folder / f"{FILE}.new"
    half.write_bytes(line)
    half.replace(folder / FILE)


def kept(folder: Path) -> Record | None:
    """The head beside the segments; LineError when there is something else."""
    try:
        line = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    record, _ = read_line(line.removesuffix(b"\n"))
    if record.kind != HEAD:
        raise LineError(f"{folder / FILE} is not a signed head")
    return record
