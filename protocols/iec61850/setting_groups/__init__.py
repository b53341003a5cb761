"""Setting groups of a device: which one is active, switching to another, and the settings of the active one."""
