"""Points at the place of an arc-suppression coil (IEC 61850-7-4), for the gate's rules and for applications."""

from __future__ import annotations

CURRENTS = ("YEFN1.ECA", "ANCR1.ECA")
"""The current in A that it compensates: the first that its device has."""
AUTOMATIC = "ANCR1.Auto"
"""Whether it is tuned automatically."""
