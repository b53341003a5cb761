"""The seam between what units tell each other and what carries it: direct links, or NATS with JetStream.

Two ways lie between a unit and each neighbour (its parent, each child). Parcels are kept on disk by the sender until
the receiver has them on its own: nothing lost, nothing twice, in order. Requests pass at once or fail with the link.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.errors import LinkError


class NotSentError(LinkError):
    """The request has not left this unit: it may be repeated without doubt."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """sequence: rises by one per neighbour and direction, never used twice. kind: who understands `body` (CBOR)."""

    sequence: int
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Hears:
    """What an engine tells its unit; neighbours are named by their unit's name.

    parcels: returns when they are on disk; an error keeps them with the sender. request: serves one request of a
    neighbour, whose answers are told one by one; it is closed when the neighbour no longer wants them. link: a
    neighbour came or went, with the reason.
    """

    parcels: Callable[[str, Sequence[Parcel]], Awaitable[None]]
    request: Callable[[str, bytes], AsyncGenerator[bytes, None]]
    link: Callable[[str, bool, str], None]


class Engine(Protocol):
    """All neighbours of one unit. Calls belong to the loop's thread."""

    async def run(self, hears: Hears) -> None:
        """Keep the links until cancelled."""

    async def deliver(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        """Returns when the neighbour has them on disk; LinkError: try again later, all of them."""

    def ask(self, neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
        """The neighbour's answers as they come, until it has no more; LinkError when the link fails meanwhile.

        NotSentError: the request has not left. Whoever stops reading closes it, and the neighbour is told.
        """
