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
_VARIANTS = ("expectedValue", "check", "inverted")
"""Attributes by which 80-1 spreads one data attribute over several information objects, or alters its value."""


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
    stated = ((name, element.get(name)) for name in _VARIANTS)
    variant = " ".join(f'{name}="{value}"' for name, value in stated if value not in (None, "", "false"))
    address = Iec104Address(numbers["casdu"], numbers["ioa"], numbers["ti"])
    return MappedAddress(path, address, variant, line_of(element))
