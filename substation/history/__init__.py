"""History: time series, event list, handles and application states, committed in groups by one writer thread."""
