"""Services of one control centre beside its events: interrogations, totals, scans, parameters, reset."""
