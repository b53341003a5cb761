"""Secure group management (D3.2 4.1.2, 4.4.1.4): who belongs to a unit, how it joins, and whether it is alive."""
