"""The messages of the data interface [DI2-DI7] and of its opening, as a closed union, to and from plain CBOR maps.

On the wire a message is a map with text keys: `op` and the fields below under their own names; fields that hold their
default are left out. Unknown fields, missing ones and wrong types are refused with the field's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from models.policy import Policy
from models.wire.cbor import WireValue
from models.wire.instance import Instance


class Function(Enum):
    """Aggregation of a query over the instances that satisfy its condition, per variable and location."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    FIRST = "first"
    LAST = "last"
    TREND = "trend"  # count, least, greatest, first and last of each of `count` parts of the condition's time range


class Code(Enum):
    """How a request ended."""

    OK = "ok"
    BAD_REQUEST = "bad request"  # condition, function or pattern makes no sense; text says where
    UNKNOWN_VARIABLE = "unknown variable"
    NOT_ALLOWED = "not allowed"  # role or policy
    REFUSED = "refused"  # the process or a safety rule says no; text and cause say why
    TIMED_OUT = "timed out"
    UNKNOWN = "unknown"  # a write whose outcome is not known: never repeated by itself
    OVERLOADED = "overloaded"
    FAILED = "failed"  # a defect on the other side
    NOT_SENT = "not sent"  # no link: the request has not left
    LOST = "lost"  # a link behind the unit broke: a subscription may be made again, freshly signed


@dataclass(frozen=True, slots=True)
class Hello:
    """Server's first message. unit: its name; key: its public key; challenge: random, the login is bound to it."""

    version: int
    unit: str
    key: bytes
    challenge: bytes


@dataclass(frozen=True, slots=True)
class Login:
    """Client's answer. unit: key id of the server it means to talk to; nonce: random, the session is bound to it.

    user, password: of a stakeholder who has no key; `key` is then the public half of a fresh one, which signs.
    """

    version: int
    unit: bytes
    nonce: bytes
    service: str = ""
    device: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The session is open. first: sequence number of the client's first request. rights: what the role may do."""

    first: int
    name: str
    role: str
    rights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The last message before the server closes the connection, with the reason in one line."""

    code: Code
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """DI3. count: how many of the first or last instances (function first or last). Answer: notifies, then a result.

    across: the function is applied to the values of all locations together, which gives one instance per variable.
    """

    id: int
    variable: str
    location: str
    condition: str = ""
    function: Function | None = None
    count: int | None = None
    across: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """DI4: notify every new instance that satisfies the condition; initial: the present ones first.

    after: what came after this cursor (UTC ns) and before now is told first, for a subscriber whose link was lost.
    """

    id: int
    variable: str
    location: str
    condition: str = ""
    initial: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Periodic:
    """DI5: notify the present instance every period_ms; one per stakeholder, service, variable and location."""

    id: int
    variable: str
    location: str
    period_ms: int


@dataclass(frozen=True, slots=True)
class Write:
    """DI2. policy counts only when the writer owns the variable."""

    id: int
    variable: str
    location: str
    value: WireValue
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """DI6. subscription: the id of the event or periodic request."""

    id: int
    subscription: int


@dataclass(frozen=True, slots=True)
class Notify:
    """DI7. id: of the query or subscription. missed: instances dropped before these; MISSED_UNKNOWN: nobody can count.

    cursor: everything up to here has been told; to be given as `after` when the subscription is made again.
    """

    id: int
    instances: tuple[Instance, ...] = ()
    missed: int = 0
    cursor: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How the request of that id ended. cause: AddCause of IEC 61850-7-2. instances: what a write created.

    cursor: of an event subscription, where it begins; None where nothing can be told afterwards.
    """

    id: int
    code: Code
    text: str = ""
    cause: int | None = None
    instances: tuple[Instance, ...] = ()
    cursor: int | None = None


Request = Query | Event | Periodic | Write | Unsubscribe
Subscription = Event | Periodic
Reply = Notify | Result
Message = Hello | Login | Welcome | Goodbye | Request | Reply

VERSION = 1
CHALLENGE_OCTETS = 32
NONCE_OCTETS = 32
MAX_PERIOD_MS = 86_400_000
MIN_PERIOD_MS = 100
MAX_INSTANCES = 1000
"""Instances in one notify or result at most; longer answers come in several."""
MAX_MESSAGES = 64
"""Requests, or answers, in one frame at most."""
MISSED_UNKNOWN = -1
ELSEWHERE = "//"
"""How a location of another unit begins: `//UNIT/location`."""


def is_elsewhere(request: Request) -> bool:
    """Whether it is for another unit, which sees the frame as it was signed."""
    return not isinstance(request, Unsubscribe) and request.location.startswith(ELSEWHERE)
