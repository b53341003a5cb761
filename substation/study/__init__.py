"""Studies: calculations on a network file, offline (`ringmain study`). One module per kind, listed in `kinds`."""
