"""The child's side of group management: join the unit above, be heard, tell whom we serve, leave.

It knows no transport: `write` carries one request to the parent's data interface, whatever lies between.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.alarm import Severity
from models.errors import LinkError, RingmainError
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from protocols.tls.files import write_whole
from substation.members import request as wire

FIRST_RETRY_S, LAST_RETRY_S = 2.0, 60.0
LEAVE_S = 2.0
"""How long an orderly stop waits for the parent to hear of it."""
LEAST_HEARTBEAT_S, MOST_HEARTBEAT_S = 0.1, 28_800.0
FILE_NAME = "membership"
NO_LINK = frozenset({Code.NOT_SENT, Code.TIMED_OUT, Code.UNKNOWN, Code.OVERLOADED})
"""Answers that say nothing about our membership."""


class Reply(Protocol):
    """How a write ended; models.wire.happenings.Answered is one."""

    @property
    def code(self) -> Code: ...
    @property
    def text(self) -> str: ...
    @property
    def instances(self) -> Sequence[Instance]: ...


Write = Callable[[str, str, WireValue], Awaitable[Reply]]
"""write(variable, location, value) to the parent; LinkError when there is no link."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a unit says of itself. parent: name of the unit above. version: of the software. configuration: hash."""

    unit: str
    level: str
    parent: str
    version: str
    configuration: str


class Membership:
    """`run(write)` while there is a link, `leave(write)` at an orderly stop.

    data: the unit's data directory, where it is remembered who joined last. serves: names of the units below, `changed`
    says that they are others now. chain: own certificates (DER), empty where the parent knows the key.
    """

    def __init__(
        self,
        profile: Profile,
        data: Path,
        serves: Callable[[], frozenset[str]],
        chain: Callable[[], tuple[bytes, ...]],
        tell: Callable[[Severity, str], None],
    ) -> None:
        self._profile, self._file, self._serves, self._chain, self._tell = (
            profile,
            data / FILE_NAME,
            serves,
            chain,
            tell,
        )
        self._incarnation = secrets.token_bytes(wire.INCARNATION_OCTETS)
        self._previous = _previous(self._file)
        self._heartbeat_s = LAST_RETRY_S
        self._served: frozenset[str] = frozenset()
        self._changed = asyncio.Event()
        self._told = ""
        self.joined = False
        self.above: Callable[[frozenset[str]], None] = lambda units: None
        """Told the names of the units above, whenever the parent says them."""

    def changed(self) -> None:
        """Other units are below us now: the parent is told soon."""
        self._changed.set()

    async def run(self, write: Write) -> None:
        """Until cancelled: join, then be heard; join again when the parent no longer knows us."""
        retry_s = FIRST_RETRY_S
        while True:
            self.joined = await self._join(write)
            if self.joined:
                retry_s = FIRST_RETRY_S
                await self._stay(write)
            else:
                await asyncio.sleep(retry_s * random.uniform(0.5, 1.0))
                retry_s = min(2 * retry_s, LAST_RETRY_S)

    async def leave(self, write: Write) -> None:
        """Say goodbye; whatever becomes of it, this returns soon."""
        if not self.joined:
            return
        self.joined = False
        try:
            async with asyncio.timeout(LEAVE_S):
                await write(wire.LEAVE, self._profile.parent, wire.sign_of_life(self._incarnation))
        except (LinkError, TimeoutError):
            return

    async def _join(self, write: Write) -> bool:
        self._changed.clear()
        self._served = self._serves()
        profile = self._profile
        request = wire.JoinRequest(
            profile.unit,
            profile.level,
            profile.version,
            profile.configuration,
            tuple(sorted(self._served)),
            self._incarnation,
            self._previous,
            self._chain(),
        )
        reply = await self._ask(write, wire.JOIN, request.value())
        if reply is None:
            return False
        if reply.code is not Code.OK:
            self._say(Severity.HIGH, f"{profile.parent} does not take this unit as a member: {reply.text}")
            return False
        self._heartbeat_s = _heartbeat_s(reply.instances)
        self._heed(reply)
        await self._remember()
        self._say(Severity.INFORMATION, f"this unit is a member of {profile.parent}")
        return True

    async def _stay(self, write: Write) -> None:
        """Returns when the parent says that we are not a member."""
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            reply = await self._sign_of_life(write)
            if reply is not None and reply.code is not Code.OK:
                self._say(Severity.MEDIUM, f"{self._profile.parent} no longer knows this unit: {reply.text}")
                return
            if reply is not None:
                self._heed(reply)

    def _heed(self, reply: Reply) -> None:
        if units := _above(reply.instances):
            self.above(units)

    async def _sign_of_life(self, write: Write) -> Reply | None:
        serves = self._serves()
        if serves == self._served:
            return await self._ask(write, wire.HEARTBEAT, wire.sign_of_life(self._incarnation))
        reply = await self._ask(write, wire.SERVES, wire.serving(self._incarnation, sorted(serves)))
        if reply is not None and reply.code is Code.OK:
            self._served = serves
        return reply

    async def _ask(self, write: Write, variable: str, value: WireValue) -> Reply | None:
        """None: the link is to blame; it is tried again."""
        try:
            reply = await write(variable, self._profile.parent, value)
        except LinkError:
            return None
        return None if reply.code in NO_LINK else reply

    async def _remember(self) -> None:
        """So that this installation, started again, takes its own place at once."""
        if self._previous == self._incarnation:
            return
        try:
            await asyncio.to_thread(write_whole, self._file, self._incarnation.hex().encode(), 0o600)
        except RingmainError as error:
            self._say(Severity.MEDIUM, f"{error}; after a restart the unit above may take a while to know this one")
            return
        self._previous = self._incarnation

    def _say(self, severity: Severity, text: str) -> None:
        if text != self._told:
            self._told = text
            self._tell(severity, text)


def _previous(file: Path) -> bytes:
    """Of the process before this one; empty when there was none, or nobody can tell."""
    try:
        octets = bytes.fromhex(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return b""
    return octets if len(octets) == wire.INCARNATION_OCTETS else b""


def _heartbeat_s(instances: Sequence[Instance]) -> float:
    """What the parent expects; often enough for any parent when it does not say."""
    for instance in instances:
        period_ms = instance.value.get("heartbeat_ms") if isinstance(instance.value, dict) else None
        if isinstance(period_ms, int):
            return min(max(period_ms / 1000, LEAST_HEARTBEAT_S), MOST_HEARTBEAT_S)
    return FIRST_RETRY_S


def _above(instances: Sequence[Instance]) -> frozenset[str]:
    """The parent and the units above it; empty when it does not say."""
    for instance in instances:
        names = instance.value.get("above") if isinstance(instance.value, dict) else None
        if isinstance(names, list):
            return frozenset(name for name in names if isinstance(name, str))
    return frozenset()
