"""`ringmain iec104 explain HEX|-`: what octets of IEC 60870-5-104 say, one line for each frame."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence

from models.errors import RingmainError
from protocols.iec104.explain import explain, explain_stream

_OCTETS = re.compile(r"(?:[0-9a-fA-F]{2})+")
_NOISE = re.compile(r"0[xX]|[\s:,;-]")
_START = 0x68


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; RingmainError for what is no hexadecimal octets."""
    parser = argparse.ArgumentParser(prog="ringmain iec104", description="look at octets of IEC 60870-5-104")
    actions = parser.add_subparsers(dest="action", required=True, metavar="explain")
    action = actions.add_parser("explain", help="one line for each frame")
    action.add_argument(
        "octets", nargs="+", metavar="HEX", help="frames (68 ...) or one ASDU, as hexadecimal octets; - reads lines"
    )
    given = parser.parse_args(arguments)
    for line in _lines(given.octets):
        for words in _explained(line):
            print(words)
    return 0


def _lines(given: list[str]) -> Iterable[str]:
    return sys.stdin if given == ["-"] else ["".join(given)]


def _explained(line: str) -> Iterable[str]:
    digits = _NOISE.sub("", line)
    if not digits:
        return []
    if not _OCTETS.fullmatch(digits):
        raise RingmainError(f"'{line.strip()[:60]}' is no line of hexadecimal octets (68 04 07 00 00 00)")
    octets = bytes.fromhex(digits)
    return explain_stream(octets) if octets[0] == _START else [explain(octets)]
