"""The one command gate: interlocking rules, journal, leases, sequences. What SAFETY.md forbids is refused here."""
