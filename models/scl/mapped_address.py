"""IEC 61850-80-1 addresses in the Private elements of instance attributes (`eTr_104:Address casdu ioa ti`)."""

from __future__ import annotations

from collections.abc import Iterator

from models.errors import ConfigError
from models.point import Iec104Address
from models.scl.document import Element, children, line_of
from models.scl.elements import MappedAddress, Path

NAMESPACE = "http://www.iec.ch/61850-80-1/2007/IEC_60870-5-104"
PRIVATE_TYPE = "IEC_60870_5_104"
_TAG = f"{{{NAMESPACE}}}Address"

_RANGES = {"casdu": (1, 65_534), "ioa": (1, 16_777_215), "ti": (1, 127)}
_EXPECTED = range(-128, 65_536)
_TRUTH = {"": False, "false": False, "0": False, "true": True, "1": True}


def read(attribute: Element, path: Path, file: str) -> Iterator[MappedAddress | ConfigError]:
    """Addresses of one DAI; a ConfigError in place of an address that cannot be read."""
    for private in children(attribute, "Private"):
        for each in private.iterchildren(_TAG):
            yield _address(each, path, file)


def _address(element: Element, path: Path, file: str) -> MappedAddress | ConfigError:
    numbers: dict[str, int] = {}
    for name, (low, high) in _RANGES.items():
        text = element.get(name, "")
        if not text.isdecimal() or not low <= int(text) <= high:
            problem = f"{name} of '{'.'.join(path)}' is '{text}'"
            return ConfigError(file, line_of(element), problem, f"write a number from {low} to {high}")
        numbers[name] = int(text)
    inverted = _TRUTH.get(element.get("inverted", ""))
    if inverted is None:
        problem = f"inverted of '{'.'.join(path)}' is '{element.get('inverted')}'"
        return ConfigError(file, line_of(element), problem, "write true or false")
    expected = element.get("expectedValue", "")
    if expected and not _is_expected(expected):
        problem = f"expectedValue of '{'.'.join(path)}' is '{expected}'"
        return ConfigError(file, line_of(element), problem, "write the value as a whole number")
    value = int(expected) if expected else None
    address = Iec104Address(numbers["casdu"], numbers["ioa"], numbers["ti"], value, inverted)
    return MappedAddress(path, address, element.get("check", ""), line_of(element))


def _is_expected(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isdecimal() and len(digits) <= 5 and int(text) in _EXPECTED
