"""Providers behind the real door: request processor, listener, WebSocket, client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from models.wire.keys import SigningKey
from protocols.exchange.client import Client, connect
from substation.exchange.access import Role
from substation.exchange.decision import AccessDecision
from substation.exchange.key_files import unit_key
from substation.exchange.listener import Listener
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import Route
from substation.stakeholders.gatekeeper import RegisterGatekeeper
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.settings import SecuritySettings

OPERATOR, VIEWER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))


@dataclass
class Clients:
    """Ada may operate and approve, Vito may look."""

    operator: Client
    viewer: Client
    decided: list[AccessDecision] = field(default_factory=list)
    url: str = ""

    @property
    def refused(self) -> list[AccessDecision]:
        return [decision for decision in self.decided if not decision.granted]


@asynccontextmanager
async def door(folder: Path, routes: Sequence[Route]) -> AsyncIterator[Clients]:
    decided: list[AccessDecision] = []
    with closing(StakeholderRegister(folder)) as register:
        register.enrol(OPERATOR.public, "Ada", Role.OPERATOR, time.time_ns(), approves=True)
        register.enrol(VIEWER.public, "Vito", Role.VIEWER, time.time_ns())
        processor = RequestProcessor(routes, time.time_ns, decided.append)
        gatekeeper = RegisterGatekeeper(register, SecuritySettings(), time.time_ns)
        listener = Listener(
            processor,
            gatekeeper,
            unit_key(folder),
            "OBR",
            time.time_ns,
        )
        task = asyncio.create_task(listener.run())
        try:
            host, port = await listener.bound()
            url = f"ws://{host}:{port}"
            async with connect(url, OPERATOR) as operator, connect(url, VIEWER) as viewer:
                yield Clients(operator, viewer, decided, url)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
