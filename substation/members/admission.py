"""Who may join: the rules of secure group management, each with the words of its refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from models.wire.messages import Code
from protocols.tls.security_event import CertificateRefusedError
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError
from substation.members.member import Member, State
from substation.members.request import JoinRequest
from substation.members.settings import ChildSettings, MayJoin
from substation.trust.store import CertifiedStakeholder


class Verifier(Protocol):
    """The part of the trust store that is needed here."""

    def verify(self, chain: Sequence[bytes]) -> CertifiedStakeholder:
        """CertificateRefusedError with the reason."""

    def still_valid(self, serial: int) -> bool:
        """Of a certificate that was verified before."""


class Admission:
    """`judge` returns the certificate that was shown, or None; every refusal is a RefusedError."""

    def __init__(self, children: Sequence[ChildSettings], trust: Verifier | None) -> None:
        self._children = {child.name: child for child in children}
        self._trust = trust

    def judge(self, requester: Identity, request: JoinRequest, present: Member | None) -> CertifiedStakeholder | None:
        """present: who is a member under that name now."""
        child = self._children.get(requester.name)
        if child is None:
            raise no(f"{requester.name} is no child of this unit; add [[child]] to its unit.toml")
        if request.unit != requester.name:
            raise no(f"{requester.name} asks to join as {request.unit}")
        certified = self._certified(child, requester, request)
        if child.level is not None and request.level != child.level.value:
            raise no(f"{request.unit} says it is a {request.level}, but is expected to be a {child.level.value}")
        if present is not None and is_duplicate(present, requester, request):
            raise no(f"duplicated identity: another {present.name} is a member and alive")
        return certified

    def _certified(
        self, child: ChildSettings, requester: Identity, request: JoinRequest
    ) -> CertifiedStakeholder | None:
        if not request.chain:
            if child.may_join is MayJoin.CERTIFICATE:
                raise no(f"{child.name} joins with a certificate, and has shown none")
            return None
        if self._trust is None:
            raise no("no authority is trusted here; add [tls] authorities to unit.toml")
        try:
            certified = self._trust.verify(request.chain)
        except CertificateRefusedError as error:
            raise no(str(error)) from error
        for problem, wrong in _PROBLEMS.items():
            if wrong(certified, requester, request):
                raise no(problem)
        return certified


_Check = Callable[[CertifiedStakeholder, Identity, JoinRequest], bool]
_PROBLEMS: dict[str, _Check] = {
    "the certificate is of another name": lambda shown, who, asked: shown.name != who.name,
    "the request is not signed with the key of its certificate": lambda shown, who, asked: (
        shown.key.key_id != who.key_id
    ),
    "the certificate names another level": lambda shown, who, asked: shown.level != asked.level,
}


def is_duplicate(present: Member, requester: Identity, request: JoinRequest) -> bool:
    """Two at a time under one name. A process that knows who joined before it is the same one, started again."""
    if present.state is not State.JOINED or request.incarnation == present.incarnation:
        return False
    return request.previous != present.incarnation or requester.key_id != present.key_id


def no(text: str) -> RefusedError:
    return RefusedError(Code.NOT_ALLOWED, text)
