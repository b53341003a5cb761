"""The controlling station (master) without I/O: complete picture, events, commands."""
