"""Whether the time tags of a device are to be believed."""

from __future__ import annotations

from enum import Enum


class DeviceClock(Enum):
    """TRUST: tags are kept as they came, with what they say of their clock. VALID: a tag whose clock is not
    synchronised (IV) is not used, the event has its arrival time. ARRIVAL: no tag of this device is ever used."""

    TRUST = "trust"
    VALID = "valid"
    ARRIVAL = "arrival"
