"""A gatekeeper of admitted keys alone: no passwords, no certificates, no sessions that expire."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from models.wire.keys import KeyId, VerifyKey
from models.wire.server_session import LoggedIn
from substation.exchange.access import Identity
from substation.exchange.gatekeeper import LoginRefusedError, Peer
from substation.exchange.key_register import KeyRegister

WITHDRAWN = "the key has been withdrawn"


class KeyGatekeeper:
    def __init__(self, register: KeyRegister) -> None:
        self._register = register

    def find(self, key_id: KeyId) -> VerifyKey | None:
        return self._register.find(key_id)

    async def admit(self, login: LoggedIn, peer: Peer) -> KeyAdmission:
        if login.user:
            raise LoginRefusedError("this unit takes no passwords")
        if self._register.identity(login.key_id) is None:
            raise LoginRefusedError(f"key {login.key_id.hex()[:16]} is not known; admit it with 'ringmain enrol'")
        first = await asyncio.to_thread(self._register.reserve, login.key_id)
        return KeyAdmission(self._register, login, first)


class KeyAdmission:
    def __init__(self, register: KeyRegister, login: LoggedIn, first: int) -> None:
        self._register, self._key_id, self.first = register, login.key_id, first
        self._service, self._device = login.service, login.device
        self.why = ""

    def identity(self) -> Identity | None:
        found = self._register.identity(self._key_id)
        if found is None:
            self.why = WITHDRAWN
            return None
        return replace(found, service=self._service, device=self._device)

    def used(self) -> None:
        pass

    def leave(self) -> None:
        pass
