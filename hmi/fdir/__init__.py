"""The console of fault detection, isolation and restoration: modes, cases with their reasons, orders."""
