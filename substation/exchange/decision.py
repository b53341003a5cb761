"""What the unit has decided about a request or a login: the audit log is told always, the event list when refused."""

from __future__ import annotations

from dataclasses import dataclass

from models.wire.messages import Code


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """who: identity, key id or peer address. what: request and target ('write ST103/K1/E01/Q0/CSWI1.Pos.Oper').

    code: OK granted; REFUSED by the process (gate, safety rule), which may have told the event list itself; NOT_ALLOWED
    by role, area, policy, key or signature. why: empty when granted. told: the event list has it already.
    """

    time_ns: int
    code: Code
    who: str
    what: str
    why: str = ""
    service: str = ""
    device: str = ""
    told: bool = False

    @property
    def granted(self) -> bool:
        return self.code is Code.OK
