"""Files at a controlled station: which group of control centres is offered which shelf, and one connection's share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from protocols.iec104.application import codec
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import TYPES
from protocols.iec104.files.sender import FileSender
from protocols.iec104.files.settings import OfferSettings
from protocols.iec104.files.shelf import Shelf
from protocols.iec104.link.session import Parameters, Session

_FILE_TYPES = range(120, 128)
_TAKEN = (122, 124)  # calls and acknowledgements; files for us and query logs are not, whatever their cause


class FileOffers:
    """Per group; a group without shelf answers file transfer with cause 44."""

    def __init__(self) -> None:
        self._offers: dict[str, tuple[Shelf, OfferSettings]] = {}

    def offer(self, group: str, shelf: Shelf, settings: OfferSettings | None = None) -> None:
        """From now on, or in place of what was offered; connections that are open keep what they had."""
        self._offers[group] = (shelf, settings or OfferSettings())

    def of(self, group: str | None) -> tuple[Shelf, OfferSettings] | None:
        return self._offers.get(group) if group is not None else None


class Owner(Protocol):
    """The connection that a share belongs to. stations: common addresses that it serves."""

    name: str
    tags: TimeTags
    stations: list[int]

    def wake(self) -> None:
        """There is something to send."""


class LinkFiles:
    """File transfer of one connection, the last to be served: only what nobody else wants of the send window, and of it
    never more than w frames, so that an event or a command finds room at once (k > w).
    """

    def __init__(self, offers: FileOffers, group: str | None, owner: Owner, note: Callable[[str], None]) -> None:
        self._offers, self._group, self._owner, self._note = offers, group, owner, note
        self._sender: FileSender | None = None

    def start(self) -> None:
        """Data transfer was started: what the group has not fetched is announced."""
        offer = self._offers.of(self._group)
        if offer is not None:
            owner = self._owner
            self._sender = FileSender(
                owner.name, *offer, lambda unit: codec.encode(unit, owner.tags), self._note, owner.wake
            )

    def stop(self) -> None:
        if self._sender is not None:
            self._sender.close()
            self._sender = None

    def takes(self, raw: bytes) -> bool:
        """False when it is none of ours. RemoteProtocolError when it is malformed."""
        if self._sender is None or not raw or raw[0] not in _FILE_TYPES:
            return False
        asdu = codec.decode(raw, self._owner.tags)
        if asdu.negative or asdu.cause >= Cause.UNKNOWN_TYPE:
            return True  # an answer to what we have sent: nothing depends on it
        if asdu.cause not in TYPES[asdu.type_id].ordered:
            self._sender.refuse(raw, Cause.UNKNOWN_CAUSE if asdu.type_id in _TAKEN else Cause.UNKNOWN_TYPE)
        elif asdu.common_address not in self._owner.stations:
            self._sender.refuse(raw, Cause.UNKNOWN_COMMON_ADDRESS)
        else:
            self._sender.take(asdu, raw)
        return True

    def send(self, session: Session, now_s: float) -> bool:
        """Send one unit; False when there is nothing, or no room for it."""
        if self._sender is None or session.room <= _reserve(session.parameters):
            return False
        octets = self._sender.next_unit(now_s)
        if octets is None:
            return False
        session.send(octets, now_s)
        return True

    @property
    def deadline_s(self) -> float:
        return self._sender.deadline_s if self._sender is not None else math.inf

    def tick(self, now_s: float) -> None:
        if self._sender is not None:
            self._sender.tick(now_s)


def _reserve(parameters: Parameters) -> int:
    """Frames of the window that file transfer leaves to others. A peer acknowledges after w frames at the latest: fewer
    than that under way would wait for its t2 each time."""
    return max(0, parameters.k - parameters.w)
