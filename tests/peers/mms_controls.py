"""A control object of libiec61850's client: the services of one controllable data object, one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import libiec61850 as lib

TERMINATION_TIMEOUT_S = 10.0
ENHANCED, SELECTS_WITH_VALUE, SELECTS = (3, 4), 4, 2
STATION_CONTROL = 2


class PeerError(Exception):
    """The library answered with an error."""


class Control:
    """Of one connection."""

    def __init__(self, library: lib.Library, connection: int, reference: str) -> None:
        self.c = library
        self.object = self.c.ControlObjectClient_create(reference.encode(), connection)
        if not self.object:
            raise PeerError(f"{reference} cannot be controlled")
        self.model = self.c.ControlObjectClient_getControlModel(self.object)
        self.c.ControlObjectClient_setOrigin(self.object, b"peer", STATION_CONTROL)
        self.c.ControlObjectClient_setInterlockCheck(self.object, True)
        self.c.ControlObjectClient_setSynchroCheck(self.object, True)
        self.terminated = threading.Event()
        self.handler = lib.TERMINATION_HANDLER(lambda _, __: self.terminated.set())
        self.c.ControlObjectClient_setCommandTerminationHandler(self.object, self.handler, None)

    def select(self, value: bool) -> dict[str, Any]:
        if self.model == SELECTS:
            return self.answer(self.c.ControlObjectClient_select(self.object))
        return self.with_value(self.c.ControlObjectClient_selectWithValue, value)

    def operate(self, value: bool) -> dict[str, Any]:
        self.terminated.clear()
        return self.with_value(lambda target, mms: self.c.ControlObjectClient_operate(target, mms, 0), value)

    def cancel(self, _: bool) -> dict[str, Any]:
        return self.answer(self.c.ControlObjectClient_cancel(self.object))

    def termination(self) -> dict[str, Any]:
        if not self.terminated.wait(TERMINATION_TIMEOUT_S):
            raise PeerError(f"no CommandTermination within {TERMINATION_TIMEOUT_S:g} s")
        error = self.c.ControlObjectClient_getLastApplError(self.object)
        return {"accepted": error.error == 0, "add_cause": error.addCause}

    def with_value(self, service: Callable[[int, int], bool], value: bool) -> dict[str, Any]:
        mms = self.c.MmsValue_newBoolean(value)
        accepted = service(self.object, mms)
        self.c.MmsValue_delete(mms)
        return self.answer(accepted)

    def answer(self, accepted: bool) -> dict[str, Any]:
        cause = 0 if accepted else self.c.ControlObjectClient_getLastApplError(self.object).addCause
        return {"accepted": bool(accepted), "add_cause": cause}
