"""A person with a key who uses a running unit over its data interface, for as long as one command takes."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.errors import RingmainError
from models.wire.messages import Code
from protocols.exchange.client import Client, connect
from substation.exchange.key_files import read_signing_key, read_verify_key


class RefusedByUnitError(RingmainError):
    """The unit has refused; the text says why."""


def add_options(parser: argparse.ArgumentParser, whose: str) -> None:
    """URL, --key, --unit-key. whose: key that the unit wants, as in 'an OPERATOR'."""
    parser.add_argument("url", metavar="URL", help="data interface of the unit, ws://host:port")
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help=f"private key of {whose}")
    parser.add_argument("--unit-key", type=Path, metavar="FILE", help="unit.pub: the key that the unit must have")


@asynccontextmanager
async def unit_of(given: argparse.Namespace, service: str) -> AsyncIterator[Client]:
    """Connected with these options. RingmainError for keys that cannot be read, and where nobody answers."""
    key = read_signing_key(given.key)
    unit_key = None if given.unit_key is None else read_verify_key(given.unit_key)
    async with connect(given.url, key, unit_key=unit_key, service=service) as client:
        yield client


def good(code: Code, text: str) -> str:
    """The text of an answer that is none of refusal. RefusedByUnitError otherwise."""
    if code is not Code.OK:
        raise RefusedByUnitError(f"{code.value}: {text}")
    return text
