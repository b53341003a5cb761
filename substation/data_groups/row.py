"""One declared variable: a row of a table of data groups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from substation.data_groups.kinds import Kind
from substation.exchange.access import Right


class Direction(Enum):
    """Which way the data goes in the hierarchy, seen from the unit whose table this is."""

    UP = "up"  # to the unit above
    DOWN = "down"  # from above, and on to the units below
    BOTH = "both"  # negotiated (D3.2 6.1, fifth flow)
    LOCAL = "local"  # stays


class Owner(Enum):
    """Whose data it is (D3.2 6.2)."""

    CUSTOMER = "customer"  # the customer of the location; where there is none, the operator
    OPERATOR = "operator"
    SUPPLIER = "supplier"  # energy suppliers, aggregators, service providers
    DATA_PROVIDER = "data provider"


class Upward(Enum):
    """How values of several locations become one of the unit above them."""

    SUM = "sum"
    MEAN = "mean"
    WORST = "worst"  # any flag, the number furthest from zero
    COUNT = "count"  # how many flags are set; of other kinds, how many locations have one
    NONE = "none"


class Retention(Enum):
    """Class of keeping; its length is the history's business."""

    LIVE = "live"  # measurands of seconds
    PROFILE = "profile"  # quarter-hours, plans
    BILLING = "billing"  # what money depends on
    RECORD = "record"  # configuration, commands, findings


@dataclass(frozen=True, slots=True)
class Row:
    """group: number within the section of D3.2, 0 for the information flows of 6.1.

    variable: IEC 61850 name (logical node and data object) where there is one, else a speaking name. upward: over
    periods of `period_s`. replicated: each instance is copied to the unit above (direction up) or to those below
    (down) as it is, with owner and policy. parts: it stands at parts of the unit (`LVGMU103/N12`), as well. write: the
    right of the operator's people to write what the operator owns. spread: what is said of a unit holds for all below.
    """

    variable: str
    kind: Kind
    group: int
    direction: Direction = Direction.UP
    owner: Owner = Owner.OPERATOR
    upward: Upward = Upward.NONE
    period_s: int = 900
    replicated: bool = False
    retention: Retention = Retention.RECORD
    parts: bool = False
    write: Right = Right.OPERATE
    spread: bool = False
