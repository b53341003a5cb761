"""Single-phase earth faults: sequence networks, and the devices that see them."""
