"""The seam to other units [DI8]: a request for `//UNIT/...` travels on as its stakeholder has signed it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from models.wire.cose import Chain
from models.wire.keys import VerifyKey
from models.wire.messages import Reply, Request
from substation.exchange.access import Identity


@dataclass(frozen=True, slots=True)
class Proof:
    """The frame that holds nothing but this request, and what verifies it. chain: certificates of the login, DER.

    login: the frame that opened the session, which says the service; empty after a login with a password.
    """

    frame: bytes
    key: VerifyKey
    chain: Chain = ()
    login: bytes = b""


class Forwards(Protocol):
    """The links of a unit, as its connections see them."""

    def forward(self, requester: Identity, request: Request, proof: Proof) -> AsyncGenerator[Reply, None]:
        """The answers under the request's own id, until the result of a query or write or the end of a subscription.

        Closed early when the requester unsubscribes or has gone. A link that breaks ends it with Code.LOST.
        """
