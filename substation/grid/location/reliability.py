"""How often devices miss a fault current or show one that never was: the one table that location believes in.

No standard states these figures, and what makers state are laboratory values; they are declared here with their
reason, and what follows from them is checked by simulation (python -m tests.substation.grid.location.calibration).
What matters most is their order: to miss is likelier than to invent, silence of an unsupervised device says less than
that of a supervised one, and protection that opened a breaker is believed before any indicator.
"""

from __future__ import annotations

from enum import Enum

from substation.grid.location.evidence import Rates


class DeviceKind(Enum):
    PROTECTION = "protection of a breaker or recloser"
    SECTIONALISER = "sectionaliser"
    DIRECTIONAL = "directional fault passage indicator"
    NON_DIRECTIONAL = "non-directional fault passage indicator"


class Health(Enum):
    """SUPERVISED: it reports that it is well, or is tested by its station. POOR: battery low, old or rarely heard."""

    SUPERVISED = "supervised"
    UNSUPERVISED = "unsupervised"
    POOR = "poor"


RATES: dict[tuple[DeviceKind, Health], Rates] = {
    # Fails once in some hundred operations with all supervision; trips without cause are a matter of settings.
    (DeviceKind.PROTECTION, Health.SUPERVISED): Rates(0.001, 0.0001),
    (DeviceKind.PROTECTION, Health.UNSUPERVISED): Rates(0.01, 0.0005),
    (DeviceKind.PROTECTION, Health.POOR): Rates(0.05, 0.001),
    # Counts current pulses and dead times, and may count one too few when a reclosing is cut short.
    (DeviceKind.SECTIONALISER, Health.SUPERVISED): Rates(0.005, 0.0002),
    (DeviceKind.SECTIONALISER, Health.UNSUPERVISED): Rates(0.02, 0.0005),
    (DeviceKind.SECTIONALISER, Health.POOR): Rates(0.1, 0.001),
    # One silent failure in fifty device years that a yearly test with self-supervision in between leaves for a month.
    (DeviceKind.DIRECTIONAL, Health.SUPERVISED): Rates(0.002, 0.0001),
    # The same failure found by the yearly test alone; false ones by inrush and by other lines' faults.
    (DeviceKind.DIRECTIONAL, Health.UNSUPERVISED): Rates(0.02, 0.001),
    # A device at the end of its battery may be silent at any moment; what it shows it has still measured.
    (DeviceKind.DIRECTIONAL, Health.POOR): Rates(0.3, 0.002),
    # Without direction also discharge of the healthy line and back-feed set it, so twice as often false.
    (DeviceKind.NON_DIRECTIONAL, Health.SUPERVISED): Rates(0.002, 0.0002),
    (DeviceKind.NON_DIRECTIONAL, Health.UNSUPERVISED): Rates(0.02, 0.002),
    (DeviceKind.NON_DIRECTIONAL, Health.POOR): Rates(0.3, 0.004),
}
